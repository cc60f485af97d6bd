//! `index.html` is written for Trunk: `<link data-trunk …>` says what to build or copy. Trunk
//! would start the page with an inline script, which the demo server's content security policy
//! forbids; here the same links become plain files.

use anyhow::{Context, Result, bail};

/// The module that starts the page.
pub(crate) const START_JS: &str = "import init from \"./demo.js\";\n\nawait init();\n";

/// A page without Trunk's links, and the files it now refers to.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) assets: Vec<Asset>,
}

/// A file to copy beside the page.
#[derive(Debug, PartialEq)]
pub(crate) struct Asset {
    /// Its path from the workspace's folder.
    pub(crate) source: String,
    /// Its name beside the page.
    pub(crate) name: String,
}

/// Replaces Trunk's links, or says which one is not understood.
pub(crate) fn render(source: &str) -> Result<Page> {
    let mut page = Page { html: String::with_capacity(source.len()), assets: Vec::new() };
    let mut rest = source;
    while let Some(start) = rest.find("<link") {
        let length = rest[start..].find('>').context("a <link> is not closed")? + 1;
        let tag = &rest[start..start + length];
        page.html.push_str(&rest[..start]);
        if tag.contains("data-trunk") {
            let link = page.replace(tag).with_context(|| format!("`{tag}`"))?;
            page.html.push_str(&link);
        } else {
            page.html.push_str(tag);
        }
        rest = &rest[start + length..];
    }
    page.html.push_str(rest);
    Ok(page)
}

impl Page {
    fn replace(&mut self, tag: &str) -> Result<String> {
        match attribute(tag, "rel")? {
            "rust" => Ok("<script type=\"module\" src=\"/start.js\"></script>".to_owned()),
            "css" => Ok(format!("<link rel=\"stylesheet\" href=\"/{}\" />", self.asset(tag)?)),
            "icon" => Ok(format!("<link rel=\"icon\" href=\"/{}\" />", self.asset(tag)?)),
            // An inline script cannot run under the policy: it is for Trunk's page alone.
            "inline" => Ok(String::new()),
            other => bail!("`cargo xtask demo` does not know Trunk's rel=\"{other}\""),
        }
    }

    fn asset(&mut self, tag: &str) -> Result<String> {
        let source = attribute(tag, "href")?;
        let name = source.rsplit('/').next().unwrap_or(source).to_owned();
        self.assets.push(Asset { source: source.to_owned(), name: name.clone() });
        Ok(name)
    }
}

/// The value of `name="…"` in a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Result<&'a str> {
    let value = tag
        .split_once(&format!(" {name}=\""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .with_context(|| format!("no {name}=\"…\""))?;
    Ok(value.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunks_links_become_plain_files() {
        let page = render(
            "<head>\n  <link rel=\"canonical\" href=\"/\" />\n  \
             <link data-trunk rel=\"rust\" href=\"demo/Cargo.toml\" />\n  \
             <link data-trunk rel=\"inline\" href=\"demo/trunk.js\" />\n  \
             <link data-trunk rel=\"css\" href=\"demo/style.css\" />\n  \
             <link data-trunk\n    rel=\"icon\" href=\"demo/icon.svg\">\n</head>",
        )
        .unwrap();
        assert_eq!(
            page.html,
            "<head>\n  <link rel=\"canonical\" href=\"/\" />\n  \
             <script type=\"module\" src=\"/start.js\"></script>\n  \n  \
             <link rel=\"stylesheet\" href=\"/style.css\" />\n  \
             <link rel=\"icon\" href=\"/icon.svg\" />\n</head>"
        );
        let asset = |source: &str, name: &str| Asset { source: source.into(), name: name.into() };
        assert_eq!(
            page.assets,
            [asset("demo/style.css", "style.css"), asset("demo/icon.svg", "icon.svg")]
        );
    }

    #[test]
    fn a_page_without_trunks_links_stays_as_it_is() {
        let html = "<!doctype html>\n<link rel=\"icon\" href=\"data:,\">\n<p>ä</p>";
        assert_eq!(render(html).unwrap(), Page { html: html.to_owned(), assets: Vec::new() });
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (html, reason) in [
            ("<link data-trunk rel=\"sass\" href=\"a.scss\">", "rel=\"sass\""),
            ("<link data-trunk href=\"demo/style.css\">", "no rel="),
            ("<link data-trunk rel=\"css\">", "no href="),
            ("<link data-trunk", "not closed"),
        ] {
            let error = format!("{:#}", render(html).unwrap_err());
            assert!(error.contains(reason), "{html}: {error}");
        }
    }
}
