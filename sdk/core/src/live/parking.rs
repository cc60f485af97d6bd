use std::collections::{BTreeMap, BTreeSet};

use fader_protocol::Patch;

/// Values from elsewhere that must not move a control yet, because a person
/// holds it or the server has not answered the person's own change.
///
/// What becomes of a parked value is decided by sequence, never by value, time
/// or focus: it is applied if the server already had our last change of the key
/// when it took the value, and dropped if ours came later and so replaced it.
#[derive(Debug)]
pub(super) struct Parking<P> {
    parked: BTreeMap<String, Parked<P>>,
}

#[derive(Debug)]
struct Parked<P> {
    value: P,
    /// The newest of our patches that the server had when it took the value.
    seq: u64,
}

impl<P> Default for Parking<P> {
    fn default() -> Self {
        Self { parked: BTreeMap::new() }
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
        blocked: &BTreeSet<String>,
        carried: &BTreeMap<String, u64>,
    ) -> Patch<P> {
        let free: Vec<String> =
            self.parked.keys().filter(|key| !blocked.contains(*key)).cloned().collect();
        free.into_iter()
            .filter_map(|key| {
                let parked = self.parked.remove(&key)?;
                let ours_is_newer = carried.get(&key).is_some_and(|seq| *seq > parked.seq);
                (!ours_is_newer).then_some((key, parked.value))
            })
            .collect()
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
        let blocked = BTreeSet::from(["gain".into()]);
        assert_eq!(parking.release(&blocked, &BTreeMap::new()), Patch::new());
        assert_eq!(parking.release(&BTreeSet::new(), &BTreeMap::new()), patch(1));
        assert_eq!(parking.release(&BTreeSet::new(), &BTreeMap::new()), Patch::new());
    }

    #[test]
    fn of_two_changes_the_one_that_the_server_took_later_wins() {
        let mut parking = Parking::default();
        let carried = BTreeMap::from([("gain".into(), 5)]);
        parking.park(patch(1), 4);
        assert_eq!(parking.release(&BTreeSet::new(), &carried), Patch::new());
        parking.park(patch(2), 5);
        assert_eq!(parking.release(&BTreeSet::new(), &carried), patch(2));
    }
}
