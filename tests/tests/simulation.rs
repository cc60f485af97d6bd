//! Random worlds, seed by seed: see `fader_tests::sim`.

use std::num::NonZero;
use std::thread;

use fader_tests::sim;

/// How many seeds a run lives through; `FADER_SIM_SEEDS` asks for more.
const SEEDS: usize = 2000;

fn from_environment(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().expect("a number"))
}

/// Every `step`th seed from `first` on. Says how much happened.
fn live_through(first: usize, step: usize, seeds: usize) -> u64 {
    (first..seeds).step_by(step).map(|seed| sim::run(seed as u64).lines()).sum()
}

#[test]
fn what_must_hold_holds_in_every_world() {
    if let Some(seed) = from_environment("FADER_SIM_SEED") {
        let trace = sim::run_aloud(seed);
        println!("{} lines, digest {:016x}", trace.lines(), trace.digest());
        return;
    }
    let seeds = from_environment("FADER_SIM_SEEDS").map_or(SEEDS, |seeds| seeds as usize);
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let lines: u64 = thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || live_through(first, threads, seeds)))
            .collect();
        shares.into_iter().map(|share| share.join().expect("all checks hold")).sum()
    });
    assert!(lines > 100 * seeds as u64, "the worlds are empty: {lines} lines");
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in 0..50 {
        let (first, second) = (sim::run(seed), sim::run(seed));
        assert_eq!(first.digest(), second.digest(), "seed {seed}");
    }
    assert_ne!(sim::run(1).digest(), sim::run(2).digest());
}
