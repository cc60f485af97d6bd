use std::fmt::Display;
use std::sync::Arc;

use fader_protocol::{LiveGroup, Method, StreamMethod, Topic};
use tokio::sync::{Semaphore, watch};

#[cfg(doc)]
use crate::TopicContext;
use crate::admission::{Admission, Hosts};
use crate::authenticator::Authenticator;
use crate::clock::Clock;
use crate::counters::Counters;
use crate::directory::Directory;
use crate::hub::Hub;
use crate::keyed::KeyedWork;
use crate::origin::{Authority, Origin};
use crate::pauses::Pauses;
use crate::random::random_text;
use crate::registry::Registry;
use crate::route;
use crate::server::Shared;
use crate::session::{Common, Config, Window};
use crate::topics::Topics;
use crate::turns::Turns;
use crate::values::ModelLimits;
use crate::{
    HandlerError, ItemSender, LiveContext, LiveHandler, LiveOptions, MethodContext, MethodHandler,
    MethodOptions, Principal, Server, StreamHandler, TopicHandler,
};

/// The least that a server must accept as a message, in bytes: a hello.
const HELLO_BYTES: usize = 1024;

/// The options of a [`Server`]; made by [`Server::builder`].
///
/// `S` is the app's state, which handlers get by their context: a database, a cache,
/// configuration. See [`with_state`](ServerBuilder::with_state).
pub struct ServerBuilder<S = ()> {
    state: Arc<S>,
    registry: Registry,
    admission: Admission,
    config: Config,
    queue_bytes: usize,
    blocking_threads: usize,
    authenticator: Authenticator,
    error: Option<BuildError>,
}

impl<S> std::fmt::Debug for ServerBuilder<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("registry", &self.registry)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Why a server could not be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two methods, two live groups or two topics have the same name.
    #[error("two handlers are registered for {0:?}")]
    DuplicateName(&'static str),
    /// A name is empty or too long.
    #[error("a name must have 1 to 128 bytes, unlike {0:?}")]
    Name(&'static str),
    /// A handler has no time at all.
    #[error("a handler of {0:?} must have some time")]
    TimeLimit(&'static str),
    /// No call of a live group's handler may be at work.
    #[error("at least one call of {0:?} must be let work at a time")]
    Concurrency(&'static str),
    /// No blocking work may be done.
    #[error("there must be at least one thread for blocking work")]
    BlockingThreads,
    /// An allowed origin is none.
    #[error("{0:?} is not an origin, such as \"https://example.com\" without a path, or \"null\"")]
    Origin(String),
    /// A host of the server is none.
    #[error(
        "{0:?} is not the name of a host, such as \"example.com\" without scheme, port or path"
    )]
    Host(String),
    /// The session would ask for a sign of life without end, or never.
    #[error("the heartbeat must be longer than zero and shorter than the silence")]
    Heartbeat,
    /// Clients could not say hello.
    #[error("messages of 1,024 bytes must be accepted")]
    MessageBytes,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// The queue could not hold one message.
    #[error("the queue must hold at least one message of {0} bytes")]
    Queue(usize),
}

impl ServerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            state: Arc::new(()),
            registry: Registry::default(),
            admission: Admission::default(),
            config: Config::default(),
            queue_bytes: 4 * 1024 * 1024,
            blocking_threads: std::thread::available_parallelism().map_or(1, usize::from),
            authenticator: Authenticator::default(),
            error: None,
        }
    }
}

impl<S: Send + Sync + 'static> ServerBuilder<S> {
    /// Gives this state to the handlers that are registered from here on, as
    /// [`MethodContext::state`], [`LiveContext::state`] and [`TopicContext::state`].
    ///
    /// ```
    /// # use fader_server::{Method, MethodContext, NoError, Server};
    /// # use std::sync::atomic::{AtomicU32, Ordering};
    /// # struct Visit;
    /// # impl Method for Visit {
    /// #     const NAME: &'static str = "visit";
    /// #     type Params = ();
    /// #     type Reply = u32;
    /// #     type Error = NoError;
    /// # }
    /// #[derive(Default)]
    /// struct App {
    ///     visits: AtomicU32,
    /// }
    ///
    /// async fn visit(context: MethodContext<App>, (): ()) -> Result<u32, NoError> {
    ///     Ok(context.state().visits.fetch_add(1, Ordering::Relaxed) + 1)
    /// }
    ///
    /// let server = Server::builder().with_state(App::default()).method::<Visit>(visit).build()?;
    /// # Ok::<(), fader_server::BuildError>(())
    /// ```
    #[must_use]
    pub fn with_state<T: Send + Sync + 'static>(self, state: T) -> ServerBuilder<T> {
        let Self {
            registry,
            admission,
            config,
            queue_bytes,
            blocking_threads,
            authenticator,
            error,
            ..
        } = self;
        let state = Arc::new(state);
        ServerBuilder {
            state,
            registry,
            admission,
            config,
            queue_bytes,
            blocking_threads,
            authenticator,
            error,
        }
    }

    /// Answers calls of the method `M`: with an async function of a [`MethodContext`] and
    /// the parameters.
    ///
    /// An error of the handler reaches the caller with its `Display` text and its
    /// serialized value. A panic reaches it as code `internal`, without details; if the
    /// handler takes longer than 30 s, it is given up, and the caller told `timed-out`.
    #[must_use]
    pub fn method<M: Method>(
        self,
        handler: impl AsyncFn(MethodContext<S>, M::Params) -> Result<M::Reply, M::Error>
        + MethodHandler<M, S>,
    ) -> Self {
        self.method_with::<M>(MethodOptions::default(), handler)
    }

    /// Answers calls of the method `M` as [`method`](Self::method) does, with options.
    #[must_use]
    pub fn method_with<M: Method>(
        mut self,
        options: MethodOptions,
        handler: impl AsyncFn(MethodContext<S>, M::Params) -> Result<M::Reply, M::Error>
        + MethodHandler<M, S>,
    ) -> Self {
        let added = self.registry.add_method(Arc::clone(&self.state), options, handler);
        self.note(added);
        self
    }

    /// Finds out who a client is by the credentials that it sends, if it does,
    /// before it is answered anything; and again when it sends newer ones. Without
    /// this, all clients are the same [`Principal`].
    ///
    /// A session is continued only by the principal that began it, and idempotency
    /// keys are each principal's own. An error closes the connection with 4401; its
    /// text is the reason, which the client's developers can read. Whoever
    /// connects while it takes longer than [`Config::hello`] is sent away with 1013, to
    /// come back later, and a warning is logged.
    #[must_use]
    pub fn authenticate<F, Fut, E>(mut self, check: F) -> Self
    where
        F: Fn(Option<String>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Principal, E>> + Send + 'static,
        E: Display,
    {
        self.authenticator = Authenticator::new(check);
        self
    }

    /// Computes the results of the live group `G`.
    ///
    /// The handler is called with the newest model, one call at a time for each
    /// group that a page opens. An error reaches the page as [`HandlerError`](crate::HandlerError)
    /// says. A panic becomes code `internal`, without details.
    #[must_use]
    pub fn live<G: LiveGroup>(
        self,
        handler: impl AsyncFn(LiveContext<S>, G::Model) -> Result<G::Result, HandlerError>
        + LiveHandler<G, S>,
    ) -> Self {
        self.live_with(LiveOptions::default(), handler)
    }

    /// Computes the results of the live group `G` as [`live`](Self::live) does, with options.
    #[must_use]
    pub fn live_with<G: LiveGroup>(
        mut self,
        options: LiveOptions,
        handler: impl AsyncFn(LiveContext<S>, G::Model) -> Result<G::Result, HandlerError>
        + LiveHandler<G, S>,
    ) -> Self {
        let added = self.registry.add_live(Arc::clone(&self.state), options, handler);
        self.note(added);
        self
    }

    /// Answers calls of the method `M` with many items, one after the other.
    ///
    /// The handler works as fast as the caller reads: [`ItemSender::send`] waits until
    /// the caller has asked for more. The stream ends when the handler returns; an
    /// error reaches the caller like a [`method`](Self::method)'s. It has no time limit,
    /// for a stream may last as long as there is something to tell; its handler is stopped
    /// when the caller has heard enough or its session ends.
    ///
    /// ```
    /// # use fader_server::{NoError, Server, StreamMethod};
    /// struct Countdown;
    /// impl StreamMethod for Countdown {
    ///     const NAME: &'static str = "countdown";
    ///     type Params = u32;
    ///     type Item = u32;
    ///     type Error = NoError;
    /// }
    ///
    /// let server = Server::builder()
    ///     .stream::<Countdown>(async |_, from, items| {
    ///         for number in (0..=from).rev() {
    ///             if items.send(number).await.is_err() {
    ///                 break;
    ///             }
    ///         }
    ///         Ok(())
    ///     })
    ///     .build()?;
    /// # Ok::<(), fader_server::BuildError>(())
    /// ```
    #[must_use]
    pub fn stream<M: StreamMethod>(
        mut self,
        handler: impl AsyncFn(MethodContext<S>, M::Params, ItemSender<M::Item>) -> Result<(), M::Error>
        + StreamHandler<M, S>,
    ) -> Self {
        let added = self.registry.add_stream(Arc::clone(&self.state), handler);
        self.note(added);
        self
    }

    /// Passes the events of the topic `T` on to all who subscribe.
    ///
    /// ```
    /// # use fader_server::{Server, Topic, TopicHandler};
    /// struct Ticks;
    /// impl Topic for Ticks {
    ///     const NAME: &'static str = "ticks";
    ///     type Event = f64;
    ///     type Member = ();
    /// }
    ///
    /// let server = Server::builder().topic(TopicHandler::<Ticks>::public()).build()?;
    /// let position = server.publish::<Ticks>(&101.5)?;
    /// assert_eq!(position.offset, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn topic<T: Topic>(mut self, handler: TopicHandler<T, S>) -> Self {
        let added = self.registry.add_topic(&self.state, handler);
        self.note(added);
        self
    }

    /// The names by which this server is reached, such as `example.com`, without a
    /// scheme or a port: pages that were loaded from there may connect to the same
    /// host and port. Default: none but the server's IP addresses and `localhost`, which
    /// are always allowed.
    ///
    /// A page whose origin is the host that it connects to is not enough: whoever owns a
    /// name can point it to this server while a page of theirs is open (DNS rebinding),
    /// and so reach a server that only its visitor's machine or network can reach.
    ///
    /// The host is the one in the `Host` header. A proxy in front must pass that on
    /// (`proxy_set_header Host $host;` in nginx; Caddy does); where it rewrites the header,
    /// list the page's origin in [`allow_origins`](Self::allow_origins) instead. A refused
    /// page is closed with 4403 and a reason, and each new pair of origin and host is
    /// logged as a warning.
    #[must_use]
    pub fn hosts<I>(mut self, hosts: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let mut names = Vec::new();
        for host in hosts.into_iter().map(Into::into) {
            match Authority::parse(&host) {
                Some(Authority { host, port: None }) => names.push(host),
                _ => self.note(Err(BuildError::Host(host))),
            }
        }
        self.admission.hosts = Some(Hosts::Named(names));
        self
    }

    /// Lets pages connect to any host by which this server is reached, if they were
    /// loaded from there. Default: no, see [`hosts`](Self::hosts). It is safe only where
    /// each client must show credentials that a browser does not send by itself.
    #[must_use]
    pub fn allow_any_host(mut self, allow: bool) -> Self {
        self.admission.hosts = allow.then_some(Hosts::Any);
        self
    }

    /// Lets pages of exactly these origins connect, such as `https://example.com`, and no
    /// others, unless [`hosts`](Self::hosts) are named as well. Default: pages of the
    /// server's own hosts.
    ///
    /// An origin may have any scheme: apps have `capacitor://localhost`,
    /// `tauri://localhost` or `file://`, extensions `chrome-extension://` and their id.
    /// `null` is the origin of all sandboxed frames and of pages from files, whoever wrote
    /// them: allow it only where each client must show credentials.
    #[must_use]
    pub fn allow_origins<I>(mut self, origins: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let mut allowed = Vec::new();
        for origin in origins.into_iter().map(Into::into) {
            match Origin::parse(&origin) {
                Some(origin) => allowed.push(origin),
                None => self.note(Err(BuildError::Origin(origin))),
            }
        }
        self.admission.origins = Some(allowed);
        self
    }

    /// Whether clients that name no origin may connect: programs do not, pages
    /// always do. Default: no.
    #[must_use]
    pub fn allow_missing_origin(mut self, allow: bool) -> Self {
        self.admission.missing = allow;
        self
    }

    /// What each session allows and how long it waits.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// How many bytes may wait for a client that reads slowly, before its
    /// connection is closed. Default 4 MiB.
    #[must_use]
    pub fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// How much [blocking work](crate::LiveContext::blocking) is done at the same time, for
    /// all clients together. Default: as much as the machine has processors.
    #[must_use]
    pub fn blocking_threads(mut self, threads: usize) -> Self {
        self.blocking_threads = threads;
        self
    }

    /// The server.
    ///
    /// # Errors
    /// The first option that cannot be.
    pub fn build(mut self) -> Result<Server, BuildError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.config.heartbeat.is_zero() || self.config.heartbeat >= self.config.silence {
            return Err(BuildError::Heartbeat);
        }
        if self.config.accepts.message_bytes < HELLO_BYTES {
            return Err(BuildError::MessageBytes);
        }
        if self.blocking_threads == 0 {
            return Err(BuildError::BlockingThreads);
        }
        let message = self.config.sends.message_bytes;
        if self.queue_bytes < message {
            return Err(BuildError::Queue(message));
        }
        // The values that are pushed to models must be what models may be, and what clients read.
        self.config.accepts.inexact_integers = self.config.sends.inexact_integers;
        // What the connection has room for may be said at once.
        self.config.outbox_bytes = self.config.outbox_bytes.max(self.queue_bytes);
        self.config.preempt_after.extend(self.registry.preempt_after());
        let Config { window, sends, sessions, .. } = &self.config;
        let id = random_text().ok_or(BuildError::Random)?;
        let keyed = KeyedWork::new(Window::new(id, window.clone(), sends.clone()));
        let directory = Directory::new(sessions.clone());
        let hub = Hub::new(ModelLimits::of(&self.config), self.registry.keep_pushed());
        let epoch = random_text().ok_or(BuildError::Random)?;
        let topics = Topics::new(&epoch, sends.clone(), self.registry.topics());
        let names = self.registry.names();
        Ok(Server::new(Shared {
            common: Arc::new(Common { config: self.config, names, topics }),
            registry: self.registry,
            admission: self.admission,
            refusals: Arc::new(Semaphore::new(route::TOLD)),
            hub: Arc::new(hub),
            queue_bytes: self.queue_bytes,
            authenticator: self.authenticator,
            clock: Clock::start(),
            pauses: Pauses::default(),
            blocking: Turns::new(self.blocking_threads),
            directory,
            keyed,
            counters: Counters::default(),
            goodbye: watch::Sender::new(None),
        }))
    }

    /// Keeps the first error for [`build`](Self::build).
    fn note(&mut self, result: Result<(), BuildError>) {
        if self.error.is_none() {
            self.error = result.err();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fader_protocol::{MessageLimits, NoError};

    use super::*;

    struct Named<const N: usize>;

    const NAMES: [&str; 4] = ["sum", "sum", "", {
        const LONG: [u8; 129] = [b'x'; 129];
        match std::str::from_utf8(&LONG) {
            Ok(long) => long,
            Err(_) => "",
        }
    }];

    impl<const N: usize> Method for Named<N> {
        const NAME: &'static str = NAMES[N];
        type Params = ();
        type Reply = ();
        type Error = NoError;
    }

    impl<const N: usize> LiveGroup for Named<N> {
        const NAME: &'static str = NAMES[N];
        type Model = ();
        type Result = ();
    }

    fn method<const N: usize>(builder: ServerBuilder) -> ServerBuilder {
        builder.method::<Named<N>>(async |_, ()| Ok(()))
    }

    fn live<const N: usize>(builder: ServerBuilder) -> ServerBuilder {
        builder.live::<Named<N>>(async |_, ()| Ok(()))
    }

    impl<const N: usize> StreamMethod for Named<N> {
        const NAME: &'static str = NAMES[N];
        type Params = ();
        type Item = ();
        type Error = NoError;
    }

    impl<const N: usize> Topic for Named<N> {
        const NAME: &'static str = NAMES[N];
        type Event = ();
        type Member = ();
    }

    fn stream<const N: usize>(builder: ServerBuilder) -> ServerBuilder {
        builder.stream::<Named<N>>(async |_, (), _| Ok(()))
    }

    fn topic<const N: usize>(builder: ServerBuilder) -> ServerBuilder {
        builder.topic(TopicHandler::<Named<N>>::public())
    }

    fn error(builder: ServerBuilder) -> Option<BuildError> {
        builder.build().err()
    }

    #[test]
    fn names_are_unique_among_their_kind() {
        assert_eq!(error(topic::<0>(live::<0>(method::<0>(Server::builder())))), None);
        let duplicate = Some(BuildError::DuplicateName("sum"));
        assert_eq!(error(method::<1>(method::<0>(Server::builder()))), duplicate);
        assert_eq!(error(live::<1>(live::<0>(Server::builder()))), duplicate);
        assert_eq!(error(topic::<1>(topic::<0>(Server::builder()))), duplicate);
        // A method has one kind of answer.
        assert_eq!(error(stream::<1>(method::<0>(Server::builder()))), duplicate);
    }

    #[test]
    fn names_have_1_to_128_bytes() {
        let builders =
            [method::<2>, method::<3>, live::<2>, live::<3>, stream::<2>, topic::<2>, topic::<3>];
        for builder in builders {
            let error = error(builder(Server::builder()));
            assert!(matches!(error, Some(BuildError::Name(_))), "{error:?}");
        }
    }

    #[test]
    fn options_that_cannot_be_are_refused() {
        let origins = ["https://a.example", "https://b.example/"];
        let bad = Some(BuildError::Origin("https://b.example/".into()));
        assert_eq!(error(Server::builder().allow_origins(origins)), bad);
        assert_eq!(error(Server::builder().allow_origins(["http://[::1]:80", "null"])), None);
        for host in ["https://a.example", "a.example:80", "a.example/", "", "*"] {
            let bad = Some(BuildError::Host(host.into()));
            assert_eq!(error(Server::builder().hosts(["b.example", host])), bad);
        }
        assert_eq!(error(Server::builder().hosts(["a.example", "[::1]"])), None);

        for (heartbeat, silence) in [(0, 9), (9, 9)] {
            let (heartbeat, silence) =
                (Duration::from_secs(heartbeat), Duration::from_secs(silence));
            let config = Config { heartbeat, silence, ..Config::default() };
            assert_eq!(error(Server::builder().config(config)), Some(BuildError::Heartbeat));
        }
        let options = LiveOptions { time_limit: Duration::ZERO, ..LiveOptions::default() };
        let timeless = Server::builder().live_with::<Named<0>>(options, async |_, ()| Ok(()));
        assert_eq!(error(timeless), Some(BuildError::TimeLimit("sum")));
        let none = Server::builder().blocking_threads(0);
        assert_eq!(error(none), Some(BuildError::BlockingThreads));
        let accepts = MessageLimits { message_bytes: 1023, ..MessageLimits::default() };
        let config = Config { accepts, ..Config::default() };
        assert_eq!(error(Server::builder().config(config)), Some(BuildError::MessageBytes));
        let queue = Server::builder().queue_bytes(1024 * 1024 - 1);
        assert_eq!(error(queue), Some(BuildError::Queue(1024 * 1024)));
    }
}
