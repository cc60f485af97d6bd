use std::sync::Arc;

use fader_server::{MethodContext, Server, ServerBuilder};
use tokio::sync::{Semaphore, mpsc};

use crate::client::soon;
use crate::handlers::{Echo, signal_when_dropped};

/// A server whose one method, `echo`, answers when the test lets it.
pub(crate) struct Held {
    started: mpsc::UnboundedReceiver<String>,
    ended: mpsc::UnboundedReceiver<()>,
    permits: Arc<Semaphore>,
}

impl Held {
    pub(crate) fn new() -> (ServerBuilder, Self) {
        let (start, started) = mpsc::unbounded_channel();
        let (end, ended) = mpsc::unbounded_channel();
        let permits = Arc::new(Semaphore::new(0));
        let held = Self { started, ended, permits: Arc::clone(&permits) };
        let builder = Server::builder().method::<Echo>(move |_: MethodContext, text: String| {
            let (start, permits) = (start.clone(), Arc::clone(&permits));
            let guard = signal_when_dropped(end.clone());
            async move {
                let _guard = guard;
                start.send(text.clone()).unwrap();
                permits.acquire().await.unwrap().forget();
                Ok(text)
            }
        });
        (builder, held)
    }

    /// What the next handler was called with.
    pub(crate) async fn started(&mut self) -> String {
        soon(self.started.recv()).await.unwrap()
    }

    /// Waits for the next handler to end, whether by itself or not.
    pub(crate) async fn ended(&mut self) {
        soon(self.ended.recv()).await.unwrap();
    }

    /// Whether another handler was called.
    pub(crate) fn has_started(&mut self) -> bool {
        self.started.try_recv().is_ok()
    }

    /// Lets so many handlers answer.
    pub(crate) fn release(&self, handlers: usize) {
        self.permits.add_permits(handlers);
    }
}
