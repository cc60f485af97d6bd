use std::sync::Arc;

use fader_protocol::ClientFrame;

/// Every server, and what is on the way to it, takes a message of this size.
pub(super) const LEAST_MESSAGE_BYTES: usize = 1024;

/// What the way to the server lets pass, which may be less than what the server takes: a
/// gateway closes a connection with 1009 and does not say what was too large.
///
/// After such a close, what is large leaves frame by frame, and the next one only when a pong
/// proves that the last has passed. So the next such close says which frame it was.
#[derive(Debug)]
pub(super) struct Passage<P> {
    /// The most bytes of a message of several frames.
    batch: usize,
    /// The most bytes of any message.
    limit: usize,
    /// The largest message of this connection, in bytes.
    largest: usize,
    /// Something of the last connection was too large.
    is_careful: bool,
    trial: Option<Trial<P>>,
}

/// A message of one frame that may be too large.
#[derive(Debug)]
struct Trial<P> {
    frame: Arc<ClientFrame<P>>,
    size: usize,
    /// Of the ping that follows it.
    nonce: u64,
}

impl<P> Passage<P> {
    pub(super) fn new() -> Self {
        Self { batch: usize::MAX, limit: usize::MAX, largest: 0, is_careful: false, trial: None }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// The most bytes that the next message should have.
    pub(super) fn batch(&self) -> usize {
        if self.is_careful { LEAST_MESSAGE_BYTES } else { self.batch }
    }

    pub(super) fn is_careful(&self) -> bool {
        self.is_careful
    }

    /// Whether the next message has to wait until it is known that the last has passed.
    pub(super) fn is_on_trial(&self) -> bool {
        self.trial.is_some()
    }

    pub(super) fn opened(&mut self) {
        self.largest = 0;
        self.trial = None;
    }

    pub(super) fn sent(&mut self, size: usize) {
        self.largest = self.largest.max(size);
    }

    /// A message that has only this frame left, and a ping after it.
    pub(super) fn tries(&mut self, frame: Arc<ClientFrame<P>>, size: usize, nonce: u64) {
        self.trial = Some(Trial { frame, size, nonce });
    }

    /// Everything has left, and passed.
    pub(super) fn is_through(&mut self) {
        self.is_careful = false;
    }

    pub(super) fn pong(&mut self, nonce: u64) {
        self.trial.take_if(|trial| trial.nonce <= nonce);
    }

    /// The connection was closed with 1009: the frame that was too large, if it is known, and
    /// its bytes.
    pub(super) fn too_large(&mut self) -> Option<(Arc<ClientFrame<P>>, usize)> {
        self.is_careful = true;
        let Some(Trial { frame, size, .. }) = self.trial.take() else {
            self.batch = self.batch.min((self.largest / 2).max(LEAST_MESSAGE_BYTES));
            return None;
        };
        if is_sized_by_app(&frame) {
            self.limit = self.limit.min(size - 1);
        }
        Some((frame, size))
    }
}

/// Whether the next of its kind may well be smaller.
fn is_sized_by_app<P>(frame: &ClientFrame<P>) -> bool {
    matches!(
        frame,
        ClientFrame::Request { .. }
            | ClientFrame::Stream { .. }
            | ClientFrame::Publish { .. }
            | ClientFrame::VolatilePublish { .. }
            | ClientFrame::Live(_)
    )
}
