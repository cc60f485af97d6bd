use anyhow::Result;

use crate::cargo::cargo;
use crate::command;

pub(super) fn run() -> Result<()> {
    let mut doc = cargo(["doc", "--workspace", "--all-features", "--no-deps"]);
    command::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}
