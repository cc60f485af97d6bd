use std::ops::RangeInclusive;

use fader_demo_contract::{GAIN, WORK_MS};

use crate::scale::{self, LogScale};

/// What kind of value a slider moves: its steps, and how people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// In Hz, on a logarithmic scale.
    Frequency,
    /// In dB.
    Gain,
    /// On a logarithmic scale.
    Q,
    /// In milliseconds.
    Work,
}

/// Steps of a slider on a logarithmic scale. Each is wider than the rounding to
/// three significant digits, so that none is without effect.
const FREQUENCY_STEPS: f64 = 500.0;
const Q_STEPS: f64 = 200.0;

impl Quantity {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Quantity::Frequency => "Frequency",
            Quantity::Gain => "Gain",
            Quantity::Q => "Q",
            Quantity::Work => "Server work",
        }
    }

    /// The slider's own numbers: steps on a logarithmic scale, else the value.
    pub(crate) fn slider(self) -> RangeInclusive<f64> {
        match self {
            Quantity::Frequency => 0.0..=FREQUENCY_STEPS,
            Quantity::Gain => GAIN,
            Quantity::Q => 0.0..=Q_STEPS,
            Quantity::Work => WORK_MS,
        }
    }

    /// The value that has no effect, if there is one.
    pub(crate) fn neutral(self) -> Option<f64> {
        match self {
            Quantity::Gain | Quantity::Work => Some(0.0),
            Quantity::Frequency | Quantity::Q => None,
        }
    }

    pub(crate) fn step(self) -> f64 {
        match self {
            Quantity::Frequency | Quantity::Q => 1.0,
            Quantity::Gain => 0.1,
            Quantity::Work => 5.0,
        }
    }

    /// Where the slider stands for a value, in the slider's numbers.
    pub(crate) fn number_of(self, value: f64) -> f64 {
        match self {
            Quantity::Frequency => (LogScale::FREQUENCY.position(value) * FREQUENCY_STEPS).round(),
            Quantity::Q => (LogScale::Q.position(value) * Q_STEPS).round(),
            Quantity::Gain | Quantity::Work => value,
        }
    }

    /// The value for which the slider stands there.
    pub(crate) fn value_of(self, number: f64) -> f64 {
        match self {
            Quantity::Frequency => LogScale::FREQUENCY.value(number / FREQUENCY_STEPS),
            Quantity::Q => LogScale::Q.value(number / Q_STEPS),
            Quantity::Gain => scale::gain(number),
            Quantity::Work => number.clamp(*WORK_MS.start(), *WORK_MS.end()).round(),
        }
    }

    /// The value with its unit, as in "1.25 kHz" or "+3.5 dB".
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            Quantity::Frequency if value < 999.5 => format!("{} Hz", three_digits(value)),
            Quantity::Frequency => format!("{} kHz", three_digits(value / 1000.0)),
            // A true minus sign: as wide as the plus, and read aloud.
            Quantity::Gain if value < 0.0 => format!("\u{2212}{:.1} dB", -value),
            Quantity::Gain if value > 0.0 => format!("+{value:.1} dB"),
            Quantity::Gain => "0.0 dB".into(),
            Quantity::Q => three_digits(value),
            Quantity::Work => format!("{value:.0} ms"),
        }
    }
}

fn three_digits(value: f64) -> String {
    let decimals = usize::try_from(scale::decimals(value)).unwrap_or_default();
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Quantity; 4] = [Quantity::Frequency, Quantity::Gain, Quantity::Q, Quantity::Work];

    #[test]
    fn every_step_of_a_slider_has_its_own_value_and_text_and_stays_where_it_is() {
        for quantity in ALL {
            let slider = quantity.slider();
            let steps = ((slider.end() - slider.start()) / quantity.step()).round() as i32;
            let mut texts = std::collections::BTreeSet::new();
            for i in 0..=steps {
                let number = slider.start() + f64::from(i) * quantity.step();
                let value = quantity.value_of(number);
                assert!(texts.insert(quantity.text(value)), "{quantity:?} at {number}: {value}");
                assert!((quantity.number_of(value) - number).abs() < 1e-9, "{quantity:?} {number}");
            }
        }
    }

    #[test]
    fn texts() {
        for (quantity, value, text) in [
            (Quantity::Frequency, 20.0, "20.0 Hz"),
            (Quantity::Frequency, 632.0, "632 Hz"),
            (Quantity::Frequency, 1250.0, "1.25 kHz"),
            (Quantity::Frequency, 20_000.0, "20.0 kHz"),
            (Quantity::Gain, 3.5, "+3.5 dB"),
            (Quantity::Gain, -12.0, "\u{2212}12.0 dB"),
            (Quantity::Gain, 0.0, "0.0 dB"),
            (Quantity::Q, 0.707, "0.707"),
            (Quantity::Q, 10.0, "10.0"),
            (Quantity::Work, 150.0, "150 ms"),
        ] {
            assert_eq!(quantity.text(value), text);
        }
    }
}
