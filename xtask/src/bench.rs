//! `cargo xtask bench`

use anyhow::{Context, Result};

use crate::cargo::cargo;
use crate::command::{self, root};
use crate::node::NPM_TESTS;
use crate::{browser, npm};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure, and its options. `npm` is the npm package in Chromium.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.args == ["npm"] {
        npm::build()?;
        NPM_TESTS.ensure_packages()?;
        let script = root().join("bench/npm/run.mjs");
        let script = script.to_str().context("the path is not UTF-8")?;
        return command::run(NPM_TESTS.node(script).env("FADER_CHROME", browser::chrome()?));
    }
    let bench = ["run", "--release", "--quiet", "--package", "fader-bench", "--"];
    command::run(cargo(bench).args(&args.args))
}
