use fader_demo_contract::Equaliser;

use crate::band::BandId;
use crate::quantity::Quantity;

/// One value of the equaliser that a slider moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    Frequency(BandId),
    Gain(BandId),
    Q(BandId),
    Work,
}

impl Parameter {
    pub(crate) fn quantity(self) -> Quantity {
        match self {
            Parameter::Frequency(_) => Quantity::Frequency,
            Parameter::Gain(_) => Quantity::Gain,
            Parameter::Q(_) => Quantity::Q,
            Parameter::Work => Quantity::Work,
        }
    }

    pub(crate) fn get(self, equaliser: &Equaliser) -> f64 {
        match self {
            Parameter::Frequency(band) => band.of(equaliser).frequency,
            Parameter::Gain(band) => band.of(equaliser).gain,
            Parameter::Q(band) => band.of(equaliser).q,
            Parameter::Work => equaliser.work_ms,
        }
    }

    pub(crate) fn set(self, equaliser: &mut Equaliser, value: f64) {
        match self {
            Parameter::Frequency(band) => band.of_mut(equaliser).frequency = value,
            Parameter::Gain(band) => band.of_mut(equaliser).gain = value,
            Parameter::Q(band) => band.of_mut(equaliser).q = value,
            Parameter::Work => equaliser.work_ms = value,
        }
    }

    /// The model's key that holds it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Parameter::Frequency(band) | Parameter::Gain(band) | Parameter::Q(band) => band.key(),
            Parameter::Work => "work_ms",
        }
    }

    /// The id of its slider, by which tests find it too.
    pub(crate) fn id(self) -> String {
        match self {
            Parameter::Frequency(band) => format!("band-{}-frequency", band.number()),
            Parameter::Gain(band) => format!("band-{}-gain", band.number()),
            Parameter::Q(band) => format!("band-{}-q", band.number()),
            Parameter::Work => "work".into(),
        }
    }
}
