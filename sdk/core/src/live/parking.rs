use fader_protocol::Patch;

use fader_protocol::{SortedMap, SortedSet};

/// Values from elsewhere that must not move a control yet, because a person
/// holds it or the server has not answered the person's own change.
///
/// What becomes of a parked value is decided by sequence, never by value, time
/// or focus: it is applied if the server already had our last change of the key
/// when it took the value, and dropped if ours came later and so replaced it.
#[derive(Debug)]
pub(super) struct Parking<P> {
    parked: SortedMap<String, Parked<P>>,
}

#[derive(Debug)]
struct Parked<P> {
    value: P,
    /// The newest of our patches that the server had when it took the value.
    seq: u64,
}

impl<P> Default for Parking<P> {
    fn default() -> Self {
        Self { parked: SortedMap::new() }
    }
}

impl<P> Parking<P> {
    pub(super) fn park(&mut self, patch: Patch<P>, seq: u64) {
        for (key, value) in patch {
            self.parked.insert(key, Parked { value, seq });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parked.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.parked.clear();
    }

    /// The values whose keys are free now. `carried` says which of our patches
    /// last carried a key.
    pub(super) fn release(
        &mut self,
        blocked: &SortedSet<String>,
        carried: &SortedMap<String, u64>,
    ) -> Patch<P> {
        let free: Vec<String> =
            self.parked.keys().filter(|key| !blocked.contains(*key)).cloned().collect();
        let mut released = Patch::new();
        for key in free {
            if let Some(parked) = self.parked.remove(&key)
                && carried.get(&key).is_none_or(|seq| *seq <= parked.seq)
            {
                released.insert(key, parked.value);
            }
        }
        released
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(value: u32) -> Patch<u32> {
        Patch::from([("gain".into(), value)])
    }

    #[test]
    fn a_blocked_key_waits() {
        let mut parking = Parking::default();
        parking.park(patch(1), 4);
        let mut blocked = SortedSet::new();
        blocked.insert("gain".into());
        assert_eq!(parking.release(&blocked, &SortedMap::new()), Patch::new());
        assert_eq!(parking.release(&SortedSet::new(), &SortedMap::new()), patch(1));
        assert_eq!(parking.release(&SortedSet::new(), &SortedMap::new()), Patch::new());
    }

    #[test]
    fn of_two_changes_the_one_that_the_server_took_later_wins() {
        let mut parking = Parking::default();
        let mut carried = SortedMap::new();
        carried.insert("gain".into(), 5);
        parking.park(patch(1), 4);
        assert_eq!(parking.release(&SortedSet::new(), &carried), Patch::new());
        parking.park(patch(2), 5);
        assert_eq!(parking.release(&SortedSet::new(), &carried), patch(2));
    }
}
