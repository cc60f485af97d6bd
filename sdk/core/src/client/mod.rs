mod streams;
mod topics;

use std::collections::VecDeque;
use std::time::Duration;

use fader_protocol::{Delivery, Patch, Rejection, code};

use crate::connection::{Action, Connection};
use crate::live::{Holder, Live, LiveStatus, Policy};
use crate::renewal::Renewal;
use crate::requests::{Call, CallKind, Fail, GivenUp, Requests};
use crate::span::Span;
use crate::streams::Streams;
use crate::topics::{Topics, VolatileEvents};
use crate::{
    Cause, CloseReason, Config, ConfigError, Dialect, DialectEvent, Event, Generation, GroupId,
    Input, Instant, Lifecycle, LiveError, NotSent, Operation, Output, RequestError, RequestId,
    State, Unanswered,
};

/// Why a model is too large for a server that takes more.
const ON_THE_WAY: &str =
    "; something on the way to the server closed the connection (1009) for more";

/// A deadline missed by this much means that time passed in which nothing ran:
/// a machine asleep, a page frozen.
const GAP: Span = Span::from_secs(5);

/// The client's state machine; the crate's documentation says how to drive it.
///
/// Keeps these invariants: each request settles exactly once; what arrives from
/// an older attempt to connect changes nothing; after [`Input::Close`] there is
/// no output but the last of what that caused.
#[derive(Debug)]
pub struct Client<D: Dialect> {
    config: Config,
    dialect: D,
    connection: Connection,
    requests: Requests<D::Payload>,
    streams: Streams,
    topics: Topics<D::Payload>,
    volatile_events: VolatileEvents<D::Payload>,
    live: Live<D::Payload>,
    renewal: Renewal,
    outputs: VecDeque<Output<D::Message, D::Payload>>,
    connects: u64,
    resumes: u64,
    /// The latest instant that was passed in.
    now: Instant,
}

/// What a client can tell of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// The last measured round trip; nothing while there is no connection.
    pub rtt: Option<Duration>,
    /// Requests that wait to be sent.
    pub queued: usize,
    /// Requests that are sent and not answered.
    pub in_flight: usize,
    /// Subscriptions of the app.
    pub subscriptions: usize,
    /// How often a connection was established.
    pub connects: u64,
    /// How often the session went on over a new one.
    pub resumes: u64,
    /// What was sent and is kept until the server is known to have it.
    pub unacknowledged: usize,
    /// What could not be kept so long because there was too much of it. If the
    /// connection had broken then, the session would have been lost.
    pub overflowed: u64,
}

impl<D: Dialect> Client<D> {
    /// A client that is idle until [`Input::Connect`]. `seed` decides its jitter.
    ///
    /// # Errors
    /// The first option whose value makes no sense.
    pub fn new(config: Config, dialect: D, seed: u64) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            connection: Connection::new(&config, seed),
            requests: Requests::new(config.queue.clone()),
            streams: Streams::new(config.queue.stream_items),
            topics: Topics::new(),
            volatile_events: VolatileEvents::new(config.queue.clone()),
            live: Live::new(),
            renewal: Renewal::default(),
            outputs: VecDeque::new(),
            connects: 0,
            resumes: 0,
            now: Instant::ZERO,
            dialect,
            config,
        })
    }

    /// The WebSocket subprotocols to offer when dialing.
    pub fn subprotocols(&self) -> &'static [&'static str] {
        self.dialect.subprotocols()
    }

    /// Which of [`Config::urls`] to dial, counted from 0: the first, and after each
    /// attempt that failed the next one. Until all have failed, that is at once.
    pub fn url(&self) -> usize {
        self.connection.url()
    }

    /// The connection's state.
    pub fn state(&self) -> &State {
        self.connection.state()
    }

    /// Why the last connection was lost, or the last attempt to make one failed.
    pub fn last_cause(&self) -> Option<&Cause> {
        self.connection.last_cause()
    }

    /// Figures on the client as a whole.
    pub fn stats(&self) -> Stats {
        Stats {
            rtt: self.dialect.rtt(),
            queued: self.requests.queued(),
            in_flight: self.requests.in_flight(),
            subscriptions: self.topics.len(),
            connects: self.connects,
            resumes: self.resumes,
            unacknowledged: self.dialect.unacknowledged(),
            overflowed: self.dialect.overflowed(),
        }
    }

    /// Takes in something that happened.
    pub fn handle(&mut self, now: Instant, input: Input<D::Message>) {
        // Deadlines that were due when time was last passed in have been met.
        if Span::between(self.now, now) > GAP
            && self.deadline().is_some_and(|due| Span::between(due, now) > GAP)
        {
            self.dialect.probe(now);
        }
        match input {
            Input::Connect => self.connection.connect(now),
            Input::Close => self.close(now),
            Input::Opened { generation } => {
                if self.connection.concerns(generation) && self.connection.opened() {
                    self.dialect.opened(now, &self.config.heartbeat);
                }
            }
            Input::Message { generation, message } => {
                if self.connection.concerns(generation) && self.connection.has_transport() {
                    self.dialect.receive(now, message);
                }
            }
            Input::Closed { generation, code, reason } => {
                if self.connection.concerns(generation) {
                    // What arrived before the close counts.
                    self.take_dialect_events(now);
                    self.transport_closed(now, generation, code, reason);
                }
            }
            Input::Credentials { generation, credentials } => {
                self.authorized(now, generation, credentials);
            }
            Input::Lifecycle(lifecycle) => self.lifecycle(now, lifecycle),
            Input::Tick => {}
        }
        self.advance(now);
    }

    /// The next thing to do. What was produced since the last drain leaves as
    /// few messages as it fits into.
    pub fn poll(&mut self) -> Option<Output<D::Message, D::Payload>> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        self.send_work();
        if let Some(output) = self.flush() {
            return Some(output);
        }
        let group = self.live.next_changed()?;
        Some(Output::Event(Event::LiveStatus { group }))
    }

    /// When to call [`handle`](Client::handle) with [`Input::Tick`], if nothing
    /// else happens before. To be asked after [`poll`](Client::poll) is drained.
    pub fn deadline(&self) -> Option<Instant> {
        let dialect = if self.connection.has_transport() { self.dialect.deadline() } else { None };
        let live = self.live.deadline(self.now, self.connection.takes_work());
        let renewal = self.renewal.deadline().filter(|_| self.renews());
        [self.connection.deadline(), dialect, live, renewal, self.requests.deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// The app has other credentials now, or none any more, as after a login or a logout: it is
    /// asked for them at once, and they are used at once. Over an open connection they are
    /// renewed; a client that waits dials now; one that is dialing begins anew.
    ///
    /// If the server then finds that the client is somebody else, it closes the connection, and
    /// the next one has a new session.
    pub fn renew_credentials(&mut self, now: Instant) {
        if self.connection.renew(now) && self.config.credentials {
            let generation = self.connection.generation();
            self.outputs.push_back(Output::Authorize { generation });
        }
        self.advance(now);
    }

    /// Calls a method. It is settled by [`Event::Settled`], at the latest after
    /// `timeout` ([`Config::request_timeout`] where there is none).
    pub fn request(
        &mut self,
        now: Instant,
        method: impl Into<String>,
        params: D::Payload,
        delivery: Delivery,
        timeout: Option<Duration>,
    ) -> RequestId {
        let call = Call { kind: CallKind::Request, name: method.into(), delivery, params };
        self.call(now, call, Some(timeout.unwrap_or(self.config.request_timeout)))
    }

    fn call(
        &mut self,
        now: Instant,
        call: Call<D::Payload>,
        timeout: Option<Duration>,
    ) -> RequestId {
        let id = self.requests.next_id();
        if let CallKind::Stream { .. } = call.kind {
            self.streams.begin(id);
        }
        if self.connection.is_closed() {
            self.settle(id, Err(RequestError::Closed));
            return id;
        }
        if call.delivery == Delivery::Volatile && !self.connection.takes_work() {
            self.settle(id, Err(RequestError::NotSent(NotSent::NotConnected)));
            return id;
        }
        let limit = self.dialect.operation_limit();
        if let Err(reason) = self.requests.enqueue(id, call, now, timeout, limit) {
            self.settle(id, Err(RequestError::NotSent(reason)));
        }
        self.advance(now);
        id
    }

    /// The caller of a request or stream gave up; it settles as cancelled, unless it was settled before.
    pub fn cancel(&mut self, now: Instant, id: RequestId) {
        if let Some(given_up) = self.requests.give_up(id) {
            self.give_up(&given_up, RequestError::Cancelled);
        }
        self.advance(now);
    }

    /// Opens a live group. `model` holds all its keys; the server answers with
    /// a first result. `policy` says when the previews of a gesture leave.
    ///
    /// # Errors
    /// When the client is closed or the model too large.
    pub fn live_open(
        &mut self,
        now: Instant,
        name: &str,
        model: Patch<D::Payload>,
        policy: Policy,
    ) -> Result<GroupId, LiveError> {
        if self.connection.is_closed() {
            return Err(LiveError::Closed);
        }
        let group = self.live.open(now, name, model, policy, self.dialect.operation_limit())?;
        self.advance(now);
        Ok(group)
    }

    /// A person took hold of the controls of `keys`, or of all where none is
    /// named: what follows until [`live_commit`](Client::live_commit) or
    /// [`live_cancel`](Client::live_cancel) by the same holder is one gesture, in which
    /// nothing from elsewhere moves these keys. During one, these keys are held as well.
    ///
    /// With `quiet`, it is committed by itself when none of its keys was set for that
    /// long: for controls of which nobody says when they are let go of.
    ///
    /// # Errors
    /// When the group is closed or a key unknown.
    pub fn live_begin(
        &mut self,
        now: Instant,
        group: GroupId,
        holder: Holder,
        keys: &[&str],
        quiet: Option<Duration>,
    ) -> Result<(), LiveError> {
        self.live.begin(now, group, holder, keys, quiet)?;
        self.advance(now);
        Ok(())
    }

    /// Whether a gesture of that holder is being made.
    #[must_use]
    pub fn live_is_held_by(&self, group: GroupId, holder: Holder) -> bool {
        self.live.is_held_by(group, holder)
    }

    /// Refuses keys that the group has not.
    ///
    /// # Errors
    /// When the group is closed or a key unknown.
    pub fn live_check_keys(&self, group: GroupId, keys: &[&str]) -> Result<(), LiveError> {
        self.live.check_keys(group, keys)
    }

    /// Sets some of the group's keys.
    ///
    /// # Errors
    /// When the group is closed, a key unknown or the model too large. Nothing is set then.
    pub fn live_set(
        &mut self,
        now: Instant,
        group: GroupId,
        patch: Patch<D::Payload>,
    ) -> Result<(), LiveError> {
        self.live.set(now, group, patch, self.dialect.operation_limit())?;
        self.advance(now);
        Ok(())
    }

    /// The holder lets go: what its keys hold is final, but for those that another one
    /// holds. The app's commit is also that of all keys that nobody holds. Does nothing if
    /// nothing was set since the last commit.
    pub fn live_commit(&mut self, now: Instant, group: GroupId, holder: Holder) {
        self.live.commit(now, group, holder);
        self.advance(now);
    }

    /// The app lets go of these keys: what they hold is final, but for those that a
    /// control holds.
    ///
    /// # Errors
    /// When the group is closed or a key unknown.
    pub fn live_commit_keys(
        &mut self,
        now: Instant,
        group: GroupId,
        keys: &[&str],
    ) -> Result<(), LiveError> {
        self.live.commit_keys(now, group, keys)?;
        self.advance(now);
        Ok(())
    }

    /// The gesture is given up: its keys hold again what they held before it, but for
    /// those that another one holds. Gives the values of those that were set; nothing if
    /// there was no gesture.
    pub fn live_cancel(
        &mut self,
        now: Instant,
        group: GroupId,
        holder: Holder,
    ) -> Option<Patch<D::Payload>> {
        let reverted = self.live.cancel(now, group, holder);
        self.advance(now);
        reverted
    }

    /// Closes the group; nothing more is reported of it. What it holds is final:
    /// it is committed first, and the server told of the close when it has answered.
    pub fn live_close(&mut self, now: Instant, group: GroupId) {
        self.live.commit_group(now, group);
        self.advance(now);
        self.send_work();
        if self.live.close(group) {
            self.dialect.operate(Operation::LiveClose { group: group.0 });
        }
        self.advance(now);
    }

    /// What is known of the group at the moment; nothing if it is closed.
    pub fn live_status(&self, now: Instant, group: GroupId) -> Option<LiveStatus<D::Payload>> {
        self.live.status(now, group)
    }

    fn lifecycle(&mut self, now: Instant, lifecycle: Lifecycle) {
        match lifecycle {
            Lifecycle::Online => {
                self.connection.set_offline(now, false);
                self.connection.encouraged(now);
                self.dialect.probe(now);
            }
            Lifecycle::Offline => {
                self.connection.set_offline(now, true);
                self.dialect.probe(now);
            }
            Lifecycle::Visible | Lifecycle::PageShow | Lifecycle::Resume => {
                self.connection.encouraged(now);
                self.dialect.probe(now);
            }
            Lifecycle::PageHide | Lifecycle::Freeze => {
                self.live.commit_all(now);
                self.advance(now);
                self.send_work();
                self.connection.suspend(now);
            }
        }
    }

    /// Whether credentials are worth renewing.
    fn renews(&self) -> bool {
        self.config.credentials && self.connection.takes_work()
    }

    /// The app gave credentials, or has none.
    fn authorized(
        &mut self,
        now: Instant,
        generation: Generation,
        credentials: Result<Option<String>, String>,
    ) {
        if self.connection.asks(generation) {
            match credentials {
                Ok(credentials) => {
                    self.dialect.authorize(credentials);
                    self.connection.authorized();
                }
                Err(why) => self.connection.unauthorized(now, why),
            }
        } else if self.connection.concerns(generation) && self.renews() {
            match credentials {
                Ok(Some(credentials)) => self.dialect.renew(credentials),
                Ok(None) => self.connection.begin_anew(now),
                Err(_) => {}
            }
        }
    }

    /// Does all that has become possible or due.
    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
        if self.connection.has_transport() {
            self.dialect.tick(now);
        }
        self.take_dialect_events(now);
        self.connection.tick(now);
        self.take_connection_actions();
        if self.renews() && self.renewal.tick(now) {
            let generation = self.connection.generation();
            self.outputs.push_back(Output::Authorize { generation });
        }
        while let Some((group, patch)) = self.live.take_pushed() {
            self.tell(Event::LivePushed { group, patch });
        }
        while let Some((given_up, limit)) = self.requests.expire(now) {
            let unanswered = self.unanswered(now, given_up.sent, limit);
            self.give_up(&given_up, RequestError::TimedOut(unanswered));
        }
        self.live.settle(now);
        if self.connection.takes_work() && self.live.tick(now) {
            self.dialect.probe(now);
        }
    }

    /// Hands over what waits for the end of the turn: a request cancelled within
    /// it never leaves, and keys set one after the other leave in one patch.
    fn send_work(&mut self) {
        self.give_credit();
        if !self.connection.takes_work() {
            return;
        }
        self.ask_for_topics();
        while let Some((id, call)) =
            self.requests.dequeue(self.now, |size| self.dialect.has_room(size))
        {
            self.dialect.operate(call.into_operation(id));
        }
        while let Some(patch) = self.live.next_patch(self.now) {
            self.dialect.operate(Operation::Live(patch));
        }
        while let Some(operation) = self.live.next_closing(self.now) {
            self.dialect.operate(operation);
        }
    }

    fn take_dialect_events(&mut self, now: Instant) {
        while let Some(event) = self.dialect.poll() {
            match event {
                DialectEvent::Renewed { expires } => self.renewal.expires(now, expires),
                DialectEvent::Ready { resumed, remembers, expires } => {
                    self.renewal.expires(now, expires);
                    self.connects += 1;
                    self.resumes += u64::from(resumed);
                    self.connection.ready(now);
                    if !resumed {
                        self.settle_failed(|requests, fail| {
                            requests.lose_session(now, remembers, fail);
                        });
                    }
                    let limit = self.dialect.operation_limit();
                    self.settle_failed(|requests, fail| requests.refuse_larger_than(limit, fail));
                    let why = if self.dialect.is_limited_on_the_way() { ON_THE_WAY } else { "" };
                    for (group, rejection) in self.live.connected(limit, why) {
                        let outcome = Err(rejection);
                        self.tell(Event::LiveResult { group, partial: false, outcome });
                    }
                }
                DialectEvent::Undeliverable { id, size } => {
                    let id = RequestId(id);
                    if self.requests.answered(id) {
                        let reason = NotSent::Undeliverable { size };
                        self.settle(id, Err(RequestError::NotSent(reason)));
                    }
                }
                DialectEvent::Settled { id, outcome } => {
                    let id = RequestId(id);
                    // A late answer to a caller who gave up is normal.
                    if self.requests.answered(id) {
                        self.answered(id, outcome);
                    }
                }
                DialectEvent::Item { id, payload } => self.item(RequestId(id), payload),
                DialectEvent::End { id } => self.stream_ends(RequestId(id)),
                DialectEvent::Topic { id, news } => self.hear_of_topic(id, news),
                DialectEvent::LiveAck(ack) => {
                    if let Some((group, outcome)) = self.live.ack(now, ack) {
                        self.tell(Event::LiveResult { group, partial: false, outcome });
                    }
                }
                DialectEvent::LivePartial { group, epoch, seq, result } => {
                    if let Some(group) = self.live.partial(group, epoch, seq) {
                        self.tell(Event::LiveResult { group, partial: true, outcome: Ok(result) });
                    }
                }
                DialectEvent::LivePush(push) => self.live.push(push),
                DialectEvent::Notice(rejection) => self.tell(Event::Notice(rejection)),
                DialectEvent::Goodbye { after, spread } => {
                    self.connection.goodbye(now, after, spread);
                }
                DialectEvent::Broken { code, reason } => {
                    let kind = self.dialect.verdict(code).kind;
                    self.connection.abandon(now, kind, code, reason);
                }
            }
        }
    }

    fn take_connection_actions(&mut self) {
        while let Some(action) = self.connection.poll() {
            match action {
                Action::Ask => {
                    let generation = self.connection.generation();
                    self.outputs.push_back(Output::Authorize { generation });
                }
                Action::Dial => {
                    self.outputs
                        .push_back(Output::Dial { generation: self.connection.generation() });
                }
                Action::HangUp { generation, code, reason } => {
                    // What was produced before the decision still leaves.
                    while let Some(message) = self.dialect.flush() {
                        self.outputs.push_back(Output::Send { generation, message });
                    }
                    self.outputs.push_back(Output::HangUp { generation, code, reason });
                    self.disconnected(None);
                }
                Action::Tell(state) => self.tell(Event::State(state)),
                Action::Disconnected { cause, is_new } => {
                    self.tell(Event::Disconnected { cause, is_new });
                }
            }
        }
    }

    fn flush(&mut self) -> Option<Output<D::Message, D::Payload>> {
        if !self.connection.has_transport() {
            return None;
        }
        let generation = self.connection.generation();
        self.dialect.flush().map(|message| Output::Send { generation, message })
    }

    fn disconnected(&mut self, code: Option<u16>) {
        self.dialect.closed(code);
        self.renewal.forget();
        self.settle_failed(Requests::lose_volatile);
        self.volatile_events.clear();
        self.topics.disconnected();
        self.live.disconnected();
    }

    fn transport_closed(
        &mut self,
        now: Instant,
        generation: Generation,
        code: u16,
        reason: String,
    ) {
        // The last message may have said enough to hang up already.
        if !self.connection.concerns(generation) {
            return;
        }
        let verdict = self.dialect.verdict(code);
        self.connection.closed(now, verdict, code, reason);
        self.disconnected(Some(code));
        if self.connection.is_closed() {
            // What was sent may have run.
            self.settle_failed(|requests, fail| requests.lose_session(now, None, fail));
            self.settle_all_as_closed();
        }
    }

    fn close(&mut self, now: Instant) {
        self.live.commit_all(now);
        self.send_work();
        self.connection.close(CloseReason::ByApp);
        self.settle_all_as_closed();
    }

    fn settle_all_as_closed(&mut self) {
        self.settle_failed(Requests::close);
        self.volatile_events.clear();
        self.topics.clear();
        self.live.clear();
    }

    fn unanswered(&self, now: Instant, sent: bool, limit: Duration) -> Unanswered {
        let is_open = self.connection.is_open();
        let of_late = |cause: &&Cause| !is_open || Span::between(cause.at, now) <= limit.into();
        let cause = self.last_cause().filter(of_late).cloned();
        Unanswered { name: String::new(), limit, sent, cause }
    }

    fn give_up(&mut self, given_up: &GivenUp, error: RequestError<D::Payload>) {
        if given_up.sent {
            self.dialect.operate(Operation::Cancel { id: given_up.id.0 });
        }
        self.settle(given_up.id, Err(error));
    }

    /// Settles the requests that fail by this.
    fn settle_failed(
        &mut self,
        by: impl FnOnce(&mut Requests<D::Payload>, &mut Fail<'_, D::Payload>),
    ) {
        let Self { requests, streams, outputs, .. } = self;
        let fail =
            &mut |id, error| outputs.push_back(Output::Event(streams.settled(id, Err(error))));
        by(requests, fail);
    }

    fn answered(&mut self, id: RequestId, outcome: Result<D::Payload, Rejection<D::Payload>>) {
        if self.streams.contains(id) {
            // What was wrong may have been one item, and the server goes on.
            let goes_on =
                outcome.as_ref().is_err_and(|rejection| rejection.code == code::BAD_REPLY);
            if goes_on {
                self.dialect.operate(Operation::Cancel { id: id.0 });
            }
        }
        self.settle(id, outcome.map_err(RequestError::Rejected));
    }

    fn settle(&mut self, id: RequestId, outcome: Result<D::Payload, RequestError<D::Payload>>) {
        let event = self.streams.settled(id, outcome);
        self.tell(event);
    }

    fn tell(&mut self, event: Event<D::Payload>) {
        self.outputs.push_back(Output::Event(event));
    }
}
