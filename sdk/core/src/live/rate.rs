use crate::Instant;

/// How many slots a second has.
const SLOTS: u64 = 10;
/// Microseconds.
const SLOT: u64 = 1_000_000 / SLOTS;

/// How often something happened in the last second, to a tenth of it: in the
/// tenth that has begun and the nine before.
#[derive(Debug, Default)]
pub(super) struct Rate {
    /// The count of each tenth, and which tenth since the beginning of time it is.
    slots: [(u64, u32); SLOTS as usize],
}

impl Rate {
    pub(super) fn count(&mut self, now: Instant) {
        let present = slot(now);
        // Less than SLOTS.
        let place = &mut self.slots[(present % SLOTS) as usize];
        if place.0 != present {
            *place = (present, 0);
        }
        place.1 += 1;
    }

    pub(super) fn per_second(&self, now: Instant) -> u32 {
        let present = slot(now);
        let recent = self.slots.iter().filter(|(slot, _)| slot + SLOTS > present);
        recent.map(|(_, count)| count).sum()
    }
}

fn slot(now: Instant) -> u64 {
    now.as_micros() / SLOT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_happened_in_the_last_second() {
        let mut rate = Rate::default();
        let at = Instant::from_millis;
        assert_eq!(rate.per_second(at(0)), 0);
        for ms in 0..3000 {
            rate.count(at(ms));
            let expected = ms.min(900 + ms % 100) + 1;
            assert_eq!(u64::from(rate.per_second(at(ms))), expected, "after {ms} ms");
        }
        assert_eq!(rate.per_second(at(3_450)), 500);
        assert_eq!(rate.per_second(at(3_999)), 0);
        rate.count(at(9_000));
        assert_eq!(rate.per_second(at(9_000)), 1);
    }
}
