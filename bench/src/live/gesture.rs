use std::time::Duration;

use fader_protocol::Instant;

/// One drag of a slider. Its inputs are numbered from 1, which is also what
/// they set; the person lets go at the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gesture {
    pub(crate) first: Instant,
    /// The time from one input to the next.
    pub(crate) interval: Duration,
    pub(crate) inputs: u64,
}

impl Gesture {
    /// Between 2 and 2.6 s, beginning within 100 ms of `from`.
    pub(crate) fn seeded(from: Instant, interval: Duration, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let first = from + Duration::from_micros(rng.u64(0..100_000));
        let length = Duration::from_micros(rng.u64(2_000_000..=2_600_000));
        let inputs = length.div_duration_f64(interval) as u64 + 1;
        Self { first, interval, inputs }
    }

    /// When the input was made.
    pub(crate) fn at(&self, input: u64) -> Instant {
        let before = u32::try_from(input.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first + self.interval.saturating_mul(before)
    }

    pub(crate) fn last(&self) -> Instant {
        self.at(self.inputs)
    }

    pub(crate) fn length(&self) -> Duration {
        self.last() - self.first
    }
}
