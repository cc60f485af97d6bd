use std::time::Duration;

use fader_protocol::Instant;

/// One direction of a connection. Messages arrive in the order in which they left.
#[derive(Debug)]
pub(crate) struct Line {
    delay: Duration,
    /// Each message's own delay is off by up to this share of the usual one.
    jitter: f64,
    rng: fastrand::Rng,
    last_arrival: Instant,
}

impl Line {
    pub(crate) fn new(delay: Duration, jitter: f64, rng: fastrand::Rng) -> Self {
        Self { delay, jitter, rng, last_arrival: Instant::ZERO }
    }

    /// When a message arrives that leaves now.
    pub(crate) fn send(&mut self, now: Instant) -> Instant {
        let share = 1.0 + self.jitter * (2.0 * self.rng.f64() - 1.0);
        self.last_arrival = self.last_arrival.max(now + self.delay.mul_f64(share));
        self.last_arrival
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_keeps_the_order() {
        let mut line = Line::new(Duration::from_millis(100), 0.2, fastrand::Rng::with_seed(3));
        let arrivals: Vec<_> = (0..1000).map(|ms| line.send(Instant::from_millis(ms))).collect();
        assert!(arrivals.is_sorted());
        let late = |ms: usize| arrivals[ms] - Instant::from_millis(ms as u64);
        assert!((0..1000).all(|ms| (80..=120).contains(&late(ms).as_millis())));
        assert!((0..1000).any(|ms| late(ms).as_millis() > 115));
    }
}
