use std::time::Duration;

use fader_protocol::Instant;

use super::compute::Compute;
use super::line::Line;
use super::worker::Worker;

/// What one run takes place in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) rtt: Duration,
    /// By which share the delay of a message is off at most.
    pub(crate) jitter: f64,
    pub(crate) compute: Compute,
    /// Whether a running handler can be stopped.
    pub(crate) cancellable: bool,
    /// The time from one input to the next.
    pub(crate) input: Duration,
    /// By how much a timer fires late at most.
    pub(crate) lateness: Duration,
    /// What the client knows of the server when the drag begins.
    pub(crate) start: Start,
    /// How many live groups are dragged at the same time, each with its own worker.
    pub(crate) groups: usize,
}

/// What the client knows of the server when a drag begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// Nothing: the live group is opened by the first input.
    Cold,
    /// The group's first answer has come.
    Answered,
    /// It was dragged once before.
    Practised,
}

impl Scenario {
    /// An ideal page and network, with 1,000 inputs a second.
    pub(crate) fn new(rtt: Duration, compute: Compute, cancellable: bool) -> Self {
        Self {
            rtt,
            jitter: 0.0,
            compute,
            cancellable,
            input: Duration::from_millis(1),
            lateness: Duration::ZERO,
            start: Start::Answered,
            groups: 1,
        }
    }

    /// One direction of the connection.
    pub(crate) fn line(&self, rng: &mut fastrand::Rng) -> Line {
        Line::new(self.rtt / 2, self.jitter, rng.fork())
    }

    /// A worker, for a drag that begins at `drag`.
    pub(crate) fn worker<T: PartialEq>(&self, drag: Instant, rng: &mut fastrand::Rng) -> Worker<T> {
        Worker::new(self.compute.clone(), self.cancellable, drag, rng.fork())
    }
}
