use std::time::Duration;

use anyhow::Result;
use fader_protocol::Instant;
use serde::Serialize;

use super::compute::Compute;
use super::gesture::Gesture;
use super::measure::{FRAME, Measured};
use super::scenario::{Scenario, Start};
use super::summary::Summary;
use super::{by_hand, fader, strategies};

/// By which share of the average a noisy computation is off at most.
const NOISE: f64 = 0.3;

/// The name of what this repository is about among the strategies.
pub(crate) const FADER: &str = "Fader";

/// What holds for a whole table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Mode {
    /// The computation takes up to 30 % more or less than the average.
    pub(crate) noisy: bool,
    /// A running handler can be stopped.
    pub(crate) cancellable: bool,
}

impl Mode {
    pub(crate) const ALL: [Mode; 4] = [
        Mode { noisy: false, cancellable: true },
        Mode { noisy: true, cancellable: true },
        Mode { noisy: false, cancellable: false },
        Mode { noisy: true, cancellable: false },
    ];
}

/// A distance and a time to compute, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Cell {
    pub(crate) rtt: u32,
    pub(crate) compute: u32,
}

impl Cell {
    /// The nine of the table.
    pub(crate) fn all() -> impl Iterator<Item = Cell> {
        [5, 50, 300].into_iter().flat_map(|rtt| [1, 50, 500].map(|compute| Cell { rtt, compute }))
    }

    pub(crate) fn scenario(self, mode: Mode) -> Scenario {
        let noise = if mode.noisy { NOISE } else { 0.0 };
        let compute = Compute::steady(millis(self.compute), noise);
        Scenario::new(millis(self.rtt), compute, mode.cancellable)
    }

    /// The most messages a second that the goals allow while a person drags.
    pub(crate) fn most_frames(self) -> f64 {
        let most = if self.compute >= 50 { 1300.0 / f64::from(self.compute) + 5.0 } else { 60.0 };
        most.min(60.0)
    }
}

/// What cannot be beaten on average, in milliseconds but for the frames: an
/// input on the network and in the worker, and for the staleness the job before it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Bound {
    pub(crate) frames: f64,
    pub(crate) last: f64,
    pub(crate) staleness: f64,
}

impl Bound {
    fn new(cell: Cell, mode: Mode, seeds: u64) -> Self {
        let (rtt, compute) = (f64::from(cell.rtt), f64::from(cell.compute));
        let pace = compute.max(FRAME.as_secs_f64() * 1000.0);
        let input = cell.scenario(mode).input;
        let lengths = (0..seeds).map(|seed| Gesture::seeded(Instant::ZERO, input, seed).length());
        let length = lengths.sum::<Duration>().as_secs_f64() * 1000.0 / seeds.max(1) as f64;
        Self {
            frames: length / pace + 1.0,
            last: rtt + if mode.cancellable { compute } else { 2.0 * compute },
            staleness: rtt + compute + pace,
        }
    }
}

/// All strategies in one cell.
#[derive(Debug, Serialize)]
pub(crate) struct Results {
    pub(crate) cell: Cell,
    pub(crate) bound: Bound,
    pub(crate) strategies: Vec<(&'static str, Summary)>,
    /// Fader where the drag opens the group.
    pub(crate) cold: Summary,
    /// Fader where the group has had its first answer.
    pub(crate) answered: Summary,
    /// Fader where the group was dragged before.
    pub(crate) practised: Summary,
}

impl Results {
    pub(crate) fn new(cell: Cell, mode: Mode, seeds: u64) -> Result<Self> {
        let scenario = cell.scenario(mode);
        let mut strategies = Vec::new();
        for (name, make) in strategies::all() {
            let drags = (0..seeds).map(|seed| by_hand::drag(&scenario, make(), seed));
            let measured = drags.map(|record| Measured::new(&record, mode.cancellable));
            strategies.push((name, Summary::new(&measured.collect::<Vec<_>>())));
        }
        let fader = |start| fader_drags(&Scenario { start, ..scenario.clone() }, seeds);
        let [cold, answered, practised] =
            [fader(Start::Cold)?, fader(Start::Answered)?, fader(Start::Practised)?];
        // Where the computation varies, one answer cannot have told by how much.
        let warm = if mode.noisy { &practised } else { &answered };
        strategies.push((FADER, warm.clone()));
        let bound = Bound::new(cell, mode, seeds);
        Ok(Self { cell, bound, strategies, cold, answered, practised })
    }

    pub(crate) fn of(&self, name: &str) -> Option<&Summary> {
        self.strategies.iter().find(|(known, _)| *known == name).map(|(_, summary)| summary)
    }
}

/// Drags with Fader, one for each seed.
pub(crate) fn fader_drags(scenario: &Scenario, seeds: u64) -> Result<Summary> {
    let mut drags = Vec::new();
    for seed in 0..seeds {
        let records = fader::drag(scenario, seed)?;
        drags.extend(records.iter().map(|record| Measured::new(record, scenario.cancellable)));
    }
    Ok(Summary::new(&drags))
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}
