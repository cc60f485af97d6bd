use serde::{Deserialize, Serialize};

use crate::{Band, Equaliser};

/// A named setting of the equaliser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// What people call it: one capitalised word, unique among the presets.
    pub name: String,
    /// The setting, without extra work.
    pub equaliser: Equaliser,
}

/// The presets, the one that the demo opens with first.
#[must_use]
pub fn presets() -> Vec<Preset> {
    let voice = Equaliser {
        low: Band::new(60.0, -12.0, 0.7),
        low_mid: Band::new(220.0, -3.0, 1.2),
        mid: Band::new(1200.0, 1.5, 0.9),
        high_mid: Band::new(3400.0, 5.0, 0.9),
        high: Band::new(9000.0, 2.0, 0.8),
        ..Equaliser::flat()
    };
    let telephone = Equaliser {
        low: Band::new(60.0, -18.0, 0.3),
        low_mid: Band::new(350.0, -6.0, 0.9),
        mid: Band::new(1500.0, 9.0, 0.6),
        high_mid: Band::new(6500.0, -9.0, 0.8),
        high: Band::new(14_000.0, -18.0, 0.4),
        ..Equaliser::flat()
    };
    [
        ("Loudness", Equaliser::default()),
        ("Voice", voice),
        ("Telephone", telephone),
        ("Flat", Equaliser::flat()),
    ]
    .map(|(name, equaliser)| Preset { name: name.into(), equaliser })
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_valid_distinct_and_free_of_extra_work() {
        let presets = presets();
        for (i, preset) in presets.iter().enumerate() {
            assert_eq!(preset.equaliser.validate(), Ok(()), "{}", preset.name);
            assert!(preset.equaliser.work_ms == 0.0, "{}", preset.name);
            for other in &presets[i + 1..] {
                assert_ne!(preset.name, other.name);
                assert_ne!(preset.equaliser, other.equaliser);
            }
        }
        assert_eq!(presets[0].equaliser, Equaliser::default());
    }
}
