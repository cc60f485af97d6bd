//! `cargo xtask screenshots`

use std::path::{PathBuf, absolute};

use anyhow::Result;

use crate::{command, playwright};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder for the pictures.
    #[arg(default_value = "target/screenshots")]
    folder: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = absolute(&args.folder)?;
    let mut playwright = playwright::prepare()?;
    playwright.args(["--config", "screenshots.config.ts"]).env("FADER_SCREENSHOTS", &folder);
    command::run(&mut playwright)?;
    println!("Screenshots: {}", folder.display());
    Ok(())
}
