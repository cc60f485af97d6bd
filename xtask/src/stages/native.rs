use anyhow::Result;

use crate::cargo::cargo;
use crate::command;

pub(super) fn run() -> Result<()> {
    command::run(&mut cargo(["test", "--workspace", "--exclude", "xtask", "--all-features"]))?;
    // By itself it shares its dependencies with the xtask that runs.
    command::run(&mut cargo(["test", "--package", "xtask"]))
}
