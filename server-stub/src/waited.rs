use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// For how long a call has waited for its turn to work. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waited(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    total: Duration,
    /// A call may wait more than once at a time, which counts once.
    waiting: usize,
    since: Option<Instant>,
}

impl Waited {
    /// Until now.
    pub(crate) fn total(&self) -> Duration {
        let state = self.lock();
        state.total + state.since.map(|since| since.elapsed()).unwrap_or_default()
    }

    /// The call waits until this is done or dropped.
    pub(crate) async fn during<T>(&self, wait: impl Future<Output = T>) -> T {
        let _waiting = Waiting::begin(self);
        wait.await
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Waiting<'a>(&'a Waited);

impl<'a> Waiting<'a> {
    fn begin(waited: &'a Waited) -> Self {
        let mut state = waited.lock();
        state.waiting += 1;
        state.since.get_or_insert_with(Instant::now);
        Self(waited)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.waiting -= 1;
        if state.waiting == 0
            && let Some(since) = state.since.take()
        {
            state.total += since.elapsed();
        }
    }
}
