use std::net::{Ipv4Addr, Ipv6Addr};

/// Where a page comes from, as a browser says it in the `Origin` of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `null`: a sandboxed frame, a page from a file, and others that have none to name.
    Null,
    /// Anything else.
    Of { scheme: String, authority: Authority },
}

/// A host with or without a port, as in an origin or a `Host` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    /// In lower case; an IPv6 address is in brackets. Empty only in `file://`.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Origin {
    /// Reads a scheme, `://`, and a host with or without a port. A default port is
    /// left out, as browsers do.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "null" {
            return Some(Self::Null);
        }
        let (scheme, authority) = text.split_once("://")?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if !is_scheme {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let authority = match authority {
            "" if scheme == "file" => Authority { host: String::new(), port: None },
            _ => Authority::parse(authority)?.without(default_port(&scheme)),
        };
        Some(Self::Of { scheme, authority })
    }

    /// Whether it is the origin of a page that was loaded from `host`. The scheme is
    /// not compared: behind a proxy, the server does not know its own.
    pub(crate) fn is_at(&self, host: &Authority) -> bool {
        match self {
            Self::Null => false,
            Self::Of { scheme, authority } => default_port(scheme)
                .is_some_and(|port| *authority == host.clone().without(Some(port))),
        }
    }
}

impl Authority {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(read_port(port)?)),
            _ => (text, None),
        };
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(address) => format!("[{}]", address.parse::<Ipv6Addr>().ok()?),
            None if is_name(host) => host.to_ascii_lowercase(),
            None => return None,
        };
        Some(Self { host, port })
    }

    /// Whether no name of a stranger can be it: DNS does not decide about an IP
    /// address, nor, in a browser, about `localhost`.
    pub(crate) fn is_beyond_dns(&self) -> bool {
        let host = self.host.as_str();
        host.starts_with('[')
            || host.parse::<Ipv4Addr>().is_ok()
            || host == "localhost"
            || host.ends_with(".localhost")
    }

    fn without(self, default: Option<u16>) -> Self {
        let port = self.port.filter(|port| Some(*port) != default);
        Self { port, ..self }
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

fn is_name(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}

fn read_port(text: &str) -> Option<u16> {
    // `parse` takes a plus sign.
    let is_digits = text.bytes().all(|b| b.is_ascii_digit());
    is_digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_a_scheme_and_a_host_and_no_path() {
        for origin in [
            "http://localhost:8080",
            "https://a.example",
            "http://[::1]:80",
            "capacitor://localhost",
            "tauri://localhost",
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "moz-extension://2f0a1b9e-0000-4000-8000-0123456789ab",
            "file://",
            "null",
        ] {
            assert!(Origin::parse(origin).is_some(), "{origin}");
        }
        for origin in [
            "",
            "*",
            "a.example",
            "a.example:80",
            "https://",
            "://a.example",
            "1://a.example",
            "https:a.example",
            "https://a.example/",
            "https://a.example?",
            "https://a.example#",
            "https://a b",
            "https://*.a.example",
            "https://user@a.example",
            "https://a.example:",
            "https://a.example:+80",
            "https://a.example:65536",
            "https://[::1",
            "https://::1",
            "https://[a.example]",
            "Null",
        ] {
            assert!(Origin::parse(origin).is_none(), "{origin}");
        }
    }

    #[test]
    fn default_ports_and_spellings_of_one_origin_are_equal() {
        for (one, other) in [
            ("https://a.example", "https://a.example:443"),
            ("http://a.example:80", "http://A.Example"),
            ("HTTPS://a.example", "https://a.example"),
            ("http://[::1]", "http://[0:0::1]:80"),
        ] {
            assert_eq!(Origin::parse(one), Origin::parse(other), "{one} {other}");
        }
        for (one, other) in [
            ("https://a.example", "http://a.example"),
            ("https://a.example", "https://a.example:80"),
            ("https://a.example:8443", "https://a.example"),
            ("capacitor://localhost", "tauri://localhost"),
            ("capacitor://localhost", "capacitor://localhost:80"),
        ] {
            assert_ne!(Origin::parse(one), Origin::parse(other), "{one} {other}");
        }
    }

    #[test]
    fn a_page_is_at_the_host_that_it_was_loaded_from() {
        let is_at =
            |origin, host| Origin::parse(origin).unwrap().is_at(&Authority::parse(host).unwrap());
        for (origin, host, expected) in [
            ("http://a.example", "a.example", true),
            ("https://a.example", "A.EXAMPLE", true),
            ("https://a.example", "a.example:443", true),
            ("http://a.example", "a.example:80", true),
            ("https://a.example:8443", "a.example:8443", true),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("https://a.example", "a.example:80", false),
            ("https://a.example:8443", "a.example", false),
            ("https://a.example.evil.example", "a.example", false),
            ("https://evil-a.example", "a.example", false),
            ("ftp://a.example", "a.example", false),
            ("capacitor://localhost", "localhost", false),
            ("file://", "a.example", false),
            ("null", "null", false),
        ] {
            assert_eq!(is_at(origin, host), expected, "{origin} at {host}");
        }
    }

    #[test]
    fn names_that_dns_does_not_decide_about() {
        let is_beyond_dns = |host| Authority::parse(host).unwrap().is_beyond_dns();
        for host in ["localhost", "a.localhost:1", "127.0.0.1", "192.168.1.5:80", "[::1]:80"] {
            assert!(is_beyond_dns(host), "{host}");
        }
        for host in ["a.example", "localhost.evil.example", "evillocalhost", "127.0.0.1.evil", "1"]
        {
            assert!(!is_beyond_dns(host), "{host}");
        }
    }
}
