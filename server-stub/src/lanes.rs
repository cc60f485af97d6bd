use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::sync::Mutex;

use crate::registry::Call;

/// What one session publishes, one event of each topic after the other.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    /// Whoever waits for it longest gets it.
    topics: HashMap<String, Arc<Mutex<()>>>,
}

impl Lanes {
    /// The call, which begins when all that were queued before have ended or were
    /// dropped.
    pub(crate) fn queue(&mut self, topic: &str, call: Call) -> Call {
        let topic = self.topics.entry(topic.into()).or_default();
        let mut turn = Box::pin(Arc::clone(topic).lock_owned());
        // It waits from its first poll on, and that must not be the task's, for
        // nobody knows when that begins.
        let polled = turn.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        Box::pin(async move {
            let _turn = match polled {
                Poll::Ready(turn) => turn,
                Poll::Pending => turn.await,
            };
            call.await
        })
    }
}
