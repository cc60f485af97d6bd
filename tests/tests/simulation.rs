//! Random worlds, seed by seed: see `fader_tests::sim`. `cargo xtask sim` lives
//! through more of them.

use std::num::NonZero;
use std::thread;

use fader_tests::sim::{self, Summary};

const SEEDS: u64 = 400;

/// Every `step`th seed from `first` on. Says how much happened.
fn live_through(first: u64, step: usize) -> Summary {
    let mut all = Summary::default();
    for seed in (first..SEEDS).step_by(step) {
        match sim::run(seed) {
            Ok(lived) => all += lived,
            Err(failure) => {
                unreachable!("{failure:?}\nto see it: cargo xtask sim --seed {seed} --trace")
            }
        }
    }
    all
}

#[test]
fn what_must_hold_holds_in_every_world() {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let all = thread::scope(|scope| {
        let shares: Vec<_> = (0..threads as u64)
            .map(|first| scope.spawn(move || live_through(first, threads)))
            .collect();
        let mut all = Summary::default();
        shares.into_iter().for_each(|share| all += share.join().expect("all checks hold"));
        all
    });
    assert!(all.lines > 100 * SEEDS, "the worlds are empty: {all:?}");
    assert!(all.sessions > SEEDS && all.faults > 5 * SEEDS, "nothing breaks: {all:?}");
}

#[test]
fn the_same_seed_is_the_same_world() {
    for seed in 0..20 {
        assert_eq!(sim::run(seed), sim::run(seed), "seed {seed}");
    }
    assert_ne!(sim::run(1), sim::run(2));
}

#[test]
fn a_part_of_a_script_is_a_world_too() {
    let whole = sim::run(3).expect("all checks hold");
    let part = sim::replay(3, Some(&[0, 1, 5, 6]), false).expect("all checks hold");
    assert!(part.lines < whole.lines, "{part:?}");
    assert_eq!(sim::tell(3, &[0, 1, 5, 6]).lines().filter(|line| line.contains(" s  ")).count(), 4);
}
