//! wasm-bindgen, as a library of the version that `Cargo.lock` names.

use std::ffi::OsString;
use std::iter;
use std::path::Path;

use anyhow::{Result, anyhow};

/// Writes the script and the wasm that a page loads, as the wasm-bindgen command would.
pub(crate) fn wasm_bindgen(wasm: &Path, folder: &Path, options: &[&str]) -> Result<()> {
    let command: [OsString; 4] =
        ["wasm-bindgen".into(), "--target=web".into(), "--out-dir".into(), folder.into()];
    let args = command
        .into_iter()
        .chain(options.iter().map(OsString::from))
        .chain(iter::once("--".into()))
        .chain(iter::once(wasm.into()));
    wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(args)
        .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))
}
