use axum::http::{HeaderMap, HeaderValue, header};

/// The pages that may connect, by the `Origin` that a browser sends with a
/// WebSocket handshake. Browsers do not keep other sites' pages from connecting,
/// with the user's cookies; this does.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// Exactly these; nothing means the server's own origin.
    pub(crate) allowed: Option<Vec<String>>,
    /// Whether a client that sends no `Origin`, and so is no browser, may connect.
    pub(crate) missing: bool,
}

impl Origins {
    pub(crate) fn allow(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        let (Some(origin), None) = (origins.next(), origins.next()) else {
            return self.missing && !headers.contains_key(header::ORIGIN);
        };
        let Ok(origin) = origin.to_str() else { return false };
        match &self.allowed {
            Some(allowed) => allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin)),
            None => is_same(origin, headers),
        }
    }
}

/// Whether `origin` is a scheme, `://`, and a host with or without a port.
pub(crate) fn is_valid(origin: &str) -> bool {
    host(origin).is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
    })
}

/// Whether the origin's host is the one that the request was sent to. The
/// scheme cannot be compared: behind a proxy, the server does not know its own.
fn is_same(origin: &str, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter().map(HeaderValue::to_str);
    let (Some(Ok(own)), None) = (hosts.next(), hosts.next()) else { return false };
    host(origin).is_some_and(|host| host.eq_ignore_ascii_case(own))
}

fn host(origin: &str) -> Option<&str> {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers<const N: usize>(pairs: [(header::HeaderName, &str); N]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_the_own_origin_by_default() {
        let table = [
            ("http://a.example", true),
            ("https://a.example", true),
            ("HTTPS://A.example", false),
            ("https://A.EXAMPLE", true),
            ("https://a.example:8443", false),
            ("https://a.example.evil.example", false),
            ("https://evil-a.example", false),
            ("https://a.example@evil.example", false),
            ("https://a.example/", false),
            ("a.example", false),
            ("ftp://a.example", false),
            ("https://", false),
            ("null", false),
            ("", false),
        ];
        for (origin, allowed) in table {
            let headers = headers([(header::HOST, "a.example"), (header::ORIGIN, origin)]);
            assert_eq!(Origins::default().allow(&headers), allowed, "{origin}");
        }
        let port = [(header::HOST, "[::1]:8080"), (header::ORIGIN, "http://[::1]:8080")];
        assert!(Origins::default().allow(&headers(port)));
    }

    #[test]
    fn a_list_is_exact() {
        let allowed = Some(vec!["https://a.example".to_owned()]);
        let origins = Origins { allowed, missing: false };
        for (origin, allowed) in [
            ("https://a.example", true),
            ("http://a.example", false),
            ("https://b.example", false),
            ("https://a.example.evil", false),
        ] {
            let headers = headers([(header::HOST, "b.example"), (header::ORIGIN, origin)]);
            assert_eq!(origins.allow(&headers), allowed, "{origin}");
        }
    }

    #[test]
    fn no_origin_only_if_wanted_and_several_never() {
        let missing = Origins { allowed: None, missing: true };
        let none = headers([(header::HOST, "a.example")]);
        assert!(!Origins::default().allow(&none));
        assert!(missing.allow(&none));
        let own = "http://a.example";
        let two = [(header::HOST, "a.example"), (header::ORIGIN, own), (header::ORIGIN, own)];
        assert!(!missing.allow(&headers(two)));
        let hosts = [(header::HOST, "a.example"), (header::HOST, "b"), (header::ORIGIN, own)];
        assert!(!missing.allow(&headers(hosts)));
    }

    #[test]
    fn an_origin_has_no_path() {
        for origin in ["http://localhost:8080", "https://a.example", "http://[::1]:80"] {
            assert!(is_valid(origin), "{origin}");
        }
        for origin in ["https://a.example/", "a.example", "https://", "*", "https://a b", "null"] {
            assert!(!is_valid(origin), "{origin}");
        }
    }
}
