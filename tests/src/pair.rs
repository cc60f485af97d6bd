//! One client and one server, and a network that is cut where a test wants it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use fader_core::{
    Client, Event, Fader, Generation, Input, Instant, JsonCodec, Output, RawPayload, RequestError,
    RequestId, SubscriptionId, TopicUpdate,
};
use fader_protocol::{Message, close};
use fader_server::session::{Config, Names, NotTaken, Work};
use fader_server::topics::TopicConfig;

use crate::host::{Effect, Host, TaskId};

/// The method whose reply is its parameters, and the live group whose result is
/// its model.
pub const ECHO: &str = "echo";

/// The method that counts from one up to its parameter, item by item.
pub const COUNT: &str = "count";

/// The topic to which everybody may publish.
pub const NEWS: &str = "news";

/// A client and a server in virtual time, with a network that loses nothing but
/// what the test cuts. Handlers take 5 ms and answer with what they are given.
#[derive(Debug)]
pub struct Pair {
    /// The client.
    pub client: Client<Fader<JsonCodec>>,
    /// The server; a test may put another one in its place.
    pub host: Host<Generation>,
    /// The present.
    pub now: Instant,
    /// What the client told the app of its requests.
    pub settled: Vec<(RequestId, Result<RawPayload, RequestError<RawPayload>>)>,
    /// The results of live input, in their order.
    pub results: Vec<String>,
    /// The items of all streams, which the app takes at once.
    pub items: Vec<(RequestId, String)>,
    /// How streams ended.
    pub ended: Vec<(RequestId, Result<(), RequestError<RawPayload>>)>,
    /// What the client told the app of its subscriptions.
    pub updates: Vec<(SubscriptionId, TopicUpdate<RawPayload>)>,
    /// What handlers were called with, in their order.
    pub calls: Vec<String>,
    /// The messages and closes on their way, in each direction.
    to_server: VecDeque<(Generation, Parcel)>,
    to_client: VecDeque<(Generation, Parcel)>,
    tasks: BTreeMap<TaskId, (Instant, Work)>,
    /// How far streams are.
    counted: BTreeMap<TaskId, u64>,
    /// How many messages were delivered so far.
    delivered: usize,
    cuts: VecDeque<Cut>,
    /// Nothing gets through over this connection.
    silent: Option<Generation>,
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Instead of this delivery, counted from 0.
    pub at: usize,
    /// Whether the server learns of it at once; the client always does.
    pub is_noticed: bool,
}

#[derive(Debug)]
enum Parcel {
    Opened,
    Message(Message),
    Closed(u16, String),
}

impl Pair {
    /// A client that has begun to connect, and a server that cuts it off there.
    ///
    /// # Panics
    /// When the client's configuration makes no sense.
    #[must_use]
    pub fn new(client: fader_core::Config, server: Config, cuts: &[Cut]) -> Self {
        let dialect = Fader::<JsonCodec>::default();
        let mut pair = Self {
            client: Client::new(client, dialect, 1).expect("a valid configuration"),
            host: Self::host("first", server),
            now: Instant::from_millis(1000),
            settled: Vec::new(),
            results: Vec::new(),
            items: Vec::new(),
            ended: Vec::new(),
            updates: Vec::new(),
            calls: Vec::new(),
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            tasks: BTreeMap::new(),
            counted: BTreeMap::new(),
            delivered: 0,
            cuts: cuts.iter().copied().collect(),
            silent: None,
        };
        pair.client.handle(pair.now, Input::Connect);
        pair.settle();
        pair
    }

    /// A server that nobody knows yet.
    #[must_use]
    pub fn host(name: &str, config: Config) -> Host<Generation> {
        Host::new(
            name,
            config,
            Names { methods: [ECHO].into(), streams: [COUNT].into(), groups: [ECHO].into() },
        )
        .with_topics([(NEWS, TopicConfig::default())])
    }

    /// How many messages were delivered so far.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.delivered
    }

    /// The server loses all that it knows: its process was killed.
    pub fn replace_host(&mut self, host: Host<Generation>) {
        let links = self.host.links();
        self.host = host;
        self.tasks.clear();
        for link in links {
            self.break_off(link, false);
        }
        self.settle();
    }

    /// The newest connection is cut.
    pub fn cut(&mut self, is_noticed: bool) {
        if let Some(link) = self.host.links().last().copied() {
            self.break_off(link, is_noticed);
        }
        self.settle();
    }

    /// From now on, nothing gets through over the newest connection, and nobody is told.
    pub fn go_silent(&mut self) {
        self.silent = self.host.links().last().copied();
    }

    /// Everything happens that takes no time.
    pub fn settle(&mut self) {
        loop {
            self.drain();
            if let Some((link, parcel)) = self.to_server.pop_front() {
                self.deliver(link, parcel, true);
            } else if let Some((link, parcel)) = self.to_client.pop_front() {
                self.deliver(link, parcel, false);
            } else if !self.host.news(self.now, |_| true) {
                return;
            }
        }
    }

    /// Time passes.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.settle();
            let tasks = self.tasks.values().map(|(when, _)| *when).min();
            let due = [self.client.deadline(), self.host.deadline(), tasks];
            let Some(next) = due.into_iter().flatten().min().filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            self.client.handle(self.now, Input::Tick);
            self.host.tick(self.now);
            self.end_tasks();
        }
        self.now = end;
    }

    fn end_tasks(&mut self) {
        let due = self.tasks.iter().filter(|(_, (when, _))| *when <= self.now);
        let due: Vec<_> = due.map(|(task, _)| *task).collect();
        for task in due {
            let Some((_, work)) = self.tasks.remove(&task) else { continue };
            if self.goes_on(task, &work) {
                self.tasks.insert(task, (self.now + Duration::from_millis(1), work));
            } else {
                self.host.ended(self.now, task, Ok(echo(work)));
            }
        }
    }

    /// A stream's handler counts as far as it can. Says whether there is more.
    fn goes_on(&mut self, task: TaskId, work: &Work) -> bool {
        let Work::Stream { params, feed, .. } = work else { return false };
        let counted = self.counted.entry(task).or_default();
        while counted.to_string() != params.get() {
            let item = fader_protocol::json::to_raw(&(*counted + 1)).expect("a number");
            match feed.offer(item) {
                Ok(()) => *counted += 1,
                Err(NotTaken::Full(_)) => return true,
                Err(NotTaken::Over) => return false,
            }
        }
        false
    }

    /// A parcel arrives, unless the connection is cut there.
    fn deliver(&mut self, link: Generation, parcel: Parcel, is_to_server: bool) {
        if self.silent == Some(link) {
            return;
        }
        if let Parcel::Message(_) = parcel {
            if self.cuts.front().is_some_and(|cut| cut.at == self.delivered) {
                let cut = self.cuts.pop_front();
                self.delivered += 1;
                return self.break_off(link, cut.is_some_and(|cut| cut.is_noticed));
            }
            self.delivered += 1;
        }
        if is_to_server {
            match parcel {
                Parcel::Opened => {
                    self.host.opened(self.now, link);
                    self.to_client.push_back((link, Parcel::Opened));
                }
                Parcel::Message(message) => self.host.received(self.now, link, &message),
                Parcel::Closed(code, _) => self.host.gone(self.now, link, code),
            }
        } else {
            let generation = link;
            let input = match parcel {
                Parcel::Opened => Input::Opened { generation },
                Parcel::Message(message) => Input::Message { generation, message },
                Parcel::Closed(code, reason) => Input::Closed { generation, code, reason },
            };
            self.client.handle(self.now, input);
        }
    }

    /// What is on its way over a connection is lost.
    fn break_off(&mut self, link: Generation, is_noticed: bool) {
        self.to_server.retain(|(of, _)| *of != link);
        self.to_client.retain(|(of, _)| *of != link);
        let closed = || Parcel::Closed(close::ABNORMAL, String::new());
        self.to_client.push_back((link, closed()));
        if is_noticed {
            self.to_server.push_back((link, closed()));
        }
    }

    /// Does what both ends want.
    fn drain(&mut self) {
        while let Some(output) = self.client.poll() {
            match output {
                Output::Dial { generation } => {
                    self.to_server.push_back((generation, Parcel::Opened));
                }
                Output::Send { generation, message } => {
                    self.to_server.push_back((generation, Parcel::Message(message)));
                }
                Output::HangUp { generation, code, reason } => {
                    self.to_server.push_back((generation, Parcel::Closed(code, reason)));
                }
                Output::Authorize { .. } => unreachable!("no credentials are configured"),
                Output::Event(Event::Settled { id, outcome }) => self.settled.push((id, outcome)),
                Output::Event(Event::LiveResult { outcome: Ok(result), .. }) => {
                    self.results.push(shown(&result));
                }
                Output::Event(Event::Item { stream, payload }) => {
                    self.items.push((stream, shown(&payload)));
                    self.client.stream_consumed(self.now, stream, 1);
                }
                Output::Event(Event::StreamEnded { stream, outcome }) => {
                    self.ended.push((stream, outcome));
                }
                Output::Event(Event::Topic { subscription, update }) => {
                    self.updates.push((subscription, update));
                }
                Output::Event(_) => {}
            }
        }
        while let Some(effect) = self.host.poll() {
            match effect {
                Effect::Send(link, message) => {
                    self.to_client.push_back((link, Parcel::Message(message)));
                }
                Effect::Close(link, code, reason) => {
                    self.to_client.push_back((link, Parcel::Closed(code, reason)));
                }
                Effect::Run(task, _, work) => {
                    self.calls.push(shown(&echo(work.clone())));
                    self.tasks.insert(task, (self.now + Duration::from_millis(5), work));
                }
                Effect::Stop(task) => {
                    if let Some((when, _)) = self.tasks.get_mut(&task) {
                        *when = self.now;
                    }
                }
                Effect::Over(_) => {}
            }
        }
    }
}

/// A payload as text, in which bytes are listed.
fn shown(payload: &RawPayload) -> String {
    payload.bytes().map_or_else(|| payload.get().into(), |bytes| format!("bytes {:?}", bytes.0))
}

/// What a handler answers.
fn echo(work: Work) -> RawPayload {
    match work {
        Work::Request { params: payload, .. }
        | Work::Stream { params: payload, .. }
        | Work::Publish { event: payload, .. } => payload,
        Work::Subscribe { .. } => fader_protocol::json::to_raw(&()).expect("null"),
        Work::Live { model, .. } => fader_protocol::json::to_raw(
            &serde_json::from_str::<serde_json::Value>(&model).expect("a JSON object"),
        )
        .expect("a JSON value has a JSON form"),
    }
}
