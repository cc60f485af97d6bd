use anyhow::Result;

use crate::cargo::cargo;
use crate::command;
use crate::toolchain::ensure_component;

pub(super) fn run() -> Result<()> {
    ensure_component("fmt", "rustfmt")?;
    command::run(&mut cargo(["fmt", "--all", "--check"]))
}
