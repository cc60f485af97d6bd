//! `cargo xtask bench`

use anyhow::Result;

use crate::cargo::cargo;
use crate::command;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure, and its options.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let bench = ["run", "--release", "--quiet", "--package", "fader-bench", "--"];
    command::run(cargo(bench).args(&args.args))
}
