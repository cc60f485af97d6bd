use std::collections::VecDeque;

use fader_protocol::json::{Batch, Draft};
use fader_protocol::{Message, MessageLimits, RawPayload, ServerFrame};

/// Frames on their way out, in as few messages as the client's limits allow.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    full: VecDeque<Message>,
    /// The bytes of those.
    bytes: usize,
    batch: Batch,
}

impl Outbox {
    pub(super) fn push(&mut self, frame: &ServerFrame<RawPayload>, limits: &MessageLimits) {
        if !self.batch.push(frame, limits.message_bytes) {
            self.seal();
            self.batch.push(frame, limits.message_bytes);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.full.is_empty() && self.batch.is_empty()
    }

    /// How many bytes the messages take that are full.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The next message to send.
    pub(super) fn take(&mut self) -> Option<Message> {
        if self.full.is_empty() {
            self.seal();
        }
        let message = self.full.pop_front()?;
        self.bytes -= message.size();
        Some(message)
    }

    fn seal(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if let Some(message) = batch.finish().map(Draft::into_message) {
            self.bytes += message.size();
            self.full.push_back(message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_leave_in_one_message_until_it_is_full() {
        let limits = MessageLimits { message_bytes: 20, ..MessageLimits::default() };
        let mut outbox = Outbox::default();
        assert_eq!(outbox.take(), None);
        assert!(outbox.is_empty());
        for nonce in [1, 2, 3, 4, 5_000_000, 6_000_000] {
            outbox.push(&ServerFrame::Pong(nonce), &limits);
        }
        assert_eq!(outbox.take(), Some("[[3,1],[3,2],[3,3]]".into()));
        assert!(!outbox.is_empty());
        assert_eq!(outbox.take(), Some("[[3,4],[3,5000000]]".into()));
        assert_eq!(outbox.take(), Some("[[3,6000000]]".into()));
        assert_eq!(outbox.take(), None);
    }
}
