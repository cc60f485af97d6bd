use std::time::Duration;

use fader_protocol::Instant;

use super::gesture::Gesture;

/// What happened in one drag.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) gesture: Gesture,
    /// When each message with values left, the one of the release included.
    pub(crate) frames: Vec<Instant>,
    /// The results shown, in that order.
    pub(crate) shown: Vec<Shown>,
}

/// A result that the page showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) at: Instant,
    /// The newest input that it contains.
    pub(crate) input: u64,
    /// What this input and this result spent on the network.
    pub(crate) trip: Duration,
    /// How long its computation took.
    pub(crate) service: Duration,
    /// How long the computation took that the worker did before it.
    pub(crate) before: Duration,
    /// How long the computation takes altogether that was running when the input arrived.
    pub(crate) behind: Duration,
}

impl Record {
    pub(crate) fn new(gesture: Gesture) -> Self {
        Self { gesture, frames: Vec::new(), shown: Vec::new() }
    }

    /// The result of the last input, if it was ever shown.
    pub(crate) fn last_shown(&self) -> Option<&Shown> {
        self.shown.iter().find(|shown| shown.input == self.gesture.inputs)
    }
}
