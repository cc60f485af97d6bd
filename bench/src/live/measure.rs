use std::time::Duration;

use super::record::Record;

/// One animation frame at 60 Hz.
pub(crate) const FRAME: Duration = Duration::from_micros(16_667);

/// What is measured of one drag. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    /// Messages with values.
    pub(crate) frames: usize,
    /// Messages with values, a second, while the person drags: neither the
    /// first nor the release's, which are there whatever the pace.
    pub(crate) rate: f64,
    /// From the last input to its result; nothing if that was never shown.
    pub(crate) last: Option<f64>,
    /// By how much that is more than the input's own time on the network and in
    /// the worker, and that of the job before it where it could not be stopped.
    pub(crate) last_excess: Option<f64>,
    /// How stale the page was just before each update until the last input, and
    /// at the last input: how long ago the oldest input was made that the shown
    /// result did not contain.
    pub(crate) staleness: Vec<f64>,
    /// By how much it was staler just before each update than it must be: than
    /// the update's own time on the network and in the worker, and the time of
    /// the job before it, or of a frame if that is longer.
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

#[cfg(test)]
mod tests {
    use fader_protocol::Instant;

    use super::super::gesture::Gesture;
    use super::super::record::Shown;
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_drag_is_measured() {
        let at = Instant::from_millis;
        let gesture = Gesture { first: at(1000), interval: MS, inputs: 101 };
        let mut record = Record::new(gesture);
        record.frames = vec![at(1000), at(1030), at(1060), at(1100)];
        let shown = |ms, input| Shown {
            at: at(ms),
            input,
            trip: MS * 10,
            service: MS * 20,
            before: MS * 20,
            behind: MS * 5,
        };
        record.shown = vec![shown(1030, 1), shown(1080, 31), shown(1140, 101)];
        let measured = Measured::new(&record, true);
        assert_eq!(measured.frames, 4);
        assert!((measured.rate - 20.0).abs() < 1e-9);
        assert_eq!(measured.last, Some(40.0));
        assert_eq!(measured.last_excess, Some(10.0));
        // Before 1,030 input 1 was missing, before 1,080 input 2, and at 1,100 input 32.
        assert_eq!(measured.staleness, [30.0, 79.0, 69.0]);
        assert_eq!(measured.excess, [-20.0, 29.0]);
        assert_eq!(Measured::new(&record, false).last_excess, Some(5.0));
    }
}
