use crate::Instant;
use crate::span::Span;

const SHORTEST: Span = Span::from_secs(1);
const LONGEST: Span = Span::from_secs(60);

/// Notices that the server does not answer for a live group: no answer for
/// `max(1 s, 4·(RTT + service))`, and then for twice as long each time, so that
/// a server that hangs costs a logarithmic number of patches.
#[derive(Debug, Default)]
pub(super) struct Stall {
    deadline: Option<Instant>,
    stalls: u32,
}

impl Stall {
    /// A patch was sent, or an answer came and others are missing: expect one.
    /// `usual` is how long an answer usually takes.
    pub(super) fn watch(&mut self, now: Instant, usual: Span) {
        let patience = (usual * 4).max(SHORTEST) * (1 << self.stalls.min(16));
        self.deadline.get_or_insert(now + patience.min(LONGEST));
    }

    /// Time passed. Says whether the answer is overdue, once.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return false;
        }
        self.deadline = None;
        self.stalls += 1;
        true
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.stalls > 0
    }
}
