use anyhow::Result;
use serde::Serialize;

use super::cell::{Cell, FADER, Mode, Results};
use super::goals::{Goal, Verdict, verdicts};
use super::summary::Summary;
use super::table::Table;
use super::trials::{self, Trial};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    seeds: u64,
    modes: Vec<ModeReport>,
    trials: Vec<Trial>,
}

#[derive(Debug, Serialize)]
struct ModeReport {
    mode: Mode,
    cells: Vec<(Results, Vec<Verdict>)>,
}

impl Report {
    pub(crate) fn new(seeds: u64) -> Result<Self> {
        let modes = Mode::ALL.into_iter().map(|mode| {
            let cells = Cell::all().map(|cell| {
                let results = Results::new(cell, mode, seeds)?;
                let verdicts = verdicts(&results, mode);
                Ok((results, verdicts))
            });
            Ok(ModeReport { mode, cells: cells.collect::<Result<_>>()? })
        });
        Ok(Self { seeds, modes: modes.collect::<Result<_>>()?, trials: trials::run(seeds)? })
    }

    /// Prints the tables.
    pub(crate) fn print(&self) {
        println!(
            "{} drags of 2 to 2.6 s for each entry, 1,000 inputs a second, one worker.\n\
             frames · final median p99 · staleness p99 greatest; times in ms.",
            self.seeds
        );
        for ModeReport { mode, cells } in &self.modes {
            let compute = if mode.noisy { "Noisy compute (±30 %)" } else { "Fixed compute" };
            let handler = if mode.cancellable { "can" } else { "cannot" };
            println!("\n## {compute}, handlers {handler} be cancelled\n");
            print!("{}", peers(cells));
            println!();
            print!("{}", goals(cells));
        }
        for trial in &self.trials {
            println!("\n## {}\n", trial.what);
            print!("{}", trial_table(trial));
        }
        println!("\n{}", self.conclusion());
    }

    /// The goals that are missed though they are not known to be.
    pub(crate) fn surprises(&self) -> usize {
        self.verdicts().filter(|(_, _, verdict)| !verdict.is_no_surprise()).count()
    }

    fn verdicts(&self) -> impl Iterator<Item = (Mode, Cell, &Verdict)> {
        self.modes.iter().flat_map(|ModeReport { mode, cells }| {
            cells.iter().flat_map(|(results, verdicts)| {
                verdicts.iter().map(|verdict| (*mode, results.cell, verdict))
            })
        })
    }

    fn conclusion(&self) -> String {
        let held = self.verdicts().filter(|(_, _, verdict)| verdict.is_held()).count();
        let mut conclusion = format!("{held} of {} goals are reached.", self.verdicts().count());
        for (mode, cell, verdict) in self.verdicts().filter(|(_, _, verdict)| !verdict.is_held()) {
            let Verdict { goal, value, limit, .. } = verdict;
            conclusion += &format!(
                "\nMissed{}: {goal} at {}/{}, {} compute, {}: {value:.1}, at most {limit:.1}.",
                if verdict.is_no_surprise() { " (known)" } else { "" },
                cell.rtt,
                cell.compute,
                if mode.noisy { "noisy" } else { "fixed" },
                if mode.cancellable { "cancellable" } else { "not cancellable" },
            );
        }
        conclusion
    }
}

/// Every strategy in every cell.
fn peers(cells: &[(Results, Vec<Verdict>)]) -> Table {
    let names = cells.iter().take(1).flat_map(|(results, _)| &results.strategies);
    let names: Vec<&str> = names.map(|(name, _)| *name).collect();
    let mut table = Table::new(["RTT/C", "bound"].into_iter().chain(names));
    for (results, _) in cells {
        let bound = &results.bound;
        let mut row = vec![
            place(results.cell),
            format!("{:.0} · {:.0} · {:.0}", bound.frames, bound.last, bound.staleness),
        ];
        row.extend(results.strategies.iter().map(|(_, summary)| entry(summary)));
        table.row(row);
    }
    table
}

fn entry(summary: &Summary) -> String {
    let last = if summary.lost == summary.drags {
        "lost".into()
    } else if summary.lost > 0 {
        format!("{} lost", summary.lost)
    } else {
        format!("{} {}", time(summary.last_median), time(summary.last_p99))
    };
    let staleness = format!("{} {}", time(summary.staleness_p99), time(summary.staleness_greatest));
    format!("{:.0} · {last} · {staleness}", summary.frames)
}

/// How Fader stands in every cell: what it adds to what must be.
fn goals(cells: &[(Results, Vec<Verdict>)]) -> Table {
    let goals = [
        Goal::Final,
        Goal::Staleness,
        Goal::Frames,
        Goal::FinalOneInFlight,
        Goal::StalenessOneInFlight,
        Goal::FinalThrottle,
    ];
    let goals = goals.into_iter().filter(|goal| {
        cells.iter().any(|(_, verdicts)| verdicts.iter().any(|verdict| verdict.goal == *goal))
    });
    let goals: Vec<Goal> = goals.collect();
    let head = goals.iter().map(|goal| match goal {
        Goal::Final => "final +".into(),
        Goal::Staleness => "staleness +".into(),
        goal => goal.to_string(),
    });
    let head = std::iter::once(FADER.into()).chain(head).chain(
        ["staleness + median", "if opened by the drag", "after one answer", "after one drag"]
            .map(str::to_owned),
    );
    let mut table = Table::new(head);
    for (results, verdicts) in cells {
        let mut row = vec![place(results.cell)];
        row.extend(goals.iter().map(|goal| {
            let verdict = verdicts.iter().find(|verdict| verdict.goal == *goal);
            verdict.map(shown).unwrap_or_default()
        }));
        row.push(time(results.of(FADER).and_then(|summary| summary.excess_median)));
        row.extend(
            [&results.cold, &results.answered, &results.practised]
                .map(|summary| time(summary.excess_p99)),
        );
        table.row(row);
    }
    table
}

fn shown(verdict: &Verdict) -> String {
    let mark = if verdict.is_held() { '✓' } else { '✗' };
    let relation = if verdict.is_held() { '≤' } else { '>' };
    format!("{} {relation} {} {mark}", time(Some(verdict.value)), time(Some(verdict.limit)))
}

fn trial_table(trial: &Trial) -> Table {
    let mut table = Table::new([
        "RTT/C",
        "frames",
        "most frames/s",
        "final median p99",
        "final + p99",
        "staleness p99 greatest",
        "staleness + median p99 greatest",
    ]);
    for (cell, summary) in &trial.cells {
        table.row([
            place(*cell),
            format!("{:.0}", summary.frames),
            format!("{:.1}", summary.rate),
            format!("{} {}", time(summary.last_median), time(summary.last_p99)),
            time(summary.last_excess),
            format!("{} {}", time(summary.staleness_p99), time(summary.staleness_greatest)),
            format!(
                "{} {} {}",
                time(summary.excess_median),
                time(summary.excess_p99),
                time(summary.excess_greatest)
            ),
        ]);
    }
    table
}

fn place(cell: Cell) -> String {
    format!("{}/{}", cell.rtt, cell.compute)
}

fn time(ms: Option<f64>) -> String {
    match ms {
        // Never below zero by less than is shown.
        Some(ms) if ms.abs() < 0.5 => "0".into(),
        Some(ms) if ms.abs() < 10_000.0 => format!("{ms:.0}"),
        Some(ms) => format!("{:.0} s", ms / 1000.0),
        None => "–".into(),
    }
}
