//! `cargo xtask npm`

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::cargo::build_wasm_library;
use crate::command::{root, run, timed};
use crate::node::SDK;
use crate::toolchain::{WASM, ensure_library_source, ensure_wasm_target};
use crate::wasm::wasm_bindgen;

/// How the wasm is built, which a page loads over the network: with a standard library
/// that is built for size too, and panics that end the client without a text. The text
/// alone, with what prints it, would be an eighth of it. Stable compilers can do both,
/// where `RUSTC_BOOTSTRAP` says that what may change in a later one is wanted. What is
/// said to LLVM was found by trying: inlining is worth less, and so is what makes loops
/// faster by more code. Together it is 5 % less.
const SMALL: &[&str] = &[
    "-p",
    "fader-js",
    "--target",
    WASM,
    "--profile",
    "wasm",
    "-Zbuild-std=std,panic_abort",
    "-Zbuild-std-features=optimize_for_size",
];
const SMALL_FLAGS: &[(&str, &str)] = &[
    ("RUSTC_BOOTSTRAP", "1"),
    (
        "RUSTFLAGS",
        "-Zunstable-options -Cpanic=immediate-abort -Cllvm-args=-inline-threshold=25 \
         -Cllvm-args=-inline-memaccess-cost=5 -Cllvm-args=-disable-lsr -Cllvm-args=-enable-pre=false",
    ),
];

/// Builds `target/npm/fader-<version>.tgz`, prints its sizes and answers where it is.
pub(crate) fn build() -> Result<PathBuf> {
    ensure_wasm_target()?;
    ensure_library_source()?;
    SDK.ensure_packages()?;
    let wasm =
        timed("Building the wasm of the npm package", || build_wasm_library(SMALL, SMALL_FLAGS))?;
    timed("Putting the npm package together", || {
        let folder = SDK.folder().join("bindgen");
        wasm_bindgen(&wasm, &folder, &["--out-name=engine", "--omit-default-module-path"])?;
        run(&mut SDK.node("build.mjs"))?;
        run(&mut SDK.tool("typescript/bin/tsc"))
    })?;
    let out = root().join("target/npm");
    let packed = out.join(format!("fader-{}.tgz", env!("CARGO_PKG_VERSION")));
    run(SDK
        .npm(&["pack", "--silent", "--pack-destination", ".."])
        .current_dir(out.join("package")))?;
    if !packed.is_file() {
        bail!(
            "npm pack made no {}: is the version in sdk/js/package.json another?",
            packed.display()
        );
    }
    println!("{}", packed.display());
    run(&mut SDK.node("size.mjs"))?;
    Ok(packed)
}

/// Fails if what a page loads has grown past the budget in `sdk/js/size.json`.
pub(crate) fn check_size() -> Result<()> {
    run(SDK.node("size.mjs").arg("--check"))
        .with_context(|| format!("see {}", SDK.folder().join("size.json").display()))
}
