use anyhow::Result;

use crate::cargo::cargo;
use crate::command;
use crate::toolchain::{WASM, ensure_component, ensure_wasm_target};

pub(super) fn run() -> Result<()> {
    ensure_component("clippy", "clippy")?;
    ensure_wasm_target()?;
    lint(&["--workspace"])?;
    // What is only compiled for a page.
    let pages = ["-p", "fader", "-p", "fader-js", "-p", "fader-leptos", "-p", "fader-demo"];
    lint(&[&pages[..], &["--target", WASM]].concat())
}

fn lint(what: &[&str]) -> Result<()> {
    let mut clippy = cargo(["clippy", "--all-targets", "--all-features"]);
    command::run(clippy.args(what).args(["--", "-D", "warnings"]))
}
