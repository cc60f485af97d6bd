//! What of the Rust toolchain must be there, added through rustup when it is not.

use std::env;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::cargo::cargo;
use crate::command::{command, output, run};

/// The target of every page.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Sees to it that the standard library for wasm is installed.
pub(crate) fn ensure_wasm_target() -> Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries = output(command(rustc).args(["--print", "target-libdir", "--target", WASM]))?
        .context("rustc is not on the PATH")?;
    if Path::new(&libraries).exists() {
        return Ok(());
    }
    rustup(&["target", "add", WASM])
}

/// Sees to it that `cargo <subcommand>` is there, which rustup's `component` brings.
pub(crate) fn ensure_component(subcommand: &str, component: &str) -> Result<()> {
    let there = cargo([subcommand, "--version"]).output()?.status.success();
    if there { Ok(()) } else { rustup(&["component", "add", component]) }
}

/// Sees to it that the standard library's source is there, to build it anew.
pub(crate) fn ensure_library_source() -> Result<()> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot =
        output(command(rustc).args(["--print", "sysroot"]))?.context("rustc is not on the PATH")?;
    if Path::new(&sysroot).join("lib/rustlib/src/rust/library").exists() {
        return Ok(());
    }
    rustup(&["component", "add", "rust-src"])
}

fn rustup(args: &[&str]) -> Result<()> {
    if command("rustup").arg("--version").output().is_err() {
        bail!(
            "`rustup {}` is needed, and rustup is not installed: get it from https://rustup.rs, \
             or install the same for your Rust in your system's way",
            args.join(" ")
        );
    }
    run(command("rustup").args(args))
}
