use std::time::Duration;

use fader_core::Policy;
use fastrand::Rng;

use super::super::studio::Manners;
use crate::sim::weather::{Weather, pick};

/// What a seed decides once.
#[derive(Debug)]
pub(super) struct Climate {
    pub(super) weather: Weather,
    pub(super) manners: Manners,
    pub(super) policy: Policy,
    pub(super) gestures: u64,
    /// How often other people move a control, on average; never where there is none.
    pub(super) between_pushes: Option<Duration>,
    /// Some inputs are single steps of no gesture, and some gestures are
    /// interrupted by leaving the page.
    pub(super) unruly: bool,
}

impl Climate {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let ms = Duration::from_millis;
        let faults = [None, Some(ms(5000)), Some(ms(1500)), Some(ms(400))];
        let weather = Weather { between_faults: pick(rng, &faults), ..Weather::new(rng) };
        let policies = [
            Policy::Adaptive,
            Policy::Adaptive,
            Policy::Adaptive,
            Policy::EveryFrame,
            Policy::Throttle(ms(rng.u64(1..200))),
            Policy::Debounce(ms(rng.u64(1..200))),
            Policy::OnCommit,
        ];
        Self {
            weather,
            manners: Manners {
                service: pick(rng, &[ms(0), ms(1), ms(10), ms(50), ms(500)]),
                hang: pick(rng, &[0, 0, 5]),
                fail: pick(rng, &[0, 0, 10]),
                cooperative: rng.bool(),
            },
            policy: pick(rng, &policies),
            gestures: rng.u64(1..=12),
            between_pushes: pick(rng, &[None, Some(ms(2000)), Some(ms(200))]),
            unruly: rng.bool(),
        }
    }
}
