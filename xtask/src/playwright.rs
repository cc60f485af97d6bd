//! Playwright Test on the demo.

use std::process::Command;

use anyhow::Result;

use crate::command::run;
use crate::node::BROWSER_TESTS;
use crate::{browser, page, server};

/// Makes ready all that Playwright needs, checks the types of its tests, and answers
/// `playwright test`, to be run.
pub(crate) fn prepare() -> Result<Command> {
    BROWSER_TESTS.ensure_packages()?;
    run(BROWSER_TESTS.tool("typescript/bin/tsc").args(["--project", "."]))?;
    let chrome = browser::chrome()?;
    let dist = page::build()?;
    let server = server::build()?;
    let proxy = server::build_proxy()?;
    let mut playwright = BROWSER_TESTS.tool("@playwright/test/cli.js");
    playwright
        .arg("test")
        .env("FADER_CHROME", chrome)
        .env("FADER_DIST", dist)
        .env("FADER_SERVER_BIN", server)
        .env("FADER_PROXY_BIN", proxy);
    Ok(playwright)
}
