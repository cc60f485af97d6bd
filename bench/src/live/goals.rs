use std::fmt;

use serde::Serialize;

use super::cell::{Cell, FADER, Mode, Results};
use super::summary::Summary;

/// What Fader is to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Goal {
    /// The last input's result is shown at most 20 ms later than it must be, in
    /// 99 of 100 drags.
    Final,
    /// The page is at most 25 ms staler than it must be, before 99 of 100 updates.
    Staleness,
    /// At most 60 messages a second, and where the computation takes 50 ms or
    /// longer, 1.3 for each computation and 5 for each second.
    Frames,
    /// The last input's result comes sooner than with one request in flight.
    FinalOneInFlight,
    /// Less stale than with one request in flight.
    StalenessOneInFlight,
    /// The last input's result comes sooner than with a throttle of 50 ms.
    FinalThrottle,
}

/// Whether a goal is reached.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Verdict {
    pub(crate) goal: Goal,
    pub(crate) value: f64,
    pub(crate) limit: f64,
    /// Known to be missed, and by how much at most: the greatest value that is no surprise.
    pub(crate) known: Option<f64>,
}

/// Goals that are missed, and the values that they are missed with. Where the
/// computation is noisy, 25 ms would take more messages than the goals allow, or
/// knowing ahead how long a computation will take; `docs/live-input.md` says why.
const MISSED: [(Cell, Goal, f64); 4] = [
    (Cell { rtt: 50, compute: 50 }, Goal::Staleness, 35.0),
    (Cell { rtt: 50, compute: 500 }, Goal::Staleness, 150.0),
    (Cell { rtt: 300, compute: 50 }, Goal::Staleness, 45.0),
    (Cell { rtt: 300, compute: 500 }, Goal::Staleness, 260.0),
];

impl Verdict {
    fn new(goal: Goal, value: Option<f64>, limit: Option<f64>) -> Self {
        // What was never shown is infinitely late.
        let [value, limit] = [value, limit].map(|number| number.unwrap_or(f64::INFINITY));
        Self { goal, value, limit, known: None }
    }

    pub(crate) fn is_held(&self) -> bool {
        match self.goal {
            Goal::Final | Goal::Staleness | Goal::Frames => self.value <= self.limit,
            Goal::FinalOneInFlight | Goal::StalenessOneInFlight | Goal::FinalThrottle => {
                self.value < self.limit
            }
        }
    }

    /// Whether it is held, or known not to be.
    pub(crate) fn is_no_surprise(&self) -> bool {
        self.is_held() || self.known.is_some_and(|known| self.value <= known)
    }
}

/// All goals that there are for a cell of a table.
pub(crate) fn verdicts(results: &Results, mode: Mode) -> Vec<Verdict> {
    let Some(fader) = results.of(FADER) else { return Vec::new() };
    let cell = results.cell;
    let mut verdicts = vec![
        Verdict::new(Goal::Final, fader.last_excess, Some(20.0)),
        Verdict::new(Goal::Staleness, fader.excess_p99, Some(25.0)),
        Verdict::new(Goal::Frames, Some(fader.rate), Some(cell.most_frames())),
    ];
    // Where a running handler cannot be stopped, the last input waits for it
    // whoever sent it.
    if mode.cancellable {
        let last = |summary: &Summary| summary.last_p99;
        let staleness = |summary: &Summary| summary.staleness_p99;
        let mut beats = |goal, peer, what: fn(&Summary) -> Option<f64>| {
            let peer = results.of(peer).and_then(what);
            verdicts.push(Verdict::new(goal, what(fader), peer));
        };
        beats(Goal::FinalOneInFlight, "one-in-flight", last);
        if cell.rtt >= 50 {
            beats(Goal::StalenessOneInFlight, "one-in-flight", staleness);
        }
        beats(Goal::FinalThrottle, "throttle(50)", last);
    }
    for verdict in &mut verdicts {
        let missed = MISSED.iter().find(|(known, goal, _)| (*known, *goal) == (cell, verdict.goal));
        verdict.known = missed.filter(|_| mode.noisy).map(|(_, _, value)| *value);
    }
    verdicts
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Goal::Final => "final",
            Goal::Staleness => "staleness",
            Goal::Frames => "frames/s",
            Goal::FinalOneInFlight => "final, one-in-flight",
            Goal::StalenessOneInFlight => "staleness, one-in-flight",
            Goal::FinalThrottle => "final, throttle(50)",
        })
    }
}
