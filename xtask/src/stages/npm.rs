use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::cargo::build_executable;
use crate::command::{root, run as run_command, timed};
use crate::node::{NEXT_APP, NPM_TESTS};
use crate::{browser, npm, server, types};

pub(super) fn run() -> Result<()> {
    let packed = npm::build()?;
    npm::check_size()?;
    types::check()?;
    let packed = packed.to_str().context("the package's path is not UTF-8")?;
    for project in [NPM_TESTS, NEXT_APP] {
        project.ensure_packages()?;
        timed(&format!("Installing the package in {}", project.folder().display()), || {
            let install = ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund"];
            run_command(project.npm(&install).arg(packed))
        })?;
    }
    let site = timed("Making the tests' site", site)?;
    for project in [".", "types/plain"] {
        run_command(NPM_TESTS.tool("typescript/bin/tsc").args(["--project", project]))?;
    }
    let test_server = build_executable(&["-p", "fader-npm-test-server"])?;
    let proxy = server::build_proxy()?;
    run_command(
        NPM_TESTS
            .tool("@playwright/test/cli.js")
            .arg("test")
            .env("FADER_CHROME", browser::chrome()?)
            .env("FADER_SITE", site)
            .env("FADER_NPM_SERVER_BIN", test_server)
            .env("FADER_PROXY_BIN", proxy),
    )
}

/// Makes the site that the tests' server serves.
fn site() -> Result<PathBuf> {
    let site = root().join("target/npm/site");
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    fs::create_dir_all(&site)?;
    run_command(NPM_TESTS.node("site.mjs").arg(&site))?;
    Ok(site)
}
