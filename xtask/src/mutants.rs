//! `cargo xtask mutants`

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::cargo::cargo;
use crate::command::{command, output, run, scratch, timed};

/// The version that is installed if there is none.
const CARGO_MUTANTS: &str = "cargo-mutants@27.1.0";

/// What is changed: the link, and what in the core keeps promises to the app.
const FILES: &[&str] = &[
    "protocol/src/link/*.rs",
    "sdk/core/src/connection/*.rs",
    "sdk/core/src/requests.rs",
    "sdk/core/src/streams.rs",
    "sdk/core/src/topics/*.rs",
    "sdk/core/src/client/streams.rs",
    "sdk/core/src/client/topics.rs",
];

/// The tests of both ends together that need no sockets.
const SIMULATION: &[&str] = &["cuts", "topic_cuts", "sessions", "simulation", "named_bugs"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only the tests of both ends together are to notice: the simulation and the cuts.
    /// Default: the tests of `fader-protocol` and `fader-core`.
    #[arg(long)]
    sim: bool,
    /// More for cargo-mutants, such as `--list`, `--shard 0/8` or `--re 'topics/inbox'`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Changes the code in one small way after the other, and looks whether a test notices.
/// What came of each is in `target/xtask/mutants.out`.
pub(crate) fn run_mutants(args: &Args) -> Result<()> {
    fs::create_dir_all(scratch())?;
    let mut mutants = command(ensure_cargo_mutants()?);
    mutants.arg("mutants").args(["--timeout", "120", "--output"]).arg(scratch());
    mutants.args(FILES.iter().flat_map(|file| ["--file", file]));
    let packages: &[_] =
        if args.sim { &["fader-tests"] } else { &["fader-protocol", "fader-core"] };
    mutants.args(packages.iter().flat_map(|package| ["--test-package", package]));
    // Most of the time goes into building and running tests: neither as slowly as by default.
    mutants.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    mutants.args(&args.args);
    if args.sim {
        mutants.arg("--").args(SIMULATION.iter().flat_map(|test| ["--test", test]));
    }
    run(&mut mutants)
}

/// Where cargo-mutants is: on the PATH, or where this installs it.
fn ensure_cargo_mutants() -> Result<PathBuf> {
    if matches!(output(command("cargo-mutants").args(["mutants", "--version"])), Ok(Some(_))) {
        return Ok("cargo-mutants".into());
    }
    let tools = scratch().join("tools");
    let installed = tools.join("bin/cargo-mutants");
    if !installed.exists() {
        timed("Installing cargo-mutants", || {
            run(cargo(["install", "--locked", CARGO_MUTANTS, "--root"]).arg(&tools))
        })?;
    }
    Ok(installed)
}
