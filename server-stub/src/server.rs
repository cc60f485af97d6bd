use std::sync::Arc;
use std::time::Duration;

use axum::routing::{MethodRouter, get};
use fader_protocol::Goodbye;
use tokio::sync::{Semaphore, watch};

use crate::ServerBuilder;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::keyed::KeyedWork;
use crate::origin::Origins;
use crate::registry::Registry;
use crate::route::upgrade;
use crate::session::Common;

/// Handlers, ready to be mounted. Clones are the same server.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) shared: Arc<Shared>,
    /// What to tell the clients, once the server is drained. Each connection and
    /// each session holds a receiver for as long as it lives.
    pub(crate) goodbye: Arc<watch::Sender<Option<Goodbye>>>,
}

/// What all connections and sessions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) registry: Registry,
    pub(crate) common: Arc<Common>,
    pub(crate) origins: Origins,
    pub(crate) queue_bytes: usize,
    pub(crate) clock: Clock,
    pub(crate) directory: Directory,
    pub(crate) keyed: KeyedWork,
    /// The places for detached sessions.
    pub(crate) places: Arc<Semaphore>,
}

impl Server {
    /// Begins a server without handlers.
    #[must_use]
    pub fn builder() -> ServerBuilder {
        ServerBuilder::new()
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), goodbye: Arc::new(watch::Sender::new(None)) }
    }

    /// The route that clients connect to, for any path of an axum router.
    pub fn route<S>(&self) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let server = self.clone();
        get(move |headers, socket| {
            let server = server.clone();
            async move { upgrade(&server, &headers, socket) }
        })
    }

    /// Sends all clients off and waits until they are gone.
    ///
    /// They are told to come back after `after` plus a random part of `spread`,
    /// so that not all come at once. Requests and commits at work may end within
    /// [`Config::grace`](crate::session::Config::grace); sessions without a
    /// connection end; whoever connects from now on is sent off at once.
    pub async fn drain(&self, after: Duration, spread: Duration) {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.goodbye.send_replace(Some(Goodbye {
            after_ms: millis(after),
            spread_ms: millis(spread),
            reason: "the server goes away".into(),
        }));
        self.goodbye.closed().await;
    }
}
