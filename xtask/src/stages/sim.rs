use anyhow::Result;

use crate::cargo::cargo;
use crate::command;

pub(super) fn run() -> Result<()> {
    let sim = ["run", "--release", "--package", "fader-tests", "--bin", "sim", "--"];
    command::run(cargo(sim).args(["--seeds", "20000"]))
}
