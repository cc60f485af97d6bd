use std::time::Duration;

use fader_protocol::Instant;

/// How long the handler computes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Compute {
    /// From when on, counted from the first input, it takes how long on average.
    pub(crate) phases: Vec<(Duration, Duration)>,
    /// Each job's own time is off by up to this share of the average, evenly distributed.
    pub(crate) noise: f64,
}

impl Compute {
    /// It always takes `average`, off by up to the share `noise` of it.
    pub(crate) fn steady(average: Duration, noise: f64) -> Self {
        Self { phases: vec![(Duration::ZERO, average)], noise }
    }

    /// How long a job takes that starts at `start`, if the drag begins at `drag`.
    pub(crate) fn sample(
        &self,
        drag: Instant,
        start: Instant,
        rng: &mut fastrand::Rng,
    ) -> Duration {
        let since = start - drag;
        let average = self
            .phases
            .iter()
            .rev()
            .find(|(from, _)| *from <= since)
            .map(|(_, average)| *average)
            .unwrap_or_default();
        average.mul_f64(1.0 + self.noise * (2.0 * rng.f64() - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn noise_is_around_the_average_of_the_phase() {
        let compute =
            Compute { phases: vec![(Duration::ZERO, MS), (MS * 700, MS * 500)], noise: 0.3 };
        let drag = Instant::from_millis(1000);
        let mut rng = fastrand::Rng::with_seed(1);
        let mut sample = |at| compute.sample(drag, Instant::from_millis(at), &mut rng);
        assert!(sample(900) < MS * 2, "before the drag");
        assert!(sample(1699) < MS * 2);
        let times: Vec<_> = (0..1000).map(|_| sample(1700)).collect();
        assert!(times.iter().all(|time| (MS * 350..=MS * 650).contains(time)));
        let mean = times.iter().sum::<Duration>() / 1000;
        assert!((MS * 490..=MS * 510).contains(&mean), "{mean:?}");
    }
}
