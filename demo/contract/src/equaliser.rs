use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// What a band's centre frequency may be, in Hz. People move it on a logarithmic scale.
pub const FREQUENCY: RangeInclusive<f64> = 20.0..=20_000.0;
/// What a band's gain may be, in dB.
pub const GAIN: RangeInclusive<f64> = -18.0..=18.0;
/// What a band's Q may be. People move it on a logarithmic scale.
pub const Q: RangeInclusive<f64> = 0.1..=10.0;
/// What the server's extra work may be, in milliseconds.
pub const WORK_MS: RangeInclusive<f64> = 0.0..=500.0;

/// One peaking filter of the equaliser.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The centre frequency in Hz, within [`FREQUENCY`].
    pub frequency: f64,
    /// The gain at the centre frequency in dB, within [`GAIN`].
    pub gain: f64,
    /// The quality factor, within [`Q`]: the higher, the narrower.
    pub q: f64,
}

impl Band {
    /// A band with these settings.
    #[must_use]
    pub const fn new(frequency: f64, gain: f64, q: f64) -> Self {
        Self { frequency, gain, q }
    }
}

/// Five bands in series, and how long the server shall pretend to work on them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Equaliser {
    /// The first band.
    pub low: Band,
    /// The second band.
    pub low_mid: Band,
    /// The third band.
    pub mid: Band,
    /// The fourth band.
    pub high_mid: Band,
    /// The fifth band.
    pub high: Band,
    /// How long the server works in addition to computing the curve, in
    /// milliseconds, within [`WORK_MS`]: latency to be felt.
    pub work_ms: f64,
}

impl Equaliser {
    /// All gains 0 dB, with the bands spread over the audible range, and no extra work.
    #[must_use]
    pub const fn flat() -> Self {
        Self {
            low: Band::new(80.0, 0.0, 0.7),
            low_mid: Band::new(250.0, 0.0, 1.0),
            mid: Band::new(1000.0, 0.0, 1.0),
            high_mid: Band::new(3500.0, 0.0, 1.0),
            high: Band::new(10_000.0, 0.0, 0.7),
            work_ms: 0.0,
        }
    }

    /// The bands from low to high, as their fields are ordered.
    #[must_use]
    pub const fn bands(&self) -> [&Band; 5] {
        [&self.low, &self.low_mid, &self.mid, &self.high_mid, &self.high]
    }

    /// Whether every value is finite and within its range.
    ///
    /// # Errors
    ///
    /// The first field that is not, in the order of the fields.
    pub fn validate(&self) -> Result<(), OutOfRange> {
        let names = ["low", "low_mid", "mid", "high_mid", "high"];
        for (name, band) in names.into_iter().zip(self.bands()) {
            check(band.frequency, &FREQUENCY, || format!("{name}.frequency"))?;
            check(band.gain, &GAIN, || format!("{name}.gain"))?;
            check(band.q, &Q, || format!("{name}.q"))?;
        }
        check(self.work_ms, &WORK_MS, || "work_ms".into())
    }
}

impl Default for Equaliser {
    /// What the demo opens with: the first of the [`presets`](crate::presets()).
    fn default() -> Self {
        Self {
            low: Band::new(70.0, 9.0, 0.6),
            low_mid: Band::new(280.0, -5.5, 1.1),
            mid: Band::new(900.0, 3.0, 0.9),
            high_mid: Band::new(3200.0, -4.5, 1.4),
            high: Band::new(11_000.0, 8.0, 0.6),
            ..Self::flat()
        }
    }
}

/// A value of an [`Equaliser`] that is not within its range, or not a number.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} must be from {} to {}, not {value}", range.start(), range.end())]
pub struct OutOfRange {
    /// The field's path, as in `low_mid.gain`.
    pub field: String,
    /// Its value.
    pub value: f64,
    /// What it may be.
    pub range: RangeInclusive<f64>,
}

fn check(
    value: f64,
    range: &RangeInclusive<f64>,
    field: impl FnOnce() -> String,
) -> Result<(), OutOfRange> {
    // A range contains neither infinities nor NaN.
    if range.contains(&value) {
        Ok(())
    } else {
        Err(OutOfRange { field: field(), value, range: range.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_ends_of_the_ranges() {
        let lowest = Band::new(20.0, -18.0, 0.1);
        let highest = Band::new(20_000.0, 18.0, 10.0);
        let equaliser =
            Equaliser { low: lowest, high: highest, work_ms: 500.0, ..Equaliser::flat() };
        assert_eq!(equaliser.validate(), Ok(()));
    }

    #[test]
    fn names_the_field_that_is_out_of_range() {
        let mut equaliser = Equaliser::flat();
        equaliser.high_mid.gain = 18.1;
        equaliser.high.q = 0.0;
        let error = equaliser.validate().unwrap_err();
        assert_eq!(error.to_string(), "high_mid.gain must be from -18 to 18, not 18.1");

        let error = Equaliser { work_ms: 501.0, ..Equaliser::flat() }.validate().unwrap_err();
        assert_eq!(error.to_string(), "work_ms must be from 0 to 500, not 501");
    }

    #[test]
    fn refuses_what_is_not_finite() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for spoil in [
                (|e, v| e.low.frequency = v) as fn(&mut Equaliser, f64),
                |e, v| e.mid.gain = v,
                |e, v| e.high.q = v,
                |e, v| e.work_ms = v,
            ] {
                let mut equaliser = Equaliser::flat();
                spoil(&mut equaliser, value);
                assert!(equaliser.validate().is_err(), "{equaliser:?}");
            }
        }
    }

    #[test]
    fn its_fields_are_the_keys_of_the_live_group() {
        let json = serde_json::to_value(Equaliser::flat()).unwrap();
        let mut keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        assert_eq!(keys, ["high", "high_mid", "low", "low_mid", "mid", "work_ms"]);
        assert_eq!(json["low"], serde_json::json!({ "frequency": 80.0, "gain": 0.0, "q": 0.7 }));
    }
}
