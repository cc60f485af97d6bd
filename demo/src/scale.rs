use std::ops::RangeInclusive;

use fader_demo_contract::{FREQUENCY, GAIN, Q};

/// A logarithmic scale: equal ratios take equal room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogScale {
    low: f64,
    high: f64,
}

impl LogScale {
    pub(crate) const FREQUENCY: LogScale = LogScale::new(&FREQUENCY);
    pub(crate) const Q: LogScale = LogScale::new(&Q);

    const fn new(range: &RangeInclusive<f64>) -> Self {
        Self { low: *range.start(), high: *range.end() }
    }

    /// Where a value lies, from 0 to 1.
    pub(crate) fn position(self, value: f64) -> f64 {
        ((value / self.low).ln() / (self.high / self.low).ln()).clamp(0.0, 1.0)
    }

    /// The value at a position from 0 to 1, to three significant digits.
    pub(crate) fn value(self, position: f64) -> f64 {
        let value = self.low * (self.high / self.low).powf(position.clamp(0.0, 1.0));
        three_digits(value).clamp(self.low, self.high)
    }
}

/// A gain within its range, to 0.1 dB.
pub(crate) fn gain(db: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (db.clamp(*GAIN.start(), *GAIN.end()) * 10.0).round() / 10.0 + 0.0
}

/// Rounds to three significant digits, from 0.1 to 99,949. What people read is
/// then exactly what the server gets.
fn three_digits(value: f64) -> f64 {
    if value < 1000.0 {
        let unit = 10_f64.powi(decimals(value));
        (value * unit).round() / unit
    } else {
        let unit = if value < 9995.0 { 10.0 } else { 100.0 };
        (value / unit).round() * unit
    }
}

/// How many decimals make three significant digits of a value from 0.1 to 999.
pub(crate) fn decimals(value: f64) -> i32 {
    // The thresholds are where rounding adds a digit.
    match value {
        ..0.9995 => 3,
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_scale_ends_and_middle() {
        let scale = LogScale::FREQUENCY;
        assert_eq!(scale.value(0.0), 20.0);
        assert_eq!(scale.value(1.0), 20_000.0);
        assert_eq!(scale.value(0.5), 632.0);
        assert!((scale.position(632.4555) - 0.5).abs() < 1e-6);
        assert_eq!(scale.position(1.0), 0.0);
        assert_eq!(scale.value(7.0), 20_000.0);
        assert_eq!(LogScale::Q.value(0.5), 1.0);
    }

    #[test]
    fn rounds_to_three_significant_digits() {
        for (value, rounded) in [
            (0.10004, 0.1),
            (0.7074, 0.707),
            (0.99961, 1.0),
            (1.4149, 1.41),
            (9.9961, 10.0),
            (47.34, 47.3),
            (99.96, 100.0),
            (999.6, 1000.0),
            (1234.0, 1230.0),
            (9996.0, 10_000.0),
            (12_345.0, 12_300.0),
        ] {
            assert_eq!(three_digits(value), rounded);
        }
    }

    #[test]
    fn gain_keeps_to_its_range_and_has_no_negative_zero() {
        assert_eq!(gain(3.46), 3.5);
        assert_eq!(gain(-40.0), -18.0);
        assert!(gain(-0.04).is_sign_positive());
    }
}
