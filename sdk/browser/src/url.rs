use wasm_bindgen::prelude::*;

use crate::BuildError;

#[wasm_bindgen(module = "/src/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = resolve)]
    fn js_resolve(url: &str, base: Option<&str>, encrypted: Option<bool>) -> String;
}

/// The WebSocket URL that `url` means here.
///
/// # Errors
/// [`BuildError`] says what is wrong with it.
pub(crate) fn resolve(url: &str) -> Result<String, BuildError> {
    read(url, js_resolve(url, None, None))
}

fn read(url: &str, answer: String) -> Result<String, BuildError> {
    match answer.as_str() {
        "?" => Err(BuildError::BadUrl(url.into())),
        "#" => Err(BuildError::Fragment),
        "!" => Err(BuildError::MixedContent),
        scheme if !scheme.contains(':') => Err(BuildError::Scheme(answer)),
        _ => Ok(answer),
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn resolve(base: &str, url: &str) -> Result<String, BuildError> {
        super::read(url, js_resolve(url, Some(base), Some(base.starts_with("https:"))))
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
