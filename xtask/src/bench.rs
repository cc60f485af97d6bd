//! `cargo xtask bench`

use std::path::{PathBuf, absolute};

use anyhow::{Context, Result};
use clap::Parser;

use crate::cargo::cargo;
use crate::command::{self, root};
use crate::node::NPM_TESTS;
use crate::{browser, npm, playwright};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure, and its options; `live --browser` measures in Chromium, `npm` the npm
    /// package beside a client written by hand.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Live input in a real browser, over a network with a delay.
#[derive(Parser)]
#[command(name = "cargo xtask bench live", no_binary_name = true)]
struct Browser {
    /// Measure in Chromium.
    #[arg(long, required = true)]
    browser: bool,
    /// How many drags are measured in each cell.
    #[arg(long, default_value_t = 5)]
    drags: u32,
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.args == ["npm"] {
        return npm_package();
    }
    if let [bench, options @ ..] = &args.args[..]
        && bench == "live"
        && options.iter().any(|option| option == "--browser")
    {
        return live_in_browser(&Browser::parse_from(options));
    }
    let bench = ["run", "--release", "--quiet", "--package", "fader-bench", "--"];
    command::run(cargo(bench).args(&args.args))
}

fn live_in_browser(options: &Browser) -> Result<()> {
    let mut playwright = playwright::prepare()?;
    playwright.args(["--config", "bench/config.ts"]);
    playwright.env("FADER_BENCH_DRAGS", options.drags.to_string());
    if let Some(json) = &options.json {
        playwright.env("FADER_BENCH_JSON", absolute(json)?);
    }
    command::run(&mut playwright)
}

fn npm_package() -> Result<()> {
    npm::build()?;
    NPM_TESTS.ensure_packages()?;
    let script = root().join("bench/npm/run.mjs");
    let script = script.to_str().context("the path is not UTF-8")?;
    command::run(NPM_TESTS.node(script).env("FADER_CHROME", browser::chrome()?))
}
