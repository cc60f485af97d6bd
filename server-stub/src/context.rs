use fader_protocol::Phase;
use tokio_util::sync::CancellationToken;

/// What a method's handler knows about the call.
///
/// When the caller gives up or the connection ends, the handler's future is
/// dropped. Work that it has moved elsewhere (`spawn_blocking`, `spawn`) is not:
/// give it the token.
#[derive(Debug, Clone)]
pub struct Context {
    cancelled: CancellationToken,
}

impl Context {
    pub(crate) fn new(cancelled: CancellationToken) -> Self {
        Self { cancelled }
    }

    /// Is cancelled when nobody waits for the reply any more.
    #[must_use]
    pub fn cancelled(&self) -> CancellationToken {
        self.cancelled.clone()
    }
}

/// What a live group's handler knows about the call.
///
/// A group's calls never overlap, so a newer value has to wait until the handler
/// returns. A handler that takes long should watch [`cancelled`](LiveContext::cancelled)
/// and return as soon as it can; what it returns then is dropped. When the
/// connection ends, the handler's future is dropped.
#[derive(Debug, Clone)]
pub struct LiveContext {
    cancelled: CancellationToken,
    phase: Phase,
}

impl LiveContext {
    pub(crate) fn new(cancelled: CancellationToken, phase: Phase) -> Self {
        Self { cancelled, phase }
    }

    /// Is cancelled when a commit waits, or nobody waits for the result any more.
    #[must_use]
    pub fn cancelled(&self) -> CancellationToken {
        self.cancelled.clone()
    }

    /// Whether the person is still moving the control, let go of it, or
    /// cancelled the gesture. A handler with effects has them on
    /// [`Phase::Commit`]; a commit comes once, a preview any number of times.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }
}
