//! `cargo xtask test`

use std::process::ExitCode;
use std::time::Instant;

use clap::ValueEnum;

use crate::stages::Stage;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The stages to run; all of them, in order, if none is named.
    #[arg(value_enum)]
    stages: Vec<Stage>,
    /// List the stages.
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    if args.list {
        for stage in Stage::value_variants() {
            println!("{:<7} {}", stage.name(), stage.what());
        }
        return ExitCode::SUCCESS;
    }
    let stages = if args.stages.is_empty() { Stage::value_variants() } else { &args.stages };
    let mut passed = 0;
    for stage in stages {
        if !run_stage(*stage) {
            println!("{passed} passed, 1 failed");
            return ExitCode::FAILURE;
        }
        passed += 1;
    }
    println!("{passed} passed, 0 failed");
    ExitCode::SUCCESS
}

/// Runs one stage and says how it went; true if it passed.
fn run_stage(stage: Stage) -> bool {
    let name = stage.name();
    let start = Instant::now();
    eprintln!("\n======== {name}: {} ========", stage.what());
    let result = stage.run();
    let seconds = start.elapsed().as_secs_f64();
    match &result {
        Ok(()) => eprintln!("======== {name} passed in {seconds:.1} s ========"),
        Err(error) => {
            eprintln!("error: {error:#}");
            eprintln!(
                "======== {name} FAILED after {seconds:.1} s; to run only it: cargo xtask test {name} ========"
            );
        }
    }
    result.is_ok()
}
