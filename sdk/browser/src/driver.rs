use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::time::Duration;

use fader_core::{
    Config, ConfigError, Delivery, Event, Fader, Generation, GroupId, Input, Instant, JsonCodec,
    Lifecycle, Output, Patch, RawJson, Rejection, RequestError, RequestId, State, SubscriptionId,
    TopicUpdate,
};
use fader_protocol::close;
use futures_channel::oneshot;
use wasm_bindgen_futures::spawn_local;

use crate::call::Target;
use crate::clock;
use crate::lifecycle::{self, LifecycleListeners};
use crate::socket::{Socket, SocketEvent};
use crate::timer::Timer;
use crate::watch::Watch;

pub(crate) type Core = fader_core::Client<Fader<JsonCodec>>;

/// How a request ended, before its payload is looked into.
pub(crate) type Outcome = Result<RawJson, RequestError<RawJson>>;

/// What the handle of a live group wants to know.
pub(crate) trait GroupEvents {
    fn answered(&self, outcome: Result<RawJson, Rejection<RawJson>>);
    /// Keys were changed elsewhere.
    fn pushed(&self, patch: Patch<RawJson>);
    fn status_changed(&self);
}

/// What the handle of a subscription wants to know.
pub(crate) trait TopicEvents {
    fn updated(&self, update: TopicUpdate<RawJson>);
    /// Nothing more comes.
    fn closed(&self);
}

/// What the handle of a stream wants to know.
pub(crate) trait StreamEvents {
    fn item(&self, item: RawJson);
    /// Nothing more comes.
    fn ended(&self, outcome: Result<(), RequestError<RawJson>>);
}

/// Does what the core decides, and tells it what happens.
///
/// Owned by the app's handles; what the browser holds (handlers, timer,
/// listeners, microtask) only points here weakly. Dropping it frees it all.
///
/// Nothing of it is borrowed while anyone else's code runs.
pub(crate) struct Driver {
    this: Weak<Driver>,
    url: String,
    core: RefCell<Core>,
    socket: RefCell<Option<(Generation, Rc<Socket>)>>,
    timer: Timer,
    listeners: RefCell<Option<LifecycleListeners>>,
    /// A microtask will drain what the app's commands produced in this turn.
    drain_scheduled: Cell<bool>,
    draining: Cell<bool>,
    requests: RefCell<BTreeMap<RequestId, oneshot::Sender<Outcome>>>,
    groups: RefCell<BTreeMap<GroupId, Rc<dyn GroupEvents>>>,
    topics: RefCell<BTreeMap<SubscriptionId, Rc<dyn TopicEvents>>>,
    streams: RefCell<BTreeMap<RequestId, Rc<dyn StreamEvents>>>,
    state: Watch<State>,
    rtt: Watch<Option<Duration>>,
}

impl Driver {
    /// A driver that has begun to connect.
    pub(crate) fn start(url: String, config: Config) -> Result<Rc<Self>, ConfigError> {
        let core = Core::new(config, Fader::new(JsonCodec::default()), seed())?;
        let driver = Rc::new_cyclic(|this: &Weak<Self>| {
            let to_driver = this.clone();
            let listeners = LifecycleListeners::new(move |change| {
                if let Some(driver) = to_driver.upgrade() {
                    driver.handle(Input::Lifecycle(change));
                }
            });
            Self {
                this: this.clone(),
                url,
                state: Watch::new(core.state().clone()),
                rtt: Watch::new(None),
                core: RefCell::new(core),
                socket: RefCell::new(None),
                timer: Timer::default(),
                listeners: RefCell::new(Some(listeners)),
                drain_scheduled: Cell::new(false),
                draining: Cell::new(false),
                requests: RefCell::default(),
                groups: RefCell::default(),
                topics: RefCell::default(),
                streams: RefCell::default(),
            }
        });
        if lifecycle::is_offline() {
            driver.handle(Input::Lifecycle(Lifecycle::Offline));
        }
        driver.handle(Input::Connect);
        Ok(driver)
    }

    /// Passes a command of the app on. What it leads to is done once at the end
    /// of this turn of the event loop, together with that of the others.
    pub(crate) fn command<T>(&self, command: impl FnOnce(&mut Core, Instant) -> T) -> T {
        let result = command(&mut self.core.borrow_mut(), clock::now());
        if !self.drain_scheduled.replace(true) {
            let driver = self.this.clone();
            spawn_local(async move {
                if let Some(driver) = driver.upgrade() {
                    driver.drain();
                }
            });
        }
        result
    }

    /// Passes on what happened outside, and does at once what it leads to: after
    /// a page is frozen nothing would run any more.
    pub(crate) fn handle(&self, input: Input<String>) {
        self.core.borrow_mut().handle(clock::now(), input);
        self.drain();
    }

    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Core, Instant) -> T) -> T {
        question(&self.core.borrow(), clock::now())
    }

    pub(crate) fn state(&self) -> &Watch<State> {
        &self.state
    }

    pub(crate) fn rtt(&self) -> &Watch<Option<Duration>> {
        &self.rtt
    }

    pub(crate) fn call(
        &self,
        target: Target,
        params: RawJson,
        delivery: Delivery,
        timeout: Option<Duration>,
    ) -> (RequestId, oneshot::Receiver<Outcome>) {
        let (sender, receiver) = oneshot::channel();
        let id = self.command(|core, now| match (target, delivery) {
            (Target::Method(name), delivery) => core.request(now, name, params, delivery, timeout),
            (Target::Topic(name), Delivery::Keyed(key)) => {
                core.publish(now, name, params, Some(key), timeout)
            }
            (Target::Topic(name), _) => core.publish(now, name, params, None, timeout),
        });
        self.requests.borrow_mut().insert(id, sender);
        (id, receiver)
    }

    /// The caller of a request is gone.
    pub(crate) fn cancel(&self, id: RequestId) {
        if self.requests.borrow_mut().remove(&id).is_some() {
            self.command(|core, now| core.cancel(now, id));
        }
    }

    pub(crate) fn watch_group(&self, id: GroupId, events: Rc<dyn GroupEvents>) {
        self.groups.borrow_mut().insert(id, events);
    }

    pub(crate) fn unwatch_group(&self, id: GroupId) {
        let events = self.groups.borrow_mut().remove(&id);
        drop(events);
    }

    pub(crate) fn watch_topic(&self, id: SubscriptionId, events: Rc<dyn TopicEvents>) {
        self.topics.borrow_mut().insert(id, events);
    }

    pub(crate) fn unwatch_topic(&self, id: SubscriptionId) {
        let events = self.topics.borrow_mut().remove(&id);
        drop(events);
    }

    pub(crate) fn watch_stream(&self, id: RequestId, events: Rc<dyn StreamEvents>) {
        self.streams.borrow_mut().insert(id, events);
    }

    /// The reader of a stream is gone.
    pub(crate) fn unwatch_stream(&self, id: RequestId) {
        let events = self.streams.borrow_mut().remove(&id);
        if events.is_some() {
            self.command(|core, now| core.cancel(now, id));
        }
    }

    fn drain(&self) {
        // Whoever drains already goes on until nothing is left.
        if self.draining.replace(true) {
            return;
        }
        self.drain_scheduled.set(false);
        while let Some(output) = self.next_output() {
            self.execute(output);
        }
        self.draining.set(false);
        self.rtt.set_if_changed(self.ask(|core, _| core.stats().rtt));
        self.keep_time();
    }

    fn next_output(&self) -> Option<Output<String, RawJson>> {
        self.core.borrow_mut().poll()
    }

    fn keep_time(&self) {
        let (now, deadline) = self.ask(|core, now| (now, core.deadline()));
        let driver = self.this.clone();
        self.timer.keep(now, deadline, move || {
            if let Some(driver) = driver.upgrade() {
                driver.timer.fired();
                driver.handle(Input::Tick);
            }
        });
    }

    fn execute(&self, output: Output<String, RawJson>) {
        match output {
            Output::Dial { generation } => self.dial(generation),
            Output::Send { generation, message } => {
                let socket = self.socket.borrow().clone();
                if let Some((_, socket)) = socket.filter(|(of, _)| *of == generation) {
                    socket.send(&message);
                }
            }
            Output::HangUp { generation, code, reason } => {
                if let Some(socket) = self.take_socket(generation) {
                    socket.close(code, &reason);
                }
            }
            Output::Event(event) => self.tell(event),
        }
    }

    fn dial(&self, generation: Generation) {
        let driver = self.this.clone();
        let subprotocols = self.ask(|core, _| core.subprotocols());
        let socket = Socket::open(&self.url, subprotocols, move |event| {
            if let Some(driver) = driver.upgrade() {
                driver.socket_event(generation, event);
            }
        });
        match socket {
            Ok(socket) => {
                let before = self.socket.replace(Some((generation, Rc::new(socket))));
                drop(before);
            }
            Err(reason) => {
                warn(&format!("the browser refused to connect: {reason}"));
                self.handle(Input::Closed { generation, code: close::ABNORMAL, reason });
            }
        }
    }

    fn socket_event(&self, generation: Generation, event: SocketEvent) {
        match event {
            SocketEvent::Opened => self.handle(Input::Opened { generation }),
            SocketEvent::Text(message) => self.handle(Input::Message { generation, message }),
            SocketEvent::Binary => {
                let reason = "a binary message in a protocol of text";
                if let Some(socket) = self.take_socket(generation) {
                    socket.close(close::BAD_MESSAGE, reason);
                }
                let reason = reason.into();
                self.handle(Input::Closed { generation, code: close::ABNORMAL, reason });
            }
            SocketEvent::Closed { code, reason } => {
                drop(self.take_socket(generation));
                self.handle(Input::Closed { generation, code, reason });
            }
        }
    }

    fn take_socket(&self, generation: Generation) -> Option<Rc<Socket>> {
        let mut socket = self.socket.borrow_mut();
        socket.take_if(|(of, _)| *of == generation).map(|(_, socket)| socket)
    }

    fn tell(&self, event: Event<RawJson>) {
        match event {
            Event::State(state) => {
                let closed = matches!(state, State::Closed(_));
                self.state.set(state);
                if closed {
                    self.closed();
                }
            }
            Event::Settled { id, outcome } => {
                let sender = self.requests.borrow_mut().remove(&id);
                if let Some(sender) = sender {
                    // The receiver may be gone; then nobody wants to know.
                    let _ = sender.send(outcome);
                }
            }
            Event::Item { stream, payload } => {
                let events = self.streams.borrow().get(&stream).cloned();
                if let Some(events) = events {
                    events.item(payload);
                }
            }
            Event::StreamEnded { stream, outcome } => {
                let events = self.streams.borrow_mut().remove(&stream);
                if let Some(events) = events {
                    events.ended(outcome);
                }
            }
            Event::Topic { subscription, update } => {
                let events = self.topics.borrow().get(&subscription).cloned();
                if let Some(events) = events {
                    events.updated(update);
                }
            }
            Event::LiveResult { group, outcome, .. } => {
                if let Some(group) = self.group(group) {
                    group.answered(outcome);
                }
            }
            Event::LivePushed { group, patch } => {
                if let Some(group) = self.group(group) {
                    group.pushed(patch);
                }
            }
            Event::LiveStatus { group } => {
                if let Some(group) = self.group(group) {
                    group.status_changed();
                }
            }
            Event::Notice(rejection) => {
                warn(&format!("the server dropped what it did not understand: {rejection}"));
            }
        }
    }

    fn group(&self, id: GroupId) -> Option<Rc<dyn GroupEvents>> {
        self.groups.borrow().get(&id).cloned()
    }

    /// Nothing that happens to the page matters any more.
    fn closed(&self) {
        drop(self.listeners.take());
        let groups: Vec<_> = self.groups.borrow().values().cloned().collect();
        groups.iter().for_each(|group| group.status_changed());
        let topics = std::mem::take(&mut *self.topics.borrow_mut());
        topics.values().for_each(|topic| topic.closed());
    }
}

impl Drop for Driver {
    /// What the app said last still leaves.
    fn drop(&mut self) {
        self.core.get_mut().handle(clock::now(), Input::Close);
        while let Some(output) = self.next_output() {
            // Nobody is left to be told.
            if matches!(output, Output::Send { .. } | Output::HangUp { .. }) {
                self.execute(output);
            }
        }
    }
}

/// Tells the developer: a program can do nothing about it.
fn warn(text: &str) {
    web_sys::console::warn_1(&format!("fader: {text}").into());
}

/// Two random numbers of 32 bits. They only spread the attempts to connect.
fn seed() -> u64 {
    let half = || (js_sys::Math::random() * f64::from(u32::MAX)) as u64;
    half() << 32 | half()
}
