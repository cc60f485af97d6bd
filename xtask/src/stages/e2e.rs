use anyhow::Result;

use crate::{command, playwright};

pub(super) fn run() -> Result<()> {
    command::run(&mut playwright::prepare()?)
}
