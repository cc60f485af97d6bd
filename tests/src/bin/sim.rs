//! Lives through many random worlds: see `fader_tests::sim`.

use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use clap::Parser;
use fader_tests::sim::{self, Failure, Summary};

/// So many of the worlds are lived through twice, to see that a seed decides everything.
const TWICE: u64 = 50;

#[derive(Parser)]
#[command(
    bin_name = "cargo xtask sim",
    about = "Client and server in random worlds of virtual time."
)]
struct Cli {
    /// How many worlds.
    #[arg(long, default_value_t = 20_000)]
    seeds: u64,
    /// The seed of the first one.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Only the world of this seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Of its script, only the acts of these numbers happen.
    #[arg(long, value_delimiter = ',', requires = "seed")]
    only: Option<Vec<usize>>,
    /// Print everything that happens in it.
    #[arg(long, requires = "seed")]
    trace: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let start = Instant::now();
    let (summary, failed) = match cli.seed {
        Some(seed) => match sim::replay(seed, cli.only.as_deref(), cli.trace) {
            Ok(summary) => (summary, Vec::new()),
            Err(failure) => (Summary::default(), vec![(seed, failure)]),
        },
        None => live_through(cli.first, cli.first.saturating_add(cli.seeds)),
    };
    let seconds = start.elapsed().as_secs_f64();
    println!("{summary} violations={} seconds={seconds:.1}", failed.len());
    // Of those that fail for the same reason, one will do.
    let mut told = Vec::new();
    for (seed, failure) in &failed {
        if !told.contains(&&failure.place) {
            told.push(&failure.place);
            tell(*seed, failure, cli.only.as_deref());
        }
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// All seeds from `first` on and before `end`, on all processors.
fn live_through(first: u64, end: u64) -> (Summary, Vec<(u64, Failure)>) {
    let next = AtomicU64::new(first);
    let share = || {
        let (mut summary, mut failed) = (Summary::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                return (summary, failed);
            }
            match sim::run(seed) {
                Ok(lived) if seed.is_multiple_of(TWICE) && sim::run(seed) != Ok(lived) => {
                    let (place, what) = (String::new(), "it was another world again".into());
                    failed.push((seed, Failure { place, what }));
                }
                Ok(lived) => summary += lived,
                Err(failure) => failed.push((seed, failure)),
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let shares: Vec<_> = (0..threads).map(|_| scope.spawn(share)).collect();
        let (mut summary, mut failed) = (Summary::default(), Vec::new());
        for share in shares {
            if let Ok((lived, more)) = share.join() {
                summary += lived;
                failed.extend(more);
            }
        }
        failed.sort_by_key(|(seed, _)| *seed);
        (summary, failed)
    })
}

/// What failed, the shortest script with which it does, and how to see it.
fn tell(seed: u64, failure: &Failure, only: Option<&[usize]>) {
    println!("\nseed {seed}: {}\n  at {}", failure.what, failure.place);
    let acts = only.map_or_else(|| sim::shrink(seed, failure), <[_]>::to_vec);
    println!("{}", sim::tell(seed, &acts));
    let numbers: Vec<_> = acts.iter().map(ToString::to_string).collect();
    println!("cargo xtask sim --seed {seed} --only {} --trace", numbers.join(","));
}
