//! `cargo xtask wasm-test-runner <test.wasm> …`: what cargo starts for each wasm test binary.

use std::ffi::OsString;
use std::iter;

use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The test binary, and what follows `--` on cargo's command line.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    args: Vec<OsString>,
}

pub(crate) fn run(args: Args) -> Result<()> {
    let args = iter::once("wasm-bindgen-test-runner".into()).chain(args.args);
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(args)
}
