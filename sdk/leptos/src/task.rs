use std::future::Future;

use futures_util::future::{AbortHandle, abortable};
use leptos::task::spawn_local;

/// A future at work; dropping it stops the work.
pub(crate) struct Task(AbortHandle);

impl Task {
    pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) -> Self {
        let (future, handle) = abortable(future);
        spawn_local(async move {
            // Being stopped is a way to end like any other.
            let _ = future.await;
        });
        Self(handle)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
