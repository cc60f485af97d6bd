use std::num::NonZero;
use std::thread;

use anyhow::{Result, bail};
use fader_tests::sim::gestures::{Rule, Tally, run};

/// Worlds are lived through in lots of this many, so that how many threads there
/// are decides nothing.
const LOT: u64 = 512;

/// How many violations are printed.
const PRINTED: usize = 20;

/// Lives through worlds until at least so many gestures were made, and fails if
/// anything happened that must not.
pub(crate) fn check(gestures: u64) -> Result<()> {
    let mut tally = Tally::default();
    while tally.gestures < gestures {
        tally += lot(tally.worlds);
    }
    for violation in tally.violations.iter().take(PRINTED) {
        println!("{violation}");
    }
    if let Some(violation) = tally.violations.first() {
        println!(
            "To see all that happened: FADER_GESTURES_SEED={} \
             cargo test -p fader-tests --test live_gestures -- --nocapture",
            violation.seed
        );
    }
    println!(
        "{} gestures of {} inputs in {} worlds: {} patches, {} results, {} values from elsewhere, \
         {} cuts, {} crashes.",
        tally.gestures,
        tally.inputs,
        tally.worlds,
        tally.patches,
        tally.results,
        tally.pushed,
        tally.cuts,
        tally.crashes
    );
    let lost = tally.broken(Rule::FinalValueIsShown);
    let backward = tally.broken(Rule::PaintsForward);
    let jumps = tally.broken(Rule::ThumbsStay);
    let others = tally.violations.len() - lost - backward - jumps;
    let closing = format!(
        "{lost} lost final values, {backward} backward paints, {jumps} thumb jumps, \
         {others} other violations."
    );
    println!("{closing}");
    if !tally.violations.is_empty() {
        bail!("what must hold does not: {closing}");
    }
    Ok(())
}

/// The worlds of the seeds from `first` on.
fn lot(first: u64) -> Tally {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|share| {
                scope.spawn(move || {
                    let mut tally = Tally::default();
                    for seed in (first..first + LOT).skip(share).step_by(threads) {
                        tally += run(seed);
                    }
                    tally
                })
            })
            .collect();
        let mut all = Tally::default();
        for share in shares {
            match share.join() {
                Ok(tally) => all += tally,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}
