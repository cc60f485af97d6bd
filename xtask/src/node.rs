//! Node, for the npm package and for tests in a browser.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::{command, output, root, run, scratch, timed};

/// A folder with a `package.json`.
pub(crate) struct Project(&'static str);

/// The Playwright tests.
pub(crate) const BROWSER_TESTS: Project = Project("tests/browser");
/// The npm package.
pub(crate) const SDK: Project = Project("sdk/js");
/// The npm package's tests.
pub(crate) const NPM_TESTS: Project = Project("tests/npm");
/// An app of theirs with packages of its own.
pub(crate) const NEXT_APP: Project = Project("tests/npm/apps/next");

impl Project {
    pub(crate) fn folder(&self) -> PathBuf {
        root().join(self.0)
    }

    /// `node <script>` in the project's folder.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut node = command("node");
        node.current_dir(self.folder()).arg(script);
        node
    }

    /// `node <script of an npm package>` in the project's folder.
    pub(crate) fn tool(&self, script: &str) -> Command {
        self.node(&format!("node_modules/{script}"))
    }

    /// `npm <args>` in the project's folder.
    pub(crate) fn npm(&self, args: &[&str]) -> Command {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        let mut npm = command(npm);
        npm.current_dir(self.folder()).args(args);
        npm
    }

    /// Sees to it that Node and the packages of `package-lock.json` are there.
    pub(crate) fn ensure_packages(&self) -> Result<()> {
        ensure_node()?;
        let lock = self.folder().join("package-lock.json");
        let lock = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
        let installed = scratch().join(format!("installed-{}.json", self.0.replace('/', "-")));
        let unchanged = fs::read(&installed).is_ok_and(|installed| installed == lock);
        if unchanged && self.folder().join("node_modules").is_dir() {
            return Ok(());
        }
        timed(&format!("Installing the packages of {}", self.0), || {
            let mut npm = self.npm(&["ci", "--no-audit", "--no-fund"]);
            run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
            fs::create_dir_all(scratch())?;
            Ok(fs::write(&installed, &lock)?)
        })
    }
}

fn ensure_node() -> Result<()> {
    let version = output(command("node").arg("--version"))?;
    match version.as_deref().map(|version| (version, major(version))) {
        Some((_, Some(20..))) => {}
        Some((old, _)) => {
            bail!("this needs Node 20 or newer, not {old}: https://nodejs.org")
        }
        None => bail!("this needs Node 20 or newer: https://nodejs.org"),
    }
    Ok(())
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
