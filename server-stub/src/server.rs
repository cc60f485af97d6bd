use std::sync::Arc;

use axum::routing::{MethodRouter, get};
use fader_protocol::{Goodbye, LiveGroup, MAX_INTEGER, Position, Rejection, Topic, close, code};
use serde::Serialize;
use tokio::sync::{Semaphore, watch};

use crate::admission::Admission;
use crate::authenticator::Authenticator;
use crate::clock::Clock;
use crate::counters::Counters;
use crate::directory::Directory;
use crate::drain::Drain;
use crate::hub::Hub;
use crate::keyed::KeyedWork;
use crate::payload::to_payload;
use crate::registry::Registry;
use crate::route::upgrade;
use crate::session::Common;
use crate::{PublishError, PushError, ServerBuilder, ServerStats};

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
    pub(crate) counters: Counters,
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
    ///
    /// Serve the app with `into_make_service_with_connect_info::<SocketAddr>()`, or behind a
    /// proxy say who asks with [`ClientAddress`](crate::ClientAddress), so that one client
    /// without a name cannot use up what is there for all.
    pub fn route<S>(&self) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let server = self.clone();
        get(move |headers, extensions, socket| {
            let server = server.clone();
            async move { upgrade(&server, &headers, &extensions, socket) }
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

    /// Ends all sessions of the principal of that name, with and without a connection, and
    /// says how many there were. The name is empty for clients that have none.
    ///
    /// Their connections are closed with 4401 and the reason, of which 123 bytes reach the
    /// client. It may come back with other credentials, and
    /// [`authenticate`](crate::ServerBuilder::authenticate) says whether that is right: so
    /// withdraw the right there first, and then end the sessions. Who is being
    /// authenticated meanwhile is sent off as well. Work is stopped, but not that of requests
    /// with an idempotency key, which goes on to its end.
    pub fn end_sessions(&self, principal: &str, reason: &str) -> usize {
        let Shared { directory, clock, common, counters, .. } = &*self.shared;
        let reason = close::fit_reason(reason);
        let ended = directory.end_all(clock.now(), principal, reason, 2 * common.config.hello);
        counters.sessions_revoked.add(ended);
        ended
    }

    /// Ends all subscriptions of the principal of that name to the topic `T`, those
    /// included that are still being decided on. Their clients are told `forbidden` and the
    /// reason, and do not subscribe again by themselves; if they do, the topic's handler is
    /// asked as always: so withdraw the right there first.
    pub fn end_subscriptions<T: Topic>(&self, principal: &str, reason: &str) {
        let rejection = Rejection::new(code::FORBIDDEN, reason);
        self.shared.directory.end_subscriptions(principal, T::NAME, &rejection);
    }

    /// What was refused and ended so far, and what is kept.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        let Shared { counters, directory, keyed, .. } = &*self.shared;
        let window = keyed.stats();
        let (sessions, detached, table) =
            directory.table(|table| (table.len(), table.detached(), table.stats()));
        ServerStats {
            sessions_now: sessions as u64,
            sessions_detached_now: detached.0 as u64,
            sessions_detached_bytes_now: detached.1 as u64,
            sessions_begun: counters.sessions_begun.get(),
            sessions_resumed: counters.sessions_resumed.get(),
            sessions_refused: table.refused,
            sessions_evicted_payer: table.evicted_own,
            sessions_evicted_server: table.evicted_full,
            sessions_revoked: counters.sessions_revoked.get(),
            keyed_refused_payer: window.refused_own,
            keyed_refused_server: window.refused_full,
            outcomes_evicted_payer: window.evicted_own,
            outcomes_evicted_server: window.evicted_full,
            handlers_timed_out: counters.handlers_timed_out.get(),
            connections_unauthenticated: counters.connections_unauthenticated.get(),
            connections_without_hello: counters.connections_without_hello.get(),
            connections_broken: counters.connections_broken.get(),
            connections_too_slow: counters.connections_too_slow.get(),
        }
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
