use std::sync::Arc;

use axum::routing::{MethodRouter, get};
use fader_protocol::{Goodbye, LiveGroup, MAX_INTEGER, Position, Topic};
use serde::Serialize;
use tokio::sync::{Semaphore, watch};

use crate::admission::Admission;
use crate::authenticator::Authenticator;
use crate::clock::Clock;
use crate::directory::Directory;
use crate::drain::Drain;
use crate::hub::Hub;
use crate::keyed::KeyedWork;
use crate::payload::to_payload;
use crate::registry::Registry;
use crate::route::upgrade;
use crate::session::Common;
use crate::{PublishError, PushError, ServerBuilder};

/// Handlers, ready to be mounted. Clones are the same server.
#[derive(Debug, Clone)]
pub struct Server {
    pub(crate) shared: Arc<Shared>,
}

/// What all connections and sessions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) registry: Registry,
    pub(crate) common: Arc<Common>,
    pub(crate) admission: Admission,
    /// The refused clients that are being told why.
    pub(crate) refusals: Arc<Semaphore>,
    pub(crate) queue_bytes: usize,
    pub(crate) authenticator: Authenticator,
    pub(crate) clock: Clock,
    pub(crate) directory: Directory,
    pub(crate) keyed: KeyedWork,
    /// The places for detached sessions.
    pub(crate) places: Arc<Semaphore>,
    pub(crate) hub: Arc<Hub>,
    /// What to tell the clients, once the server is drained. Each connection and
    /// each session holds a receiver for as long as it lives.
    pub(crate) goodbye: watch::Sender<Option<Goodbye>>,
}

impl Server {
    /// Begins a server without handlers.
    #[must_use]
    pub fn builder() -> ServerBuilder {
        ServerBuilder::new()
    }

    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    /// The route that clients connect to, for any path of an axum router.
    ///
    /// `axum::serve` waits without limit for the header of a request: where strangers can
    /// reach it, put a proxy in front that does not (`docs/server.md` in the repository).
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

    /// Gives values to all open groups of the live group `G`: those that differ
    /// from what a group has become part of its model, and its page shows them.
    /// `values` are some keys of the model, or all.
    ///
    /// It may be called at any rate: to a slow client only the newest values are
    /// sent. A group that is opened later does not get them, unless
    /// [`LiveOptions::keep_pushed`](crate::LiveOptions::keep_pushed).
    ///
    /// # Errors
    /// When no live group is registered under the name, or `values` are not keys
    /// of its model with values of its types.
    pub fn push<G: LiveGroup>(&self, values: &(impl Serialize + ?Sized)) -> Result<(), PushError> {
        let push =
            self.shared.registry.values::<G, _>(values, &self.shared.common.config.accepts)?;
        self.shared.hub.push(&push);
        Ok(())
    }

    /// Publishes an event of the topic `T`, and says where in its sequence it stands.
    ///
    /// # Errors
    /// When no such topic is registered, or the event has no JSON form or is larger
    /// than a client accepts.
    pub fn publish<T: Topic>(&self, event: &T::Event) -> Result<Position, PublishError> {
        let event = to_payload(event).map_err(|error| PublishError::NotJson(error.to_string()))?;
        self.shared.common.topics.publish(T::NAME, event)
    }

    /// How many subscriptions the topic `T` has at present: while there are none,
    /// nobody misses what is not published.
    #[must_use]
    pub fn subscriptions<T: Topic>(&self) -> usize {
        self.shared.common.topics.subscriptions(T::NAME)
    }

    /// Sends all clients off and waits until they are gone.
    ///
    /// Requests and commits at work may end within
    /// [`Config::grace`](crate::session::Config::grace); sessions without a
    /// connection end; whoever connects from now on is sent off at once.
    pub async fn drain(&self, Drain { after, spread }: Drain) {
        let millis = |time: std::time::Duration| {
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX).min(MAX_INTEGER)
        };
        self.shared.goodbye.send_replace(Some(Goodbye {
            after_ms: millis(after),
            spread_ms: millis(spread),
            reason: "the server goes away".into(),
        }));
        self.shared.goodbye.closed().await;
    }
}
