//! Gestures in random worlds, seed by seed: see `fader_tests::sim::gestures`.

use std::num::NonZero;
use std::thread;

use fader_tests::sim::gestures::{self, Tally};

/// How many worlds a run lives through. Ten times as many gestures and more come
/// from `cargo xtask bench live --gestures`.
const WORLDS: usize = 1500;

#[test]
fn what_must_hold_for_gestures_holds_in_every_world() {
    if let Ok(seed) = std::env::var("FADER_GESTURES_SEED") {
        let tally = gestures::run_aloud(seed.parse().expect("a number"));
        assert!(tally.violations.is_empty(), "{tally:?}");
        return;
    }
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let tally = thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    let mut tally = Tally::default();
                    for seed in (first..WORLDS).step_by(threads) {
                        tally += gestures::run(seed as u64);
                    }
                    tally
                })
            })
            .collect();
        let mut all = Tally::default();
        for share in shares {
            all += share.join().expect("a world that ends");
        }
        all
    });
    for violation in &tally.violations {
        eprintln!("{violation}");
    }
    assert!(tally.violations.is_empty(), "{} violations", tally.violations.len());
    eprintln!("{tally:?}");
}
