use std::time::Duration;

/// A running estimate of a time that is measured again and again: a smoothed
/// mean and mean deviation, as TCP keeps of its round trip (RFC 6298), but
/// starting over when a measurement is far from what is usual. A server that
/// suddenly takes 500 ms instead of 1 is then believed at once.
#[derive(Debug, Default)]
pub(super) struct Estimate {
    state: Option<State>,
}

#[derive(Debug)]
struct State {
    mean: Duration,
    deviation: Duration,
}

/// Weight of a new measurement, as a divisor.
const GAIN: u32 = 4;

/// Measurements within this of the mean never count as a change of regime.
const TOLERANCE: Duration = Duration::from_millis(2);

impl Estimate {
    pub(super) fn update(&mut self, sample: Duration) {
        let Some(state) = &mut self.state else {
            self.state = Some(State { mean: sample, deviation: Duration::ZERO });
            return;
        };
        let error = sample.abs_diff(state.mean);
        let usual = (state.deviation * 4).max(state.mean / 2).max(TOLERANCE);
        if error > usual {
            *state = State { mean: sample, deviation: Duration::ZERO };
            return;
        }
        state.mean = (state.mean * (GAIN - 1) + sample) / GAIN;
        state.deviation = (state.deviation * (GAIN - 1) + error) / GAIN;
    }

    /// The mean; nothing before the first measurement.
    pub(super) fn mean(&self) -> Option<Duration> {
        self.state.as_ref().map(|state| state.mean)
    }

    /// The mean deviation; zero before the second measurement.
    pub(super) fn deviation(&self) -> Duration {
        self.state.as_ref().map(|state| state.deviation).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn settles_on_the_mean_of_noise() {
        let mut estimate = Estimate::default();
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            estimate.update(MS * rng.u32(80..=120));
        }
        let mean = estimate.mean().unwrap();
        assert!(mean > MS * 90 && mean < MS * 110, "{mean:?}");
        assert!(estimate.deviation() > MS * 4 && estimate.deviation() < MS * 20);
    }

    #[test]
    fn believes_a_change_of_regime_at_once() {
        let mut estimate = Estimate::default();
        for _ in 0..10 {
            estimate.update(MS);
        }
        estimate.update(MS * 500);
        assert_eq!(estimate.mean(), Some(MS * 500));
        estimate.update(MS);
        assert_eq!(estimate.mean(), Some(MS));
    }
}
