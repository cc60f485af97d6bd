use std::time::Duration;

use super::record::Record;

/// One animation frame at 60 Hz.
pub(crate) const FRAME: Duration = Duration::from_micros(16_667);

/// What is measured of one drag. Milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    /// Messages with values.
    pub(crate) frames: usize,
    /// Messages a second while the person drags: neither the first nor the
    /// release's, which are there whatever the pace.
    pub(crate) rate: f64,
    /// From the last input to its result; nothing if that was never shown.
    pub(crate) last: Option<f64>,
    /// By how much that is more than the input's own time on the network and in
    /// the worker, and that of the job before it which could not be stopped.
    pub(crate) last_excess: Option<f64>,
    /// How stale the page was just before each update, until the last input;
    /// and at the last input.
    pub(crate) staleness: Vec<f64>,
    /// By how much it was staler, just before each update, than it must be:
    /// than the update's own times on the network and in the worker, and the
    /// time of the job before it or a frame if that is longer.
    pub(crate) excess: Vec<f64>,
}

impl Measured {
    pub(crate) fn new(record: &Record, cancellable: bool) -> Self {
        let gesture = &record.gesture;
        let during = record.frames.len().saturating_sub(2);
        let last = record.last_shown();
        let mut measured = Self {
            frames: record.frames.len(),
            rate: during as f64 / gesture.length().as_secs_f64(),
            last: last.map(|shown| millis(shown.at - gesture.last())),
            last_excess: last.map(|shown| {
                let behind = if cancellable { Duration::ZERO } else { shown.behind };
                let least = shown.trip + shown.service + behind;
                millis(shown.at - gesture.last()) - millis(least)
            }),
            staleness: Vec::new(),
            excess: Vec::new(),
        };
        let mut newest = 0;
        for shown in record.shown.iter().filter(|shown| shown.at <= gesture.last()) {
            let staleness = millis(shown.at - gesture.at(newest + 1));
            let least = shown.trip + shown.service + shown.before.max(FRAME);
            measured.staleness.push(staleness);
            measured.excess.push(staleness - millis(least));
            newest = newest.max(shown.input);
        }
        measured.staleness.push(millis(gesture.last() - gesture.at(newest + 1)));
        measured
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The smallest of the values that at least the share `q` of them does not exceed.
pub(crate) fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}
