//! `cargo xtask types`

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::cargo::build_executable;
use crate::command::{command, output, root};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if what is there is not up to date.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.check { check() } else { write() }
}

/// Writes the TypeScript of the contract of the npm package's test server.
fn write() -> Result<()> {
    let file = file();
    fs::write(&file, generate()?).with_context(|| format!("cannot write {}", file.display()))?;
    println!("{}", file.display());
    Ok(())
}

/// Fails if the file is not what would be written.
pub(crate) fn check() -> Result<()> {
    let file = file();
    if fs::read_to_string(&file).ok() != Some(generate()?) {
        bail!("{} is not what the contract says: cargo xtask types", file.display());
    }
    Ok(())
}

fn file() -> PathBuf {
    root().join("tests/npm/api.ts")
}

fn generate() -> Result<String> {
    let server = build_executable(&["-p", "fader-npm-test-server"])?;
    let text = output(&mut command(server))?.context("the server is not there")?;
    Ok(text + "\n")
}
