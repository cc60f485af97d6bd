use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use fader_core::{Cause, Input, Instant, NotSent, Policy, State, Stats, SubscribeError};
use fader_protocol::{LiveGroup, Method, StreamMethod, Topic, json};

use crate::driver::Driver;
use crate::{
    ClientBuilder, ItemStream, Latest, Live, ModelError, Publish, Request, Subscription,
    TopicOptions, clock,
};

/// A connection to a server that renews itself, and what goes over it.
///
/// Cheap to clone; all clones are the same client. It lives as long as one of
/// them, a [`Live`], [`Subscription`] or stream of it, or a waiting [`Request`] does. When the last is
/// dropped, the connection is closed and nothing is left in the page: no timer,
/// no listener, no socket.
#[derive(Clone)]
pub struct Client {
    driver: Rc<Driver>,
}

impl Client {
    /// Begins a client for the server at `url`: `ws://` or `wss://`, or `http(s)://`
    /// for the same, or relative to the page, such as `/fader`.
    pub fn builder(url: &str) -> ClientBuilder {
        ClientBuilder::new(url)
    }

    pub(crate) fn new(driver: Rc<Driver>) -> Self {
        Self { driver }
    }

    /// Calls a method. Like every future it does nothing until it is polled; the
    /// requests that are first polled in one turn of the event loop leave in one message.
    pub fn request<M: Method>(&self, params: &M::Params) -> Request<M> {
        Request::new(self.driver.clone(), params)
    }

    /// Calls a method that answers with many items. Like every stream it does
    /// nothing until it is polled.
    pub fn stream<M: StreamMethod>(&self, params: &M::Params) -> ItemStream<M> {
        ItemStream::new(self.driver.clone(), params)
    }

    /// Subscribes to a topic: what is published to it comes, in order, until the
    /// subscription is dropped, and whatever is missing is announced.
    ///
    /// # Errors
    /// When the client is closed or has 256 subscriptions already, or
    /// [`TopicOptions::since`] cannot be.
    pub fn subscribe<T: Topic>(
        &self,
        options: TopicOptions,
    ) -> Result<Subscription<T>, SubscribeError> {
        Subscription::begin(self.driver.clone(), options)
    }

    /// Publishes an event to a topic, and says where it is in the sequence. Like a
    /// [`request`](Client::request) it leaves when it is first polled.
    pub fn publish<T: Topic>(&self, event: &T::Event) -> Publish<T> {
        Publish::new(self.driver.clone(), event)
    }

    /// Publishes an event that is of use only now, such as where a pointer is:
    /// it leaves at once, or never, and nobody says whether it arrived.
    ///
    /// # Errors
    /// When it could not leave.
    pub fn publish_volatile<T: Topic>(&self, event: &T::Event) -> Result<(), NotSent> {
        let event = json::to_payload(event).map_err(|_| NotSent::Unserializable)?;
        self.driver.command(|core, now| core.publish_volatile(now, T::NAME, event))
    }

    /// Opens a live group. The server is told the initial model and answers with
    /// a first result.
    ///
    /// # Errors
    /// When the model does not serialize to an object or is too large, or the
    /// client is closed.
    pub fn live<G: LiveGroup>(&self, initial: G::Model) -> Result<Live<G>, ModelError> {
        self.live_with(initial, Policy::default())
    }

    /// Opens a live group whose previews leave by another policy than
    /// [`Policy::Adaptive`].
    ///
    /// # Errors
    /// As [`live`](Client::live).
    pub fn live_with<G: LiveGroup>(
        &self,
        initial: G::Model,
        policy: Policy,
    ) -> Result<Live<G>, ModelError> {
        Live::open(self.driver.clone(), initial, policy)
    }

    /// The connection's state as a stream of the latest value, beginning with the
    /// present one. Ends after [`State::Closed`], and when the client is dropped,
    /// which the stream does not prevent.
    #[must_use]
    pub fn states(&self) -> Latest<State> {
        self.driver.app().state.values()
    }

    /// The connection's state at the moment.
    #[must_use]
    pub fn state(&self) -> State {
        self.driver.ask(|core, _| core.state().clone())
    }

    /// The last measured round trip as a stream of the latest value, beginning
    /// with the present one: none before the first measurement. Ends when the
    /// client is dropped.
    #[must_use]
    pub fn rtts(&self) -> Latest<Option<Duration>> {
        self.driver.app().rtt.values()
    }

    /// The last measured round trip; none before the first measurement.
    #[must_use]
    pub fn rtt(&self) -> Option<Duration> {
        self.driver.app().rtt.value()
    }

    /// Figures on the client at the moment.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.driver.ask(|core, _| core.stats())
    }

    /// The present on the clock of [`State::Waiting`].
    #[must_use]
    pub fn now(&self) -> Instant {
        clock::now()
    }

    /// Why the connection was lost last, or the last attempt to make one failed; nothing if
    /// neither has happened.
    #[must_use]
    pub fn last_cause(&self) -> Option<Cause> {
        self.driver.app().cause.value()
    }

    /// [`last_cause`](Client::last_cause) as a stream of the latest value, beginning with the
    /// present one. Ends when the client is dropped.
    #[must_use]
    pub fn causes(&self) -> Latest<Option<Cause>> {
        self.driver.app().cause.values()
    }

    /// The app has other [credentials](ClientBuilder::credentials) now, or none any more, as after
    /// a login or a logout: it is asked for them, and they are used at once. Over an open
    /// connection they are renewed; a client that waits, such as in [`State::Refused`], dials now.
    ///
    /// A session belongs to whom it began for. If the server finds that the client is somebody
    /// else now, or the app gives no credentials any more, the client reconnects with a new session:
    /// requests under way settle as [`RequestError::Unknown`](crate::RequestError::Unknown), and
    /// subscriptions and live groups begin anew.
    pub fn renew_credentials(&self) {
        self.driver.command(fader_core::Client::renew_credentials);
    }

    /// While waiting for the next attempt to connect: makes it at once, as far as
    /// the budget of attempts allows.
    pub fn retry_now(&self) {
        self.driver.command(|core, now| core.handle(now, Input::Connect));
    }

    /// Closes the client for good: nothing revives it. Waiting requests settle as
    /// [`RequestError::Closed`](crate::RequestError::Closed).
    pub fn close(&self) {
        self.driver.handle(Input::Close);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("state", &self.state()).finish_non_exhaustive()
    }
}
