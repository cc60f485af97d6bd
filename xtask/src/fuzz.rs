//! `cargo xtask fuzz`

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::cargo::cargo;
use crate::command::{command, output, root, run, scratch, timed};

/// The version that is installed if there is none.
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The targets, of the folder `fuzz/targets`. Default: all.
    targets: Vec<String>,
    /// How long each of them runs, in seconds.
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

/// Feeds each target with what a fuzzer finds interesting, beginning with the
/// committed corpus. What it finds stays in `target/xtask/fuzz`.
pub(crate) fn run_targets(args: &Args) -> Result<()> {
    let all = targets()?;
    if let Some(unknown) = args.targets.iter().find(|target| !all.contains(target)) {
        bail!("there is no target {unknown:?}; there are {}", all.join(", "));
    }
    ensure_nightly()?;
    let cargo_fuzz = ensure_cargo_fuzz()?;
    for target in if args.targets.is_empty() { &all } else { &args.targets } {
        let found = scratch().join("fuzz").join(target);
        fs::create_dir_all(&found)?;
        // By itself, so that rustup's `cargo` picks the compiler.
        let mut fuzz = command(&cargo_fuzz);
        fuzz.env_remove("CARGO").env_remove("RUSTC").env("RUSTUP_TOOLCHAIN", "nightly");
        fuzz.args(["fuzz", "run", "--fuzz-dir", "fuzz", target]).arg(found);
        fuzz.arg(folder().join("corpus").join(target));
        fuzz.args(["--", "-dict=fuzz/words.dict", "-max_len=4096", "-print_final_stats=1"]);
        fuzz.arg(format!("-max_total_time={}", args.seconds));
        timed(&format!("Fuzzing {target} for {} s", args.seconds), || run(&mut fuzz))?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    root().join("fuzz")
}

/// The names of the files in `fuzz/targets`.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in fs::read_dir(folder().join("targets"))? {
        let path = file?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// The sanitizers that a fuzzer needs are only in nightly compilers.
fn ensure_nightly() -> Result<()> {
    let installed = output(command("rustup").args(["toolchain", "list"]))?;
    match installed {
        None => bail!("fuzzing needs a nightly compiler, and rustup to get it: https://rustup.rs"),
        Some(list) if list.lines().any(|line| line.starts_with("nightly-")) => Ok(()),
        Some(_) => {
            let args = ["toolchain", "install", "nightly", "--profile", "minimal"];
            run(command("rustup").args(args))
        }
    }
}

/// Where cargo-fuzz is: on the PATH, or where this installs it.
fn ensure_cargo_fuzz() -> Result<PathBuf> {
    if matches!(output(command("cargo-fuzz").arg("--version")), Ok(Some(_))) {
        return Ok("cargo-fuzz".into());
    }
    let tools = scratch().join("tools");
    let installed = tools.join("bin/cargo-fuzz");
    if !Path::new(&installed).exists() {
        timed("Installing cargo-fuzz", || {
            run(cargo(["install", "--locked", CARGO_FUZZ, "--root"]).arg(&tools))
        })?;
    }
    Ok(installed)
}
