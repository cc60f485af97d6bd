use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::cell::{Cell, Mode, fader_drags};
use super::compute::Compute;
use super::scenario::{Scenario, Start};
use super::summary::Summary;

/// Fader where not everything is as it should be.
#[derive(Debug, Serialize)]
pub(crate) struct Trial {
    pub(crate) what: &'static str,
    pub(crate) cells: Vec<(Cell, Summary)>,
}

/// A circumstance, and the cells to try it in.
struct Circumstance {
    what: &'static str,
    cells: Vec<Cell>,
    change: fn(Scenario) -> Scenario,
}

const MS: Duration = Duration::from_millis(1);

fn circumstances() -> [Circumstance; 5] {
    let one = |compute| [5, 50, 300].map(|rtt| Cell { rtt, compute }).to_vec();
    [
        Circumstance {
            what: "60 inputs a second, timers up to 4 ms late",
            cells: Cell::all().collect(),
            change: |scenario| Scenario {
                input: Duration::from_micros(16_667),
                lateness: MS * 4,
                ..scenario
            },
        },
        Circumstance {
            what: "each message up to 20 % slower or faster",
            cells: Cell::all().collect(),
            change: |scenario| Scenario { jitter: 0.2, ..scenario },
        },
        Circumstance {
            what: "three groups dragged at once",
            cells: Cell::all().collect(),
            change: |scenario| Scenario { groups: 3, ..scenario },
        },
        Circumstance {
            what: "1 ms to compute, 500 ms from 0.5 s on, 1 ms from 1.5 s on",
            cells: one(1),
            change: |scenario| {
                let phases = vec![(Duration::ZERO, MS), (MS * 500, MS * 500), (MS * 1500, MS)];
                Scenario { compute: Compute { phases, noise: 0.0 }, ..scenario }
            },
        },
        Circumstance {
            what: "a computation that hangs for 10 s, 0.5 s after the first input",
            cells: one(50),
            change: |scenario| {
                let phases =
                    vec![(Duration::ZERO, MS * 50), (MS * 500, MS * 10_000), (MS * 600, MS * 50)];
                Scenario { compute: Compute { phases, noise: 0.0 }, cancellable: false, ..scenario }
            },
        },
    ]
}

/// All trials.
pub(crate) fn run(seeds: u64) -> Result<Vec<Trial>> {
    let mode = Mode { noisy: false, cancellable: true };
    circumstances()
        .into_iter()
        .map(|circumstance| {
            let cells = circumstance.cells.into_iter().map(|cell| {
                let scenario = Scenario { start: Start::Practised, ..cell.scenario(mode) };
                Ok((cell, fader_drags(&(circumstance.change)(scenario), seeds)?))
            });
            Ok(Trial { what: circumstance.what, cells: cells.collect::<Result<_>>()? })
        })
        .collect()
}
