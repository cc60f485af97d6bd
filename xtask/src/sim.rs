//! `cargo xtask sim`

use anyhow::Result;

use crate::cargo::cargo;
use crate::command;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which worlds: `--seeds 20000`, or `--seed 7 --trace`; `--help` says more.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let sim = ["run", "--release", "--quiet", "--package", "fader-tests", "--bin", "sim", "--"];
    command::run(cargo(sim).args(&args.args))
}
