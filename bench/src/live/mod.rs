//! `fader-bench live`: live input in virtual time.

mod by_hand;
mod cell;
mod clock;
mod compute;
mod fader;
mod gesture;
mod gestures;
mod goals;
mod line;
mod measure;
mod record;
mod report;
mod scenario;
mod strategies;
mod summary;
mod table;
mod trials;
mod worker;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use report::Report;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many drags each entry of the tables is made from.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Also write everything that was measured to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Fail if a goal is missed that is not known to be.
    #[arg(long)]
    check: bool,
    /// Instead of measuring, make so many gestures in random worlds where things
    /// break, and fail if a final value is lost, a paint goes backward, a thumb
    /// jumps, or anything else happens that must not.
    #[arg(long, value_name = "N", conflicts_with_all = ["seeds", "json", "check"])]
    gestures: Option<u64>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(gestures) = args.gestures {
        return gestures::check(gestures);
    }
    let report = Report::new(args.seeds)?;
    report.print();
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, json).with_context(|| format!("writing {}", path.display()))?;
    }
    let surprises = report.surprises();
    if args.check && surprises > 0 {
        bail!("{surprises} goals are missed that were reached before");
    }
    Ok(())
}
