use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::{Band, Equaliser, FREQUENCY};

/// How many points a [`Curve`] has.
pub const POINTS: usize = 512;

/// The sample rate that the filters are designed for, in Hz.
pub const SAMPLE_RATE: f64 = 48_000.0;

/// The magnitude response of an [`Equaliser`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The gain in dB at each of the [`frequencies`], rounded to 0.001 dB: far
    /// finer than a pixel, and a third of the JSON that full precision would take.
    pub db: Vec<f32>,
}

/// The frequencies in Hz of a curve's points: [`POINTS`] of them from 20 Hz to
/// 20 kHz, both included, evenly spaced on a logarithmic scale.
pub fn frequencies() -> impl Iterator<Item = f64> {
    let (low, high) = (FREQUENCY.start().log2(), FREQUENCY.end().log2());
    let last = (POINTS - 1) as f64;
    (0..POINTS).map(move |i| (low + (high - low) * i as f64 / last).exp2())
}

impl Equaliser {
    /// The gain of the five bands in series.
    ///
    /// Each band is the peaking equaliser of Robert Bristow-Johnson's
    /// [Audio EQ Cookbook](https://www.w3.org/TR/audio-eq-cookbook/): the analogue
    /// prototype
    ///
    /// ```text
    ///         s² + s·A/Q + 1
    /// H(s) = ----------------,   A = 10^(gain/40)
    ///        s² + s/(A·Q) + 1
    /// ```
    ///
    /// made digital by the bilinear transform, at [`SAMPLE_RATE`], with the centre
    /// frequency kept in its place. That transform maps the frequency f to
    /// s = jΩ with Ω = tan(π·f/fs) / tan(π·f₀/fs), so that
    ///
    /// ```text
    ///           (1 - Ω²)² + (Ω·A/Q)²
    /// |H(f)|² = ----------------------
    ///           (1 - Ω²)² + (Ω/(A·Q))²
    /// ```
    ///
    /// This is the response of the cookbook's digital coefficients, without the
    /// cancellation that evaluating those suffers from at low frequencies.
    ///
    /// The values must be [valid](Equaliser::validate); of others the result has
    /// no meaning.
    #[must_use]
    pub fn response(&self) -> Curve {
        let peaks = self.bands().map(Peak::new);
        let db = frequencies()
            .map(|frequency| {
                let warped = warp(frequency);
                let power: f64 = peaks.iter().map(|peak| peak.power(warped)).product();
                round(10.0 * power.log10())
            })
            .collect();
        Curve { db }
    }
}

/// The bilinear transform's frequency axis.
fn warp(frequency: f64) -> f64 {
    (PI * frequency / SAMPLE_RATE).tan()
}

/// What of a band does not depend on the frequency at which it is evaluated.
struct Peak {
    centre: f64,
    numerator: f64,
    denominator: f64,
}

impl Peak {
    fn new(band: &Band) -> Self {
        let a = 10_f64.powf(band.gain / 40.0);
        Self {
            centre: warp(band.frequency),
            numerator: (a / band.q).powi(2),
            denominator: (a * band.q).powi(-2),
        }
    }

    /// |H|² at a warped frequency.
    fn power(&self, warped: f64) -> f64 {
        let omega2 = (warped / self.centre).powi(2);
        let away = (1.0 - omega2).powi(2);
        (away + self.numerator * omega2) / (away + self.denominator * omega2)
    }
}

fn round(db: f64) -> f32 {
    // Adding zero turns -0 into 0.
    ((db * 1000.0).round() / 1000.0 + 0.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half the rounding step, and a little for f32.
    const ROUNDING: f64 = 0.000_51;

    /// Places the first band exactly on a point of the curve.
    fn on_point(index: usize, gain: f64, q: f64) -> Equaliser {
        let frequency = frequencies().nth(index).unwrap();
        Equaliser { low: Band::new(frequency, gain, q), ..Equaliser::flat() }
    }

    #[test]
    fn frequencies_run_evenly_from_20_hz_to_20_khz() {
        let all: Vec<f64> = frequencies().collect();
        assert_eq!(all.len(), POINTS);
        assert!((all[0] - 20.0).abs() < 1e-9);
        assert!((all[POINTS - 1] - 20_000.0).abs() < 1e-6);
        let ratio = 1000_f64.powf(1.0 / 511.0);
        assert!(all.windows(2).all(|pair| (pair[1] / pair[0] - ratio).abs() < 1e-12));
    }

    #[test]
    fn a_band_has_its_gain_at_its_centre() {
        for index in [0, 100, 256, 400, 511] {
            for gain in [-18.0, -0.5, 3.0, 18.0] {
                for q in [0.1, 0.707, 10.0] {
                    let db = f64::from(on_point(index, gain, q).response().db[index]);
                    assert!((db - gain).abs() < ROUNDING, "{index} {gain} {q}: {db}");
                }
            }
        }
    }

    #[test]
    fn no_gain_is_exactly_flat() {
        let mut equaliser = Equaliser::flat();
        equaliser.mid.q = 10.0;
        let curve = equaliser.response();
        assert!(curve.db.iter().all(|db| db.to_bits() == 0), "{:?}", curve.db);
    }

    #[test]
    fn equal_boost_and_cut_cancel() {
        let mut equaliser = Equaliser::flat();
        equaliser.low = Band::new(150.0, 13.0, 4.0);
        equaliser.high = Band::new(150.0, -13.0, 4.0);
        assert!(equaliser.response().db.iter().all(|db| db.abs() < 0.001));
    }

    #[test]
    fn bands_in_series_add_up_in_decibels() {
        let equaliser = Equaliser::default();
        let mut sum = vec![0.0; POINTS];
        for band in equaliser.bands() {
            let alone = Equaliser { low: *band, ..Equaliser::flat() }.response();
            sum.iter_mut().zip(alone.db).for_each(|(sum, db)| *sum += f64::from(db));
        }
        for (sum, db) in sum.into_iter().zip(equaliser.response().db) {
            assert!((sum - f64::from(db)).abs() < 6.0 * ROUNDING);
        }
    }

    /// |H(z)| in dB from the cookbook's coefficients, by complex arithmetic.
    fn direct(band: &Band, frequency: f64) -> f64 {
        let a = 10_f64.powf(band.gain / 40.0);
        let w0 = 2.0 * PI * band.frequency / SAMPLE_RATE;
        let alpha = w0.sin() / (2.0 * band.q);
        let b = [1.0 + alpha * a, -2.0 * w0.cos(), 1.0 - alpha * a];
        let a = [1.0 + alpha / a, -2.0 * w0.cos(), 1.0 - alpha / a];

        let w = 2.0 * PI * frequency / SAMPLE_RATE;
        let magnitude = |c: [f64; 3]| {
            let re = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
            let im = -c[1] * w.sin() - c[2] * (2.0 * w).sin();
            re.hypot(im)
        };
        20.0 * (magnitude(b) / magnitude(a)).log10()
    }

    #[test]
    fn agrees_with_the_digital_filter() {
        let extreme = Equaliser {
            low: Band::new(20.0, 18.0, 10.0),
            low_mid: Band::new(21.5, -18.0, 0.1),
            mid: Band::new(997.0, 7.3, 2.5),
            high_mid: Band::new(15_000.0, -11.0, 0.4),
            high: Band::new(20_000.0, 18.0, 10.0),
            work_ms: 0.0,
        };
        for equaliser in [Equaliser::default(), extreme] {
            for (frequency, db) in frequencies().zip(equaliser.response().db) {
                let expected: f64 =
                    equaliser.bands().into_iter().map(|band| direct(band, frequency)).sum();
                assert!(
                    (f64::from(db) - expected).abs() < ROUNDING,
                    "{frequency} Hz: {db} dB, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn a_curve_is_small_on_the_wire() {
        let json = serde_json::to_string(&Equaliser::default().response()).unwrap();
        assert!(json.len() < 512 * 7 + 10, "{} bytes", json.len());
        assert!(json.starts_with(r#"{"db":["#));
    }
}
