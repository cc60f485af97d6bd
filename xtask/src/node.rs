//! Node, for the end-to-end tests only.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{command, output, root, run, scratch, timed};

/// The folder of the Playwright tests.
pub(crate) fn folder() -> PathBuf {
    root().join("tests/browser")
}

/// `node <script of an npm package>` in the Playwright tests' folder.
pub(crate) fn node(script: &str) -> Command {
    let mut node = command("node");
    node.current_dir(folder()).arg(format!("node_modules/{script}"));
    node
}

/// Sees to it that Node and the packages of `package-lock.json` are there.
pub(crate) fn ensure_packages() -> Result<()> {
    let version = output(command("node").arg("--version"))?;
    match version.as_deref().map(|version| (version, major(version))) {
        Some((_, Some(20..))) => {}
        Some((old, _)) => {
            bail!("end-to-end tests need Node 20 or newer, this is {old}: https://nodejs.org")
        }
        None => bail!("end-to-end tests need Node 20 or newer: https://nodejs.org"),
    }
    let lock =
        fs::read(folder().join("package-lock.json")).context("tests/browser/package-lock.json")?;
    let installed = scratch().join("installed-package-lock.json");
    let unchanged = fs::read(&installed).is_ok_and(|installed| installed == lock);
    if unchanged && folder().join("node_modules").is_dir() {
        return Ok(());
    }
    timed("Installing the packages of tests/browser", || {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let mut npm = command(npm);
        npm.current_dir(folder()).args(["ci", "--no-audit", "--no-fund"]);
        run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
        fs::create_dir_all(scratch())?;
        Ok(fs::write(&installed, &lock)?)
    })
}

/// 20 for `v20.11.1`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node() {
        assert_eq!(major("v20.11.1"), Some(20));
        assert_eq!(major("v8.0.0"), Some(8));
        assert_eq!(major("node"), None);
    }
}
