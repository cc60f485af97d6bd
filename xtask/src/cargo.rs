//! Cargo: the one that started xtask.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command::{command, not_started};

/// `cargo <args>` in the workspace's folder.
pub(crate) fn cargo<I: IntoIterator<Item: AsRef<OsStr>>>(args: I) -> Command {
    let mut cargo = command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(args);
    cargo
}

/// Runs `cargo build <args>` and answers where the one executable is that it makes.
pub(crate) fn build_executable(args: &[&str]) -> Result<PathBuf> {
    build(args, &[], executable_in)
}

/// Runs `cargo build <args>` with these variables set, and answers where the one wasm
/// library is that it makes.
pub(crate) fn build_wasm_library(args: &[&str], variables: &[(&str, &str)]) -> Result<PathBuf> {
    build(args, variables, wasm_in)
}

fn build(
    args: &[&str],
    variables: &[(&str, &str)],
    find: impl Fn(&str) -> Option<PathBuf>,
) -> Result<PathBuf> {
    eprintln!("$ cargo build {}", args.join(" "));
    let mut build = cargo(["build", "--message-format=json-render-diagnostics"]);
    build.args(args).envs(variables.iter().copied()).stdout(Stdio::piped());
    let mut child = build.spawn().with_context(|| not_started(&build))?;
    let messages = child.stdout.take().context("cargo's output is piped")?;
    let mut made = None;
    for line in BufReader::new(messages).lines() {
        made = find(&line?).or(made);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`cargo build {}` failed ({status})", args.join(" "));
    }
    made.with_context(|| format!("`cargo build {}` made nothing of use", args.join(" ")))
}

/// The executable that one line of cargo's JSON output tells of.
fn executable_in(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    Some(message.get("executable")?.as_str()?.into())
}

/// The wasm library that one line of cargo's JSON output tells of.
fn wasm_in(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let files = message.get("filenames")?.as_array()?.iter().filter_map(|file| file.as_str());
    files.filter(|file| file.ends_with(".wasm")).map(PathBuf::from).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_in_the_artifact_message() {
        let library = r#"{"reason":"compiler-artifact","executable":null}"#;
        let binary = r#"{"reason":"compiler-artifact","executable":"/t/debug/server-stub"}"#;
        assert_eq!(executable_in(library), None);
        assert_eq!(executable_in(binary), Some("/t/debug/server-stub".into()));
        assert_eq!(executable_in("not JSON"), None);
    }

    #[test]
    fn a_wasm_library_is_among_the_files_of_an_artifact() {
        let library = r#"{"filenames":["/t/liba.rlib"],"executable":null}"#;
        let wasm = r#"{"filenames":["/t/deps/a.d","/t/a.wasm"],"executable":null}"#;
        assert_eq!(wasm_in(library), None);
        assert_eq!(wasm_in(wasm), Some("/t/a.wasm".into()));
    }
}
