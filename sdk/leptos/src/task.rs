use std::future::Future;

use futures_util::future::{AbortHandle, abortable};
use futures_util::{Stream, StreamExt};
use leptos::prelude::*;
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

    /// Passes each item of a stream on.
    pub(crate) fn follow<S: Stream + Unpin + 'static>(
        mut stream: S,
        mut take: impl FnMut(S::Item) + 'static,
    ) -> Self {
        Self::spawn(async move {
            while let Some(item) = stream.next().await {
                take(item);
            }
        })
    }

    /// Works for as long as the present owner lives.
    pub(crate) fn belong_to_owner(self) {
        StoredValue::new_local(self);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
