use std::collections::BTreeMap;

use fader_protocol::Instant;

/// Virtual time: what is still to happen, in the order in which it will.
#[derive(Debug)]
pub(crate) struct Clock<E> {
    now: Instant,
    scheduled: u64,
    events: BTreeMap<(Instant, u64), E>,
}

impl<E> Clock<E> {
    pub(crate) fn new() -> Self {
        Self { now: Instant::ZERO, scheduled: 0, events: BTreeMap::new() }
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// What is due at the same time happens in the order in which it was scheduled.
    pub(crate) fn schedule(&mut self, at: Instant, event: E) {
        self.scheduled += 1;
        self.events.insert((at.max(self.now), self.scheduled), event);
    }

    /// The next thing to happen; it is then, now.
    pub(crate) fn advance(&mut self) -> Option<E> {
        let ((at, _), event) = self.events.pop_first()?;
        self.now = at;
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_the_order_of_time_and_then_of_scheduling() {
        let mut clock = Clock::new();
        clock.schedule(Instant::from_millis(2), "c");
        clock.schedule(Instant::from_millis(1), "a");
        clock.schedule(Instant::from_millis(1), "b");
        assert_eq!([clock.advance(), clock.advance()], [Some("a"), Some("b")]);
        clock.schedule(Instant::ZERO, "what is overdue happens now");
        assert_eq!(clock.advance(), Some("what is overdue happens now"));
        assert_eq!(clock.now(), Instant::from_millis(1));
    }
}
