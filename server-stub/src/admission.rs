use std::collections::HashSet;
use std::fmt::{self, Display};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::log_limiter::limited;
use crate::origin::{Authority, Origin};
use crate::peer_text::PeerText;

/// How many refused pairs of origin and host are remembered as logged.
const LOGGED: usize = 256;

/// The most of an origin and of a host that a close reason shows, in bytes.
const SHOWN: usize = 38;

/// The pages that may connect, by the `Origin` that a browser sends with a WebSocket
/// handshake and by the `Host` that it is sent to. Browsers do not keep other sites'
/// pages from connecting, with the user's cookies; this does.
///
/// That the two name the same host is not enough: the owner of `evil.example` can let
/// the name point to this server, while a page of theirs is open (DNS rebinding). So
/// the name must be one that is known to be the server's.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    /// Pages of exactly these origins.
    pub(crate) origins: Option<Vec<Origin>>,
    /// Pages that were loaded from the host that they connect to.
    pub(crate) hosts: Option<Hosts>,
    /// Whether a client that sends no `Origin`, and so is no browser, may connect.
    pub(crate) missing: bool,
    logged: Mutex<HashSet<(String, String)>>,
}

/// The names of the server. IP addresses and `localhost` always are.
#[derive(Debug)]
pub(crate) enum Hosts {
    Named(Vec<String>),
    Any,
}

/// Why a handshake is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal<'a> {
    /// It is not a browser's.
    NoOrigin,
    /// The headers are none that a browser sends.
    Malformed,
    /// It is a page of another origin.
    Origin { origin: &'a str, host: &'a str },
    /// It is a page of this host, which is not known to be the server's.
    Host { origin: &'a str, host: &'a str },
}

impl Admission {
    pub(crate) fn check<'a>(&self, headers: &'a HeaderMap) -> Result<(), Refusal<'a>> {
        let origin = match single(headers, header::ORIGIN) {
            Ok(Some(origin)) => origin,
            Ok(None) if self.missing => return Ok(()),
            Ok(None) => return Err(Refusal::NoOrigin),
            Err(Malformed) => return Err(Refusal::Malformed),
        };
        let host = match single(headers, header::HOST) {
            Ok(host) => host.unwrap_or_default(),
            Err(Malformed) => return Err(Refusal::Malformed),
        };
        let refusal = Refusal::Origin { origin, host };
        let parsed = Origin::parse(origin).ok_or(refusal)?;
        if self.origins.as_ref().is_some_and(|allowed| allowed.contains(&parsed)) {
            return Ok(());
        }
        // Who lists origins and names no hosts wants the listed ones only.
        let of_own_host = self.origins.is_none() || self.hosts.is_some();
        let authority = Authority::parse(host).ok_or(refusal)?;
        if !of_own_host || !parsed.is_at(&authority) {
            return Err(refusal);
        }
        let is_own = authority.is_beyond_dns()
            || match &self.hosts {
                None => false,
                Some(Hosts::Named(names)) => names.contains(&authority.host),
                Some(Hosts::Any) => true,
            };
        if is_own { Ok(()) } else { Err(Refusal::Host { origin, host }) }
    }

    /// Tells the server's people of a refusal, of each pair of hosts once.
    pub(crate) fn log(&self, refusal: Refusal<'_>) {
        let (origin, host) = match refusal {
            Refusal::NoOrigin => {
                limited!(debug, "refused a client without an Origin: it is no page");
                return;
            }
            Refusal::Malformed => {
                limited!(debug, "refused a client whose Origin or Host no browser sends");
                return;
            }
            Refusal::Origin { origin, host } | Refusal::Host { origin, host } => {
                (PeerText::new(origin).to_string(), PeerText::new(host).to_string())
            }
        };
        if !self.is_new(&origin, &host) {
            tracing::debug!(origin, host, "refused a page again");
        } else if matches!(refusal, Refusal::Host { .. }) {
            limited!(
                warn,
                origin,
                host,
                "refused a page that was loaded from a host that is not known to be this \
                 server's; if it is, name it with ServerBuilder::hosts"
            );
        } else {
            limited!(
                warn,
                origin,
                host,
                "refused a page of another origin than the host that it connects to; if it is \
                 yours, add the origin to ServerBuilder::allow_origins, or let the proxy in \
                 between pass the Host header on"
            );
        }
    }

    fn is_new(&self, origin: &str, host: &str) -> bool {
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.len() >= LOGGED {
            logged.clear();
        }
        logged.insert((origin.into(), host.into()))
    }
}

impl Refusal<'_> {
    /// Whether a page may be behind it, which can be told only after the handshake.
    pub(crate) fn is_of_page(self) -> bool {
        matches!(self, Self::Origin { .. } | Self::Host { .. })
    }
}

/// What the client is told. It gives nothing away: it repeats what the client said.
impl Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |text| PeerText::cut_at(text, SHOWN);
        match self {
            Self::NoOrigin => f.write_str("clients without an Origin header may not connect"),
            Self::Malformed => f.write_str("the Origin or Host header is malformed or repeated"),
            Self::Origin { origin, host } => {
                let (origin, host) = (shown(*origin), shown(*host));
                write!(f, "the page's origin {origin} is not allowed at host {host}")
            }
            Self::Host { host, .. } => {
                write!(f, "host {} is not known to be this server's own", shown(*host))
            }
        }
    }
}

struct Malformed;

/// The value of a header that may be there once.
fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Malformed> {
    let mut values = headers.get_all(name).iter().map(HeaderValue::to_str);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(Ok(value)), None) => Ok(Some(value)),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers<const N: usize>(pairs: [(HeaderName, &str); N]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    fn is_allowed(admission: &Admission, origin: &str, host: &str) -> bool {
        let headers = headers([(header::HOST, host), (header::ORIGIN, origin)]);
        admission.check(&headers).is_ok()
    }

    fn named(hosts: &[&str]) -> Option<Hosts> {
        Some(Hosts::Named(hosts.iter().map(|host| (*host).to_owned()).collect()))
    }

    fn listed(origins: &[&str]) -> Option<Vec<Origin>> {
        Some(origins.iter().map(|origin| Origin::parse(origin).unwrap()).collect())
    }

    #[test]
    fn by_default_only_pages_of_addresses_and_localhost_at_the_host_that_they_connect_to() {
        let admission = Admission::default();
        for (origin, host, allowed) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://192.168.1.5", "192.168.1.5", true),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("http://localhost:8080", "localhost:8080", true),
            ("http://app.localhost:8080", "app.localhost:8080", true),
            ("http://localhost:8080", "127.0.0.1:8080", false),
            ("http://localhost:5173", "localhost:8080", false),
            ("http://evil.example", "evil.example", false),
            ("http://evil.example", "127.0.0.1", false),
            ("null", "127.0.0.1", false),
            ("", "", false),
            ("file://", "", false),
        ] {
            assert_eq!(is_allowed(&admission, origin, host), allowed, "{origin} at {host}");
        }
    }

    #[test]
    fn a_named_host_is_the_servers_own_whatever_the_port() {
        let admission = Admission { hosts: named(&["a.example"]), ..Admission::default() };
        for (origin, host, allowed) in [
            ("https://a.example", "a.example", true),
            ("https://a.example", "a.example:443", true),
            ("https://a.example:8443", "A.example:8443", true),
            ("http://localhost", "localhost", true),
            ("https://b.example", "a.example", false),
            ("https://b.example", "b.example", false),
            ("https://b.a.example", "b.a.example", false),
            ("https://a.example@evil.example", "a.example", false),
            ("https://a.example/", "a.example", false),
        ] {
            assert_eq!(is_allowed(&admission, origin, host), allowed, "{origin} at {host}");
        }
        let admission = Admission { hosts: Some(Hosts::Any), ..Admission::default() };
        assert!(is_allowed(&admission, "https://b.example", "b.example"));
        assert!(!is_allowed(&admission, "https://b.example", "a.example"));
    }

    #[test]
    fn a_list_of_origins_is_exact_and_takes_any_scheme() {
        let mut admission = Admission {
            origins: listed(&["https://a.example", "capacitor://localhost", "null"]),
            ..Admission::default()
        };
        for (origin, allowed) in [
            ("https://a.example", true),
            ("https://a.example:443", true),
            ("capacitor://localhost", true),
            ("null", true),
            ("tauri://localhost", false),
            ("http://a.example", false),
            ("https://a.example.evil", false),
            // Its own host is not in the list.
            ("http://127.0.0.1", false),
        ] {
            assert_eq!(is_allowed(&admission, origin, "127.0.0.1"), allowed, "{origin}");
        }
        admission.hosts = named(&["b.example"]);
        assert!(is_allowed(&admission, "https://b.example", "b.example"));
        assert!(is_allowed(&admission, "https://a.example", "b.example"));
    }

    #[test]
    fn no_origin_only_if_wanted_and_several_never() {
        let missing = Admission { missing: true, ..Admission::default() };
        let none = headers([(header::HOST, "localhost")]);
        assert_eq!(Admission::default().check(&none), Err(Refusal::NoOrigin));
        assert_eq!(missing.check(&none), Ok(()));
        let own = "http://localhost";
        let two =
            headers([(header::HOST, "localhost"), (header::ORIGIN, own), (header::ORIGIN, own)]);
        assert_eq!(missing.check(&two), Err(Refusal::Malformed));
        let hosts =
            headers([(header::HOST, "localhost"), (header::HOST, "b"), (header::ORIGIN, own)]);
        assert_eq!(missing.check(&hosts), Err(Refusal::Malformed));
    }

    #[test]
    fn the_reason_names_both_hosts_and_fits_a_close_frame() {
        let refusal = Refusal::Origin { origin: "https://x.example", host: "127.0.0.1:3000" };
        let reason = "the page's origin https://x.example is not allowed at host 127.0.0.1:3000";
        assert_eq!(refusal.to_string(), reason);
        let long = format!("https://{}.example", "x".repeat(8000));
        let reason = Refusal::Origin { origin: &long, host: "a.example" }.to_string();
        assert!(reason.len() <= 123 && reason.ends_with("at host a.example"), "{reason}");
    }

    #[test]
    fn a_pair_is_new_once_and_pairs_without_end_are_not_kept() {
        let admission = Admission::default();
        assert!(admission.is_new("https://a.example", "b"));
        assert!(!admission.is_new("https://a.example", "b"));
        assert!(admission.is_new("https://a.example", "c"));
        for number in 0..10_000 {
            admission.is_new(&number.to_string(), "b");
        }
        assert!(admission.logged.lock().unwrap().len() <= LOGGED);
    }
}
