//! The demo page: built, bound and put together in `dist/`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::cargo::build_executable;
use crate::command::{root, timed};
use crate::index_html::{self, START_JS};
use crate::toolchain::{WASM, ensure_wasm_target};
use crate::wasm::wasm_bindgen;

/// Builds the page and answers the folder to serve.
pub(crate) fn build() -> Result<PathBuf> {
    ensure_wasm_target()?;
    let wasm = timed("Building the page", || {
        build_executable(&["-p", "fader-demo", "--target", WASM, "--profile", "wasm-dev"])
    })?;
    let dist = root().join("dist");
    timed("Putting the page together in dist/", || assemble(&root(), &wasm, &dist))?;
    Ok(dist)
}

fn assemble(source: &Path, wasm: &Path, dist: &Path) -> Result<()> {
    if dist.exists() {
        fs::remove_dir_all(dist).with_context(|| format!("cannot empty {}", dist.display()))?;
    }
    wasm_bindgen(wasm, dist, &["--out-name=demo", "--no-typescript"])?;
    let index = source.join("index.html");
    let html =
        fs::read_to_string(&index).with_context(|| format!("cannot read {}", index.display()))?;
    let page = index_html::render(&html).with_context(|| format!("in {}", index.display()))?;
    fs::write(dist.join("index.html"), page.html)?;
    fs::write(dist.join("start.js"), START_JS)?;
    for asset in page.assets {
        let from = source.join(&asset.source);
        fs::copy(&from, dist.join(&asset.name))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    Ok(())
}
