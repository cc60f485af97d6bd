use std::ops::{Add, Div, Mul, Sub};
use std::time::Duration;

use crate::Instant;

/// A length of time, in microseconds. All operations saturate.
///
/// What it is for: Rust's [`Duration`] counts seconds and nanoseconds apart, so that each
/// sum and comparison is several times the code, all of which a page has to load.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span(u64);

impl Span {
    pub(crate) const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    pub(crate) const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    pub(crate) const fn from_secs(secs: u64) -> Self {
        Self::from_millis(secs.saturating_mul(1000))
    }

    /// From `earlier` to `later`; zero if it is the other way round.
    pub(crate) fn between(earlier: Instant, later: Instant) -> Self {
        Self(later.as_micros().saturating_sub(earlier.as_micros()))
    }

    pub(crate) fn as_secs_f64(self) -> f64 {
        self.as_micros_f64() / 1e6
    }

    /// How many times `step` it is.
    pub(crate) fn in_steps_of(self, step: Self) -> f64 {
        self.as_micros_f64() / step.as_micros_f64()
    }

    pub(crate) fn times(self, factor: f64) -> Self {
        // A cast from a float saturates.
        Self((self.as_micros_f64() * factor) as u64)
    }

    pub(crate) const fn abs_diff(self, other: Self) -> Self {
        Self(self.0.abs_diff(other.0))
    }

    fn as_micros_f64(self) -> f64 {
        self.0 as f64
    }
}

impl From<Duration> for Span {
    /// Rounds down.
    fn from(duration: Duration) -> Self {
        Self::between(Instant::ZERO, Instant::ZERO + duration)
    }
}

impl From<Span> for Duration {
    fn from(Span(micros): Span) -> Self {
        Duration::from_micros(micros)
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<u32> for Span {
    type Output = Self;

    fn mul(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(factor.into()))
    }
}

impl Div<u32> for Span {
    type Output = Self;

    fn div(self, divisor: u32) -> Self {
        Self(self.0 / u64::from(divisor))
    }
}

impl Add<Span> for Instant {
    type Output = Instant;

    fn add(self, span: Span) -> Instant {
        Instant::from_micros(self.as_micros().saturating_add(span.0))
    }
}

impl Sub<Span> for Instant {
    type Output = Instant;

    fn sub(self, span: Span) -> Instant {
        Instant::from_micros(self.as_micros().saturating_sub(span.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_a_duration_but_for_what_is_less_than_a_microsecond() {
        let duration = Duration::new(3, 4_005_999);
        assert_eq!(Span::from(duration), Span::from_micros(3_004_005));
        assert_eq!(Duration::from(Span::from(duration)), Duration::new(3, 4_005_000));
        assert_eq!(Span::from(Duration::MAX), Span::from_micros(u64::MAX));
    }

    #[test]
    fn saturates() {
        let (none, most) = (Span::default(), Span::from_micros(u64::MAX));
        assert_eq!(most + most, most);
        assert_eq!(none - most, none);
        assert_eq!(most * 2, most);
        assert_eq!(most.times(2.0), most);
        assert_eq!(most.times(-1.0), none);
        assert_eq!(most.times(f64::NAN), none);
        assert_eq!(Span::from_secs(u64::MAX), most);
        assert_eq!(Instant::from_millis(1) + most, Instant::from_micros(u64::MAX));
        assert_eq!(Instant::from_millis(1) - most, Instant::ZERO);
        assert_eq!(Span::between(Instant::from_millis(2), Instant::from_millis(1)), none);
    }
}
