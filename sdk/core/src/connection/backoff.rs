use crate::span::Span;
use crate::{BackoffConfig, Instant};

/// When the next attempt to connect may be made.
///
/// Two rules hold at once. *Full jitter*: the `n`-th wait is random between
/// zero and `min(cap, base·2ⁿ)`, with the jitter inside the cap (Brooker,
/// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). A *budget*:
/// however attempts are asked for, no more than `budget` come in quick
/// succession, and then one in `budget_refill` (GCRA, ITU-T I.371).
#[derive(Debug)]
pub(super) struct Backoff {
    config: BackoffConfig,
    /// Attempts since the connection was last stable.
    attempts: u32,
    /// When the budget will be full again.
    refilled: Instant,
}

impl Backoff {
    pub(super) fn new(config: BackoffConfig) -> Self {
        Self { config, attempts: 0, refilled: Instant::ZERO }
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// An attempt is made.
    pub(super) fn attempt(&mut self, now: Instant) {
        self.attempts = self.attempts.saturating_add(1);
        self.refilled = self.refilled.max(now) + self.config.budget_refill;
    }

    /// A connection that was open for `uptime` is lost.
    pub(super) fn lost(&mut self, uptime: Span) {
        if uptime >= self.config.min_uptime.into() {
            self.attempts = 0;
        }
    }

    /// A random wait before the next attempt.
    pub(super) fn wait(&self, rng: &mut fastrand::Rng) -> Span {
        // The attempt that was lost or failed counts, so the first wait is n = 0.
        let exponent = self.attempts.saturating_sub(1).min(31);
        let bound = Span::from(self.config.base) * (1 << exponent);
        bound.min(self.config.cap.into()).times(rng.f64())
    }

    /// A random wait before the next attempt where it takes somebody to change something.
    pub(super) fn long_wait(&self, rng: &mut fastrand::Rng) -> Span {
        let cap = Span::from(self.config.cap);
        cap + cap.times(rng.f64())
    }

    /// The earliest instant that the budget allows.
    pub(super) fn earliest(&self, now: Instant) -> Instant {
        let ahead = Span::between(now, self.refilled);
        let allowed = Span::from(self.config.budget_refill) * (self.config.budget - 1);
        now + (ahead - allowed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_never_beyond() {
        let config = BackoffConfig::default();
        let mut backoff = Backoff::new(config.clone());
        let mut rng = fastrand::Rng::with_seed(1);
        for attempt in 0..2000_i32 {
            backoff.attempt(Instant::ZERO);
            let bound = config.base.mul_f64(2_f64.powi(attempt.min(20))).min(config.cap).into();
            let waits: Vec<_> = (0..100).map(|_| backoff.wait(&mut rng)).collect();
            assert!(waits.iter().all(|wait| *wait <= bound), "attempt {attempt}");
            assert!(waits.iter().any(|wait| *wait > bound / 2), "attempt {attempt}");
            assert!(waits.iter().any(|wait| *wait < bound / 2), "attempt {attempt}");
        }
    }

    #[test]
    fn only_a_stable_connection_resets_the_waits() {
        let mut backoff = Backoff::new(BackoffConfig::default());
        backoff.attempt(Instant::ZERO);
        backoff.lost(Span::from_secs(1));
        assert_eq!(backoff.attempts(), 1);
        backoff.lost(Span::from_secs(5));
        assert_eq!(backoff.attempts(), 0);
    }

    #[test]
    fn the_budget_bounds_the_attempts_however_fast_they_are_asked_for() {
        let config = BackoffConfig { budget: 3, ..BackoffConfig::default() };
        let mut backoff = Backoff::new(config);
        let mut now = Instant::from_millis(1000);
        let mut made = 0;
        while now < Instant::from_millis(61_000) {
            if backoff.earliest(now) <= now {
                backoff.attempt(now);
                made += 1;
            }
            now += Duration::from_millis(100);
        }
        // Three at once, then one each 5 s.
        assert_eq!(made, 3 + 60 / 5 - 1);
    }
}
