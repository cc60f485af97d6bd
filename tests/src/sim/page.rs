use std::time::Duration;

use fader_core::{
    Client, CloseReason, Config, Delivery, Event, Fader, Generation, GroupId, Holder, Input,
    Instant, JsonCodec, Lifecycle, Output, Patch, Policy, QueueConfig, RawPayload, RequestId,
    State, SubscribeOptions, SubscriptionId, TopicUpdate,
};

use fader_protocol::{Message, json};

use super::audience::Audience;
use super::check::Check;
use super::network::Arrival;
use super::server::{COUNT, ECHO, MIRROR, NEWS};
use super::trace::Trace;
use super::weather::Weather;

/// The client in a page, driven as a shell does.
#[derive(Debug)]
pub(super) struct Page {
    client: Client<Fader<JsonCodec>>,
    line: Line,
    /// The server lies, and so what it says may make no sense.
    is_lied_to: bool,
    queue: QueueConfig,
    /// Since the last drain: the app wanted to be connected, and something spoke for it.
    connects: bool,
    is_encouraged: bool,
}

/// The page's transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Down,
    Dialing(Generation),
    Open(Generation),
}

/// What the client wants done outside the page.
#[derive(Debug)]
pub(super) enum Wish {
    Dial(Generation),
    Send(Generation, Message),
    HangUp(Generation, u16, String),
    /// Ask for credentials.
    Authorize(Generation),
}

impl Page {
    pub(super) fn new(seed: u64, is_lied_to: bool, weather: &Weather) -> Self {
        let dialect = Fader::<JsonCodec>::default();
        let (queue, credentials) = (weather.queue.clone(), weather.tokens.is_some());
        let config = Config { credentials, queue: queue.clone(), ..Config::default() };
        let client = Client::new(config, dialect, seed).expect("a valid configuration");
        let (connects, is_encouraged) = (false, false);
        Self { client, line: Line::Down, is_lied_to, queue, connects, is_encouraged }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.client.deadline()
    }

    pub(super) fn connect(&mut self, now: Instant) {
        self.connects = true;
        self.client.handle(now, Input::Connect);
    }

    /// Credentials came, or cannot be had.
    pub(super) fn authorized(
        &mut self,
        now: Instant,
        generation: Generation,
        credentials: Option<String>,
    ) {
        let credentials = credentials.map(Some).ok_or_else(|| "none".into());
        self.client.handle(now, Input::Credentials { generation, credentials });
    }

    pub(super) fn close(&mut self, now: Instant) {
        self.client.handle(now, Input::Close);
    }

    pub(super) fn state(&self) -> &State {
        self.client.state()
    }

    /// Whether the transport of that attempt is the one that is open.
    pub(super) fn hears(&self, generation: Generation) -> bool {
        self.line == Line::Open(generation)
    }

    /// The attempt that has a transport, open or not.
    pub(super) fn generation(&self) -> Option<Generation> {
        match self.line {
            Line::Down => None,
            Line::Dialing(generation) | Line::Open(generation) => Some(generation),
        }
    }

    pub(super) fn tick(&mut self, now: Instant) {
        self.client.handle(now, Input::Tick);
    }

    pub(super) fn lifecycle(&mut self, now: Instant, lifecycle: Lifecycle) {
        self.is_encouraged = true;
        self.client.handle(now, Input::Lifecycle(lifecycle));
    }

    /// Something arrived over the transport of that attempt, which may be long past.
    pub(super) fn arrived(&mut self, now: Instant, generation: Generation, what: Arrival) {
        let input = match what {
            Arrival::Opened => {
                if self.line == Line::Dialing(generation) {
                    self.line = Line::Open(generation);
                }
                Input::Opened { generation }
            }
            Arrival::Message(message) => Input::Message { generation, message },
            Arrival::Closed { code, reason } => {
                if self.line == Line::Dialing(generation) || self.line == Line::Open(generation) {
                    self.line = Line::Down;
                }
                Input::Closed { generation, code, reason }
            }
        };
        self.client.handle(now, input);
    }

    pub(super) fn request(
        &mut self,
        now: Instant,
        params: RawPayload,
        delivery: Delivery,
        timeout: Option<Duration>,
    ) -> RequestId {
        self.client.request(now, ECHO, params, delivery, timeout)
    }

    pub(super) fn subscribe(&mut self, now: Instant, options: SubscribeOptions) -> SubscriptionId {
        self.client.subscribe(now, NEWS, options).expect("a subscription")
    }

    pub(super) fn unsubscribe(&mut self, now: Instant, id: SubscriptionId) {
        self.client.unsubscribe(now, id);
    }

    pub(super) fn publish(
        &mut self,
        now: Instant,
        event: &RawPayload,
        key: Option<String>,
        timeout: Duration,
    ) -> RequestId {
        self.client.publish(now, NEWS, event.clone(), key, Some(timeout))
    }

    /// Nobody says what becomes of it, if it leaves.
    pub(super) fn publish_volatile(&mut self, now: Instant, event: &RawPayload) {
        let is_open = *self.client.state() == State::Open;
        let leaves = self.client.publish_volatile(now, NEWS, event.clone()).is_ok();
        assert!(is_open || !leaves, "nowhere to go");
    }

    pub(super) fn stream(&mut self, now: Instant, to: u64) -> RequestId {
        self.client.stream(now, COUNT, json::to_raw(&to).expect("a number"))
    }

    pub(super) fn stream_consumed(&mut self, now: Instant, id: RequestId, items: u64) {
        self.client.stream_consumed(now, id, items);
    }

    /// How many sessions the client has begun.
    pub(super) fn sessions(&self) -> u64 {
        let stats = self.client.stats();
        stats.connects - stats.resumes
    }

    pub(super) fn cancel_request(&mut self, now: Instant, id: RequestId) {
        self.client.cancel(now, id);
    }

    pub(super) fn live_open(&mut self, now: Instant, model: Patch<RawPayload>) -> GroupId {
        self.client.live_open(now, MIRROR, model, Policy::default()).expect("a group")
    }

    pub(super) fn live_begin(&mut self, now: Instant, group: GroupId) {
        self.client.live_begin(now, group, Holder::APP, &[], None).expect("an open group");
    }

    pub(super) fn live_set(&mut self, now: Instant, group: GroupId, patch: Patch<RawPayload>) {
        self.client.live_set(now, group, patch).expect("an open group and its keys");
    }

    pub(super) fn live_commit(&mut self, now: Instant, group: GroupId) {
        self.client.live_commit(now, group, Holder::APP);
    }

    pub(super) fn live_cancel(&mut self, now: Instant, group: GroupId) -> bool {
        self.client.live_cancel(now, group, Holder::APP).is_some()
    }

    pub(super) fn live_close(&mut self, now: Instant, group: GroupId) {
        self.client.live_close(now, group);
    }

    pub(super) fn is_pending(&self, now: Instant, group: GroupId) -> bool {
        self.client.live_status(now, group).is_none_or(|status| status.pending)
    }

    /// Does what the client wants within the page, and gives back the rest.
    pub(super) fn drain(
        &mut self,
        now: Instant,
        check: &mut Check,
        audience: &mut Audience,
        trace: &mut Trace,
    ) -> Vec<Wish> {
        let connects = std::mem::take(&mut self.connects);
        check.connection.moved(connects, std::mem::take(&mut self.is_encouraged));
        let mut wishes = Vec::new();
        while let Some(output) = self.client.poll() {
            match output {
                Output::Dial { generation } => {
                    assert_eq!(self.line, Line::Down, "dials with a transport at hand");
                    self.line = Line::Dialing(generation);
                    wishes.push(Wish::Dial(generation));
                }
                Output::Send { generation, message } => {
                    assert_eq!(self.line, Line::Open(generation), "sends to no open transport");
                    wishes.push(Wish::Send(generation, message));
                }
                Output::HangUp { generation, code, reason } => {
                    assert_ne!(self.line, Line::Down, "hangs up without a transport");
                    self.line = Line::Down;
                    wishes.push(Wish::HangUp(generation, code, reason));
                }
                Output::Authorize { generation } => wishes.push(Wish::Authorize(generation)),
                Output::Event(event) => {
                    trace.note(now, "told", &format_args!("{event:?}"));
                    if let Event::State(state) = &event {
                        check.connection.told(now, state);
                        check.topics.disconnected(matches!(state, State::Closed(_)));
                    }
                    match event {
                        Event::Settled { id, outcome } => {
                            let sessions = self.sessions();
                            if !check.topics.settled(now, id, &outcome, sessions) {
                                check.requests.settled(now, id, outcome, sessions);
                            }
                        }
                        Event::LiveResult { group, partial, outcome } => {
                            check.live.shown(group, partial, &outcome);
                        }
                        Event::State(State::Closed(reason)) => {
                            // Whoever believes lies may break the rules.
                            let is_fair = self.is_lied_to || reason == CloseReason::ByApp;
                            assert!(is_fair, "the client gave up: {reason:?}");
                        }
                        Event::Notice(rejection) => {
                            // Of a volatile event nobody is told otherwise.
                            let is_fair = self.is_lied_to || rejection.code == "failed";
                            assert!(is_fair, "the server did not understand: {rejection}");
                        }
                        Event::Item { stream, payload } => {
                            let window = self.queue.stream_items as u64;
                            check.streams.item(stream, &payload, window);
                        }
                        Event::StreamEnded { stream, outcome } => {
                            check.streams.ended(stream, &outcome, self.sessions());
                        }
                        Event::Topic { subscription, update: TopicUpdate::Ended { rejection } } => {
                            let is_fair = self.is_lied_to || rejection.code == "failed";
                            assert!(is_fair, "{rejection}");
                            audience.dismissed(subscription, check);
                        }
                        Event::Topic { subscription, update } => {
                            check.topics.told(subscription, &update);
                        }
                        Event::State(_)
                        | Event::Disconnected { .. }
                        | Event::LiveStatus { .. }
                        | Event::LivePushed { .. } => {}
                    }
                }
            }
        }
        check.queues(&self.queue, &self.client.stats());
        check.topics.compare(|id| {
            (self.client.is_subscribed(id), self.client.members(id).map(|(member, _)| member))
        });
        wishes
    }
}
