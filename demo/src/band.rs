use fader_demo_contract::{Band, Equaliser};

/// One of the five bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BandId {
    Low,
    LowMid,
    Mid,
    HighMid,
    High,
}

impl BandId {
    pub(crate) const ALL: [BandId; 5] =
        [BandId::Low, BandId::LowMid, BandId::Mid, BandId::HighMid, BandId::High];

    /// From 1 to 5.
    pub(crate) fn number(self) -> u8 {
        match self {
            BandId::Low => 1,
            BandId::LowMid => 2,
            BandId::Mid => 3,
            BandId::HighMid => 4,
            BandId::High => 5,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            BandId::Low => "Low",
            BandId::LowMid => "Low mid",
            BandId::Mid => "Mid",
            BandId::HighMid => "High mid",
            BandId::High => "High",
        }
    }

    /// The model's key that holds it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            BandId::Low => "low",
            BandId::LowMid => "low_mid",
            BandId::Mid => "mid",
            BandId::HighMid => "high_mid",
            BandId::High => "high",
        }
    }

    /// The CSS class that gives elements of this band its colour.
    pub(crate) fn class(self) -> &'static str {
        match self {
            BandId::Low => "band-1",
            BandId::LowMid => "band-2",
            BandId::Mid => "band-3",
            BandId::HighMid => "band-4",
            BandId::High => "band-5",
        }
    }

    pub(crate) fn of(self, equaliser: &Equaliser) -> Band {
        match self {
            BandId::Low => equaliser.low,
            BandId::LowMid => equaliser.low_mid,
            BandId::Mid => equaliser.mid,
            BandId::HighMid => equaliser.high_mid,
            BandId::High => equaliser.high,
        }
    }

    pub(crate) fn of_mut(self, equaliser: &mut Equaliser) -> &mut Band {
        match self {
            BandId::Low => &mut equaliser.low,
            BandId::LowMid => &mut equaliser.low_mid,
            BandId::Mid => &mut equaliser.mid,
            BandId::HighMid => &mut equaliser.high_mid,
            BandId::High => &mut equaliser.high,
        }
    }
}
