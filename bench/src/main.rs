//! Fader measured: beside what people do by hand, and beside what is possible.

mod live;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures Fader.")]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Live input: the real client and the real server in virtual time.
    Live(live::Args),
}

fn main() -> Result<()> {
    match Cli::parse().bench {
        Bench::Live(args) => live::run(&args),
    }
}
