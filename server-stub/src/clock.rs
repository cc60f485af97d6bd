use fader_protocol::Instant;

/// Turns tokio's time into the session's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: tokio::time::Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { start: tokio::time::Instant::now() }
    }

    pub(crate) fn now(self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    /// Waits until `instant`; without one, for ever.
    pub(crate) async fn sleep_until(self, instant: Option<Instant>) {
        match instant {
            Some(instant) => {
                tokio::time::sleep_until(self.start + (instant - Instant::ZERO)).await;
            }
            None => std::future::pending().await,
        }
    }
}
