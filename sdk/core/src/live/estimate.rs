use crate::span::Span;

/// A running estimate of a time that is measured again and again: the mean of
/// the measurements and their mean deviation from it. Newer ones count more
/// once there are eight (as TCP's round trip, RFC 6298), and everything before a
/// measurement that is far from what was usual is forgotten: a server that
/// suddenly takes 500 ms instead of 1 is believed at once.
#[derive(Debug, Default)]
pub(super) struct Estimate {
    state: Option<State>,
}

#[derive(Debug)]
struct State {
    mean: Span,
    deviation: Span,
    measurements: u32,
}

/// The least weight of a new measurement, as a divisor.
const GAIN: u32 = 8;

/// The deviation that a single measurement is given, as a divisor of it.
const FIRST_DEVIATION: u32 = 32;

/// Measurements within this of the mean never count as far from it.
const TOLERANCE: Span = Span::from_millis(2);

impl Estimate {
    pub(super) fn update(&mut self, measured: Span) {
        let Some(state) = self.state.as_mut().filter(|state| !state.is_far(measured)) else {
            self.state = Some(State {
                mean: measured,
                deviation: measured / FIRST_DEVIATION,
                measurements: 1,
            });
            return;
        };
        let error = measured.abs_diff(state.mean);
        state.measurements = (state.measurements + 1).min(GAIN);
        let (new, old) = (state.measurements, state.measurements - 1);
        state.mean = (state.mean * old + measured) / new;
        state.deviation = (state.deviation * old + error) / new;
    }

    /// The mean; nothing before the first measurement.
    pub(super) fn mean(&self) -> Option<Span> {
        self.state.as_ref().map(|state| state.mean)
    }

    /// The mean deviation; zero before the first measurement.
    pub(super) fn deviation(&self) -> Span {
        self.state.as_ref().map(|state| state.deviation).unwrap_or_default()
    }
}

impl State {
    /// Less than half or more than double the mean, and unusual.
    fn is_far(&self, measured: Span) -> bool {
        let error = measured.abs_diff(self.mean);
        (measured < self.mean / 2 || measured > self.mean * 2)
            && error > (self.deviation * 4).max(TOLERANCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Span = Span::from_millis(1);

    #[test]
    fn settles_on_the_mean_of_noise_and_its_deviation() {
        for seed in 0..100 {
            let mut estimate = Estimate::default();
            let mut rng = fastrand::Rng::with_seed(seed);
            for _ in 0..100 {
                estimate.update(MS * rng.u32(70..=130));
            }
            let mean = estimate.mean().unwrap();
            assert!((MS * 75..=MS * 125).contains(&mean), "seed {seed}: {mean:?}");
            let deviation = estimate.deviation();
            assert!((MS * 5..=MS * 28).contains(&deviation), "seed {seed}: {deviation:?}");
        }
    }

    #[test]
    fn the_first_measurements_count_alike() {
        let mut estimate = Estimate::default();
        for ms in [80, 100, 120, 100] {
            estimate.update(MS * ms);
        }
        assert_eq!(estimate.mean(), Some(MS * 100));
    }

    #[test]
    fn what_never_varies_is_soon_certain() {
        let mut estimate = Estimate::default();
        estimate.update(MS * 320);
        assert_eq!(estimate.deviation(), MS * 10);
        for _ in 0..30 {
            estimate.update(MS * 320);
        }
        assert!(estimate.deviation() < MS / 4);
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

    #[test]
    fn noise_is_no_change_of_regime() {
        let mut estimate = Estimate::default();
        estimate.update(MS * 70);
        estimate.update(MS * 130);
        assert_eq!(estimate.mean(), Some(MS * 100));
    }
}
