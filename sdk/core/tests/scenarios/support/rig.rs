use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fader_core::{
    Client, Config, Delivery, Event, Fader, Generation, GroupId, Holder, Input, Instant, JsonCodec,
    Lifecycle, LiveError, LiveStatus, Output, Patch, Policy, RawPayload, RequestId, State,
    SubscribeError, SubscribeOptions, SubscriptionId,
};
use fader_protocol::{
    ClientFrame, Message, MessageLimits, ServerFrame, Welcome, close, json as wire,
};

use super::{Listener, Seen, json, welcome};

/// A client with a scripted server and a clock that only the test moves.
///
/// Checks in every scenario what a shell relies on: at most one transport at a
/// time, messages only to an open one and within the server's limits, legal
/// close codes, no timer that spins, one outcome for each request and stream,
/// what a subscription promises, and silence after the end.
pub(crate) struct Rig {
    pub(crate) client: Client<Fader<JsonCodec>>,
    pub(crate) now: Instant,
    /// Whether the server answers pings at once.
    pub(crate) pongs: bool,
    /// Everything since the beginning.
    pub(crate) trace: Vec<(Instant, Output<Message, RawPayload>)>,
    line: Line,
    generation: Option<Generation>,
    limits: MessageLimits,
    unanswered_pings: Vec<u64>,
    unsettled: BTreeSet<RequestId>,
    topics: BTreeMap<SubscriptionId, Listener>,
    ended: bool,
    seen: Seen,
}

/// The transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Down,
    Dialing,
    Up,
}

impl Rig {
    /// An idle client with the default configuration.
    pub(crate) fn new() -> Self {
        Self::with(Config::default(), 1)
    }

    pub(crate) fn with(config: Config, seed: u64) -> Self {
        let dialect = Fader::<JsonCodec>::default();
        Self {
            client: Client::new(config, dialect, seed).expect("a valid configuration"),
            now: Instant::from_millis(1_000_000),
            pongs: true,
            trace: Vec::new(),
            line: Line::Down,
            generation: None,
            limits: MessageLimits::default(),
            unanswered_pings: Vec::new(),
            unsettled: BTreeSet::new(),
            topics: BTreeMap::new(),
            ended: false,
            seen: Seen::default(),
        }
    }

    /// A client that is open, with what led to it forgotten.
    pub(crate) fn open() -> Self {
        Self::open_with(Config::default())
    }

    pub(crate) fn open_with(config: Config) -> Self {
        let mut rig = Self::with(config, 1);
        rig.input(Input::Connect);
        rig.accept();
        rig.take();
        rig
    }

    // What the test does to the client.

    pub(crate) fn input(&mut self, input: Input<Message>) {
        self.client.handle(self.now, input);
        self.drain();
    }

    pub(crate) fn lifecycle(&mut self, lifecycle: Lifecycle) {
        self.input(Input::Lifecycle(lifecycle));
    }

    /// Calls a method; nothing leaves before the next [`drain`](Rig::drain).
    pub(crate) fn request(&mut self, params: impl Into<serde_json::Value>) -> RequestId {
        self.request_within(params, None)
    }

    pub(crate) fn request_within(
        &mut self,
        params: impl Into<serde_json::Value>,
        timeout: Option<Duration>,
    ) -> RequestId {
        self.call("echo", json(params), timeout)
    }

    pub(crate) fn call(
        &mut self,
        method: &str,
        params: RawPayload,
        timeout: Option<Duration>,
    ) -> RequestId {
        self.call_with(method, params, Delivery::Once, timeout)
    }

    pub(crate) fn request_with(
        &mut self,
        params: impl Into<serde_json::Value>,
        delivery: Delivery,
    ) -> RequestId {
        self.call_with("echo", json(params), delivery, None)
    }

    pub(crate) fn call_with(
        &mut self,
        method: &str,
        params: RawPayload,
        delivery: Delivery,
        timeout: Option<Duration>,
    ) -> RequestId {
        let id = self.client.request(self.now, method, params, delivery, timeout);
        self.unsettled.insert(id);
        id
    }

    pub(crate) fn cancel(&mut self, id: RequestId) {
        self.client.cancel(self.now, id);
    }

    /// Publishes to the topic `news`.
    pub(crate) fn publish(&mut self, event: impl Into<serde_json::Value>) -> RequestId {
        self.publish_with(event, None)
    }

    pub(crate) fn publish_with(
        &mut self,
        event: impl Into<serde_json::Value>,
        key: Option<&str>,
    ) -> RequestId {
        let key = key.map(str::to_owned);
        let id = self.client.publish(self.now, "news", json(event), key, None);
        self.unsettled.insert(id);
        id
    }

    /// Calls the method `list`, which answers with many items.
    pub(crate) fn stream(&mut self) -> RequestId {
        let id = self.client.stream(self.now, "list", json("all"));
        self.unsettled.insert(id);
        id
    }

    pub(crate) fn consumed(&mut self, stream: RequestId, items: u64) {
        self.client.stream_consumed(self.now, stream, items);
    }

    /// Subscribes to the topic `news`.
    pub(crate) fn subscribe(&mut self, options: SubscribeOptions) -> SubscriptionId {
        self.try_subscribe("news", options).expect("a subscription")
    }

    pub(crate) fn try_subscribe(
        &mut self,
        topic: &str,
        options: SubscribeOptions,
    ) -> Result<SubscriptionId, SubscribeError> {
        let listener = Listener::after(options.since.clone());
        let subscription = self.client.subscribe(self.now, topic, options)?;
        self.topics.insert(subscription, listener);
        Ok(subscription)
    }

    pub(crate) fn unsubscribe(&mut self, subscription: SubscriptionId) {
        self.client.unsubscribe(self.now, subscription);
        self.drain();
        self.topics.remove(&subscription);
    }

    pub(crate) fn live_open(&mut self, model: Patch<RawPayload>) -> GroupId {
        self.try_live_open(model).expect("a group")
    }

    pub(crate) fn try_live_open(&mut self, model: Patch<RawPayload>) -> Result<GroupId, LiveError> {
        self.client.live_open(self.now, "group", model, Policy::default())
    }

    pub(crate) fn status(&self, group: GroupId) -> LiveStatus<RawPayload> {
        self.client.live_status(self.now, group).expect("an open group")
    }

    pub(crate) fn set(&mut self, group: GroupId, patch: Patch<RawPayload>) {
        self.client.live_set(self.now, group, patch).expect("set");
    }

    pub(crate) fn begin(&mut self, group: GroupId) {
        self.client.live_begin(self.now, group, Holder::APP, &[], None).expect("an open group");
    }

    pub(crate) fn commit(&mut self, group: GroupId) {
        self.client.live_commit(self.now, group, Holder::APP);
    }

    // What the test does as the network and the server.

    /// The attempt that is under way or open.
    pub(crate) fn generation(&self) -> Generation {
        self.generation.expect("an attempt")
    }

    pub(crate) fn is_dialing(&self) -> bool {
        self.line == Line::Dialing
    }

    pub(crate) fn is_up(&self) -> bool {
        self.line == Line::Up
    }

    /// The app gives credentials for that attempt, or has none.
    pub(crate) fn authorize(&mut self, generation: Generation, credentials: Option<&str>) {
        let credentials = credentials.map_or(Err("none".into()), |given| Ok(Some(given.into())));
        self.input(Input::Credentials { generation, credentials });
    }

    /// The transport opens; the server says nothing yet.
    pub(crate) fn transport_opens(&mut self) {
        assert_eq!(self.line, Line::Dialing);
        self.line = Line::Up;
        let generation = self.generation();
        self.input(Input::Opened { generation });
    }

    /// The transport opens and the server welcomes the client.
    pub(crate) fn accept(&mut self) {
        self.transport_opens();
        self.welcome(MessageLimits::default().message_bytes);
    }

    pub(crate) fn welcome(&mut self, message_bytes: usize) {
        self.limits.message_bytes = message_bytes.max(1024);
        self.serve([ServerFrame::Welcome(welcome(message_bytes))]);
    }

    /// Lets time pass until the client dials again, and continues the session.
    pub(crate) fn resume(&mut self, received: u64) {
        self.redial();
        self.continue_session(received);
    }

    /// The transport opens; the server, which has counted so many sequenced
    /// frames, continues the session.
    pub(crate) fn continue_session(&mut self, received: u64) {
        self.transport_opens();
        let welcome = welcome(self.limits.message_bytes);
        self.serve([ServerFrame::Welcome(Welcome { resumed: true, received, ..welcome })]);
    }

    /// The server sends these frames as one message.
    pub(crate) fn serve(&mut self, frames: impl IntoIterator<Item = ServerFrame<RawPayload>>) {
        let frames: Vec<_> = frames.into_iter().collect();
        self.serve_message(wire::encode(&frames));
    }

    pub(crate) fn serve_text(&mut self, message: &str) {
        self.serve_message(message.into());
    }

    pub(crate) fn serve_message(&mut self, message: Message) {
        assert_eq!(self.line, Line::Up);
        let generation = self.generation();
        self.input(Input::Message { generation, message });
    }

    /// The transport closes by itself.
    pub(crate) fn transport_closes(&mut self, code: u16, reason: &str) {
        assert_ne!(self.line, Line::Down);
        self.line = Line::Down;
        let generation = self.generation();
        self.input(Input::Closed { generation, code, reason: reason.into() });
    }

    /// The connection breaks, or could not be made.
    pub(crate) fn cut(&mut self) {
        self.transport_closes(close::ABNORMAL, "");
    }

    /// Lets time pass until the client dials again, and lets it through.
    pub(crate) fn reconnect(&mut self) {
        self.redial();
        self.accept();
    }

    /// Lets time pass until the client dials again.
    pub(crate) fn redial(&mut self) {
        let (State::Waiting { until, .. } | State::Refused { until, .. }) = *self.client.state()
        else {
            unreachable!("{:?}", self.client.state())
        };
        self.advance(until - self.now);
    }

    // Time.

    /// Time passes, and the client's timer fires exactly on time.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.drain();
        let end = self.now + by;
        while let Some(due) = self.client.deadline().filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.input(Input::Tick);
            self.check_that_timer_moves();
        }
        self.now = end;
    }

    /// Time passes while nothing runs, and then the timer fires.
    pub(crate) fn sleep(&mut self, by: Duration) {
        self.drain();
        self.now += by;
        self.input(Input::Tick);
    }

    fn check_that_timer_moves(&mut self) {
        for _ in 0..3 {
            if self.client.deadline().is_none_or(|due| due > self.now) {
                return;
            }
            self.input(Input::Tick);
        }
        unreachable!("the timer spins at {:?}: {:?}", self.now, self.client);
    }

    // What the client does.

    /// What the client did since the last call.
    pub(crate) fn take(&mut self) -> Seen {
        self.drain();
        std::mem::take(&mut self.seen)
    }

    /// Does what the client wants, as a shell does.
    pub(crate) fn drain(&mut self) {
        loop {
            while let Some(output) = self.client.poll() {
                self.trace.push((self.now, output.clone()));
                self.execute(output);
            }
            if !self.pongs || self.line != Line::Up || self.unanswered_pings.is_empty() {
                return;
            }
            let pongs: Vec<_> =
                self.unanswered_pings.drain(..).map(ServerFrame::<RawPayload>::Pong).collect();
            let message = wire::encode(&pongs);
            self.client.handle(self.now, Input::Message { generation: self.generation(), message });
        }
    }

    fn execute(&mut self, output: Output<Message, RawPayload>) {
        if self.ended {
            let late_request =
                matches!(output, Output::Event(Event::Settled { .. } | Event::StreamEnded { .. }));
            assert!(late_request, "after the end: {output:?}");
        }
        match output {
            Output::Dial { generation } => {
                assert_eq!(self.line, Line::Down, "dials with a transport at hand");
                assert!(self.generation.is_none_or(|before| generation > before));
                self.line = Line::Dialing;
                self.generation = Some(generation);
                self.unanswered_pings.clear();
                self.seen.dials.push(generation);
            }
            Output::Authorize { generation } => self.seen.asked.push(generation),
            Output::HangUp { generation, code, reason } => {
                assert_ne!(self.line, Line::Down, "hangs up twice");
                assert_eq!(Some(generation), self.generation);
                assert!(code == 1000 || (3000..=4999).contains(&code), "close code {code}");
                assert!(reason.len() <= 123, "close reason {reason}");
                self.line = Line::Down;
                self.seen.hang_ups.push((code, reason));
            }
            Output::Send { generation, message } => {
                assert_eq!(self.line, Line::Up, "sent to no open transport: {message:?}");
                assert_eq!(Some(generation), self.generation);
                self.receive(&message);
                self.seen.messages.push(message);
            }
            Output::Event(event) => self.told(event),
        }
    }

    fn receive(&mut self, message: &Message) {
        let frames = wire::decode(message, &self.limits)
            .unwrap_or_else(|error| unreachable!("{error}: {message:?}"));
        for frame in frames {
            match frame.unwrap_or_else(|error| unreachable!("{error}: {message:?}")) {
                ClientFrame::Hello(hello) => self.seen.hellos.push(hello),
                ClientFrame::Ping(nonce) => {
                    self.unanswered_pings.push(nonce);
                    self.seen.pings.push(nonce);
                }
                ClientFrame::Pong(nonce) => self.seen.pongs.push(nonce),
                ClientFrame::Ack(count) => self.seen.acks.push(count),
                frame => self.seen.frames.push(frame),
            }
        }
    }

    fn told(&mut self, event: Event<RawPayload>) {
        match event {
            Event::State(state) => {
                self.ended = matches!(state, State::Closed(_));
                self.seen.states.push(state);
            }
            Event::Disconnected { cause, is_new } => {
                assert_eq!(cause.at, self.now);
                assert_eq!(self.client.last_cause(), Some(&cause));
                self.seen.causes.push((cause, is_new));
            }
            Event::Settled { id, outcome } => {
                assert!(self.unsettled.remove(&id), "{id:?} settled twice");
                self.seen.settled.push((id, outcome));
            }
            Event::Item { stream, payload } => {
                assert!(self.unsettled.contains(&stream), "{stream:?} goes on after its end");
                self.seen.items.push((stream, payload));
            }
            Event::StreamEnded { stream, outcome } => {
                assert!(self.unsettled.remove(&stream), "{stream:?} ends twice");
                self.seen.ended.push((stream, outcome));
            }
            Event::Topic { subscription, update } => {
                let listener = self.topics.get_mut(&subscription).expect("a subscription of ours");
                listener.hear(&update);
                self.seen.topics.push((subscription, update));
            }
            Event::LiveResult { group, partial: false, outcome } => {
                self.seen.results.push((group, outcome));
            }
            Event::LiveResult { group, partial: true, outcome } => {
                self.seen.partials.push((group, outcome));
            }
            Event::LivePushed { group, patch } => self.seen.pushed.push((group, patch)),
            Event::LiveStatus { group } => self.seen.changed.push(group),
            Event::Notice(rejection) => self.seen.notices.push(rejection),
        }
    }
}
