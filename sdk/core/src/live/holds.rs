use std::time::Duration;

use fader_protocol::{Patch, SortedMap, SortedSet};

use crate::Instant;
use crate::span::Span;

/// Who holds keys of a live group: the app itself, or one of its controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder(u64);

impl Holder {
    /// The app, which says where gestures begin and end.
    pub const APP: Holder = Holder(0);

    /// A control of the page; each has its own number.
    #[must_use]
    pub const fn control(number: u64) -> Self {
        Self(number.saturating_add(1))
    }
}

/// Which keys are held, by whom, and what they held before.
///
/// A key may be held by several at once: it is free when the last one lets go.
#[derive(Debug)]
pub(super) struct Holds<P> {
    holds: SortedMap<Holder, Hold>,
    /// Of each key that is held: its value before, and whether it was set since.
    held: SortedMap<String, Held<P>>,
}

#[derive(Debug)]
struct Hold {
    keys: SortedSet<String>,
    /// It ends by itself when none of its keys was set for that long.
    quiet: Option<Span>,
    /// When it began or one of its keys was set last.
    last: Instant,
}

#[derive(Debug)]
struct Held<P> {
    before: P,
    set: bool,
}

impl<P> Default for Holds<P> {
    fn default() -> Self {
        Self { holds: SortedMap::new(), held: SortedMap::new() }
    }
}

impl<P: Clone> Holds<P> {
    pub(super) fn is_empty(&self) -> bool {
        self.holds.is_empty()
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.held.contains_key(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.held.keys()
    }

    pub(super) fn is_holding(&self, holder: Holder) -> bool {
        self.holds.contains_key(&holder)
    }

    /// Holds these keys of `model`, beside those that are held already.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        holder: Holder,
        keys: SortedSet<String>,
        quiet: Option<Duration>,
        model: &Patch<P>,
    ) {
        for key in keys.iter() {
            if !self.held.contains_key(key)
                && let Some(before) = model.get(key)
            {
                self.held.insert(key.clone(), Held { before: before.clone(), set: false });
            }
        }
        let mut hold = Hold { keys, quiet: quiet.map(Span::from), last: now };
        if let Some(before) = self.holds.remove(&holder) {
            hold.keys.extend(before.keys);
        }
        self.holds.insert(holder, hold);
    }

    /// A key is set. Says whether it is held.
    pub(super) fn set(&mut self, now: Instant, key: &str) -> bool {
        let Some(held) = self.held.get_mut(key) else { return false };
        held.set = true;
        for hold in self.holds.values_mut().filter(|hold| hold.keys.contains(key)) {
            hold.last = now;
        }
        true
    }

    /// Ends a hold. Gives the keys that it held.
    pub(super) fn end(&mut self, holder: Holder) -> SortedSet<String> {
        let keys = self.holds.remove(&holder).map(|hold| hold.keys).unwrap_or_default();
        self.free_keys();
        keys
    }

    /// Ends a hold as [`end`](Self::end) does. Gives also the values that those of
    /// its keys had before which were set and nobody else holds.
    pub(super) fn revert(&mut self, holder: Holder) -> Option<(SortedSet<String>, Patch<P>)> {
        let keys = self.holds.remove(&holder)?.keys;
        let mut reverted = Patch::new();
        for key in keys.iter() {
            if !self.is_held_by_any(key)
                && let Some(held) = self.held.remove(key)
                && held.set
            {
                reverted.insert(key.clone(), held.before);
            }
        }
        Some((keys, reverted))
    }

    /// Lets go of these keys for one holder.
    pub(super) fn release(&mut self, holder: Holder, keys: &[&str]) {
        if let Some(hold) = self.holds.get_mut(&holder) {
            for key in keys {
                hold.keys.remove(*key);
            }
            if hold.keys.is_empty() {
                self.holds.remove(&holder);
            }
        }
        self.free_keys();
    }

    /// Ends the holds that nothing was set in for as long as they wait. Gives their keys.
    pub(super) fn end_quiet(&mut self, now: Instant) -> SortedSet<String> {
        let mut ended = SortedSet::new();
        self.holds.retain(|_, hold| {
            let goes_on = hold.ends_at().is_none_or(|at| now < at);
            if !goes_on {
                ended.extend(hold.keys.iter().cloned());
            }
            goes_on
        });
        self.free_keys();
        ended
    }

    /// When the first hold ends by itself.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.holds.values().filter_map(Hold::ends_at).min()
    }

    fn is_held_by_any(&self, key: &str) -> bool {
        self.holds.values().any(|hold| hold.keys.contains(key))
    }

    fn free_keys(&mut self) {
        let holds = &self.holds;
        self.held.retain(|key, _| holds.values().any(|hold| hold.keys.contains(key)));
    }
}

impl Hold {
    fn ends_at(&self) -> Option<Instant> {
        self.quiet.map(|quiet| self.last + quiet)
    }
}
