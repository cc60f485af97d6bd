use std::collections::BTreeMap;

use fader_core::Instant;

/// What is going to happen, in order; at the same instant, first come first served.
#[derive(Debug)]
pub(super) struct Agenda<E> {
    events: BTreeMap<(Instant, u64), E>,
    added: u64,
}

impl<E> Agenda<E> {
    pub(super) fn new() -> Self {
        Self { events: BTreeMap::new(), added: 0 }
    }

    pub(super) fn add(&mut self, when: Instant, event: E) {
        self.added += 1;
        self.events.insert((when, self.added), event);
    }

    /// When the next event happens.
    pub(super) fn next(&self) -> Option<Instant> {
        self.events.keys().next().map(|(when, _)| *when)
    }

    /// The next event that has happened by `now`.
    pub(super) fn pop(&mut self, now: Instant) -> Option<E> {
        let entry = self.events.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }
}
