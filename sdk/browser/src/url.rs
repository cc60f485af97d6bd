use wasm_bindgen::prelude::*;
use web_sys::{Node, Url, Window, WorkerGlobalScope};

use crate::BuildError;

/// Where the client runs.
pub(crate) struct Place {
    /// What relative URLs are relative to.
    base: String,
    /// Whether the browser refuses connections that are not encrypted.
    encrypted: bool,
}

impl Place {
    /// This page, or this worker.
    pub(crate) fn here() -> Self {
        let global = js_sys::global();
        let page = web_sys::window().as_ref().and_then(Window::document);
        let base = match (page, global.dyn_ref::<WorkerGlobalScope>()) {
            (Some(page), _) => Node::base_uri(&page).ok().flatten(),
            (None, Some(worker)) => Some(worker.location().href()),
            (None, None) => None,
        };
        let encrypted = origin(&global).is_some_and(|origin| origin.starts_with("https:"));
        Self { base: base.unwrap_or_default(), encrypted }
    }

    /// The WebSocket URL that `url` means here.
    ///
    /// # Errors
    /// [`BuildError`] says what is wrong with it.
    pub(crate) fn resolve(&self, url: &str) -> Result<String, BuildError> {
        let bad = || BuildError::BadUrl(url.into());
        // Relative to a page, nothing is the page itself: never what was meant.
        if url.trim_ascii().is_empty() {
            return Err(bad());
        }
        let parsed = Url::new(url).or_else(|_| Url::new_with_base(url, &self.base));
        let parsed = parsed.map_err(|_| bad())?;
        match parsed.protocol().as_str() {
            "ws:" | "wss:" => {}
            "http:" => parsed.set_protocol("ws:"),
            "https:" => parsed.set_protocol("wss:"),
            other => {
                return Err(BuildError::Scheme(other.strip_suffix(':').unwrap_or(other).into()));
            }
        }
        if !parsed.hash().is_empty() || url.contains('#') {
            return Err(BuildError::Fragment);
        }
        if self.encrypted && parsed.protocol() == "ws:" && !is_loopback(&parsed.hostname()) {
            return Err(BuildError::MixedContent);
        }
        Ok(parsed.href())
    }
}

/// The origin under which the browser judges what may be connected to. Unlike
/// the location it is right for frames and workers made of a blob, too.
fn origin(global: &js_sys::Object) -> Option<String> {
    js_sys::Reflect::get(global, &"origin".into()).ok()?.as_string()
}

/// Browsers trust a connection within the machine without encryption.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_127(host)
}

/// Whether it is an address in 127.0.0.0/8. The URL parser writes addresses in full,
/// and takes nothing else that is digits and dots.
fn is_127(host: &str) -> bool {
    host.starts_with("127.") && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn resolve(base: &str, url: &str) -> Result<String, BuildError> {
        Place { base: base.into(), encrypted: base.starts_with("https:") }.resolve(url)
    }

    #[wasm_bindgen_test]
    fn absolute_urls_are_taken_as_they_are() {
        for base in ["https://page.test/", ""] {
            assert_eq!(resolve(base, "wss://a.test/x?y=1").unwrap(), "wss://a.test/x?y=1");
            assert_eq!(resolve(base, "https://a.test:444").unwrap(), "wss://a.test:444/");
        }
        assert_eq!(resolve("http://page.test/", "ws://a.test").unwrap(), "ws://a.test/");
        assert_eq!(resolve("http://page.test/", "http://a.test/f").unwrap(), "ws://a.test/f");
    }

    #[wasm_bindgen_test]
    fn relative_urls_follow_the_page() {
        assert_eq!(
            resolve("http://page.test:81/a/b", "/fader").unwrap(),
            "ws://page.test:81/fader"
        );
        assert_eq!(resolve("https://page.test/a/b", "fader").unwrap(), "wss://page.test/a/fader");
        assert_eq!(resolve("https://page.test/", "//a.test/f").unwrap(), "wss://a.test/f");
    }

    #[wasm_bindgen_test]
    fn what_cannot_be_connected_to_is_refused() {
        let page = "https://page.test/";
        for url in ["", "  ", "http://", "ws://[/", "ws://a.test:99999/"] {
            assert_eq!(resolve(page, url), Err(BuildError::BadUrl(url.into())), "{url:?}");
        }
        assert_eq!(resolve("", "/fader"), Err(BuildError::BadUrl("/fader".into())));
        assert_eq!(resolve(page, "ftp://a.test/"), Err(BuildError::Scheme("ftp".into())));
        assert_eq!(resolve("file:///index.html", "/f"), Err(BuildError::Scheme("file".into())));
        assert_eq!(resolve(page, "wss://a.test/#top"), Err(BuildError::Fragment));
        assert_eq!(resolve(page, "/fader#"), Err(BuildError::Fragment));
    }

    #[wasm_bindgen_test]
    fn an_encrypted_page_connects_encrypted_or_within_the_machine() {
        let page = "https://page.test/";
        assert_eq!(resolve(page, "ws://a.test/"), Err(BuildError::MixedContent));
        assert_eq!(resolve(page, "http://127.0.0.1.a.test/"), Err(BuildError::MixedContent));
        for url in ["ws://localhost:8080/", "ws://127.1/", "ws://[::1]/", "ws://x.localhost/"] {
            assert!(resolve(page, url).is_ok(), "{url}");
        }
    }
}
