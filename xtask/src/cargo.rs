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
    eprintln!("$ cargo build {}", args.join(" "));
    let mut build = cargo(["build", "--message-format=json-render-diagnostics"]);
    build.args(args).stdout(Stdio::piped());
    let mut child = build.spawn().with_context(|| not_started(&build))?;
    let messages = child.stdout.take().context("cargo's output is piped")?;
    let mut executable = None;
    for line in BufReader::new(messages).lines() {
        executable = executable_in(&line?).or(executable);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`cargo build {}` failed ({status})", args.join(" "));
    }
    executable.with_context(|| format!("`cargo build {}` made no executable", args.join(" ")))
}

/// The executable that one line of cargo's JSON output tells of.
fn executable_in(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    Some(message.get("executable")?.as_str()?.into())
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
}
