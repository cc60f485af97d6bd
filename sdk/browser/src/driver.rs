use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use fader_core::{
    Cause, Delivery, Event, GroupId, JsonCodec, Patch, RawPayload, Rejection, RequestError,
    RequestId, State, Stats, SubscriptionId, TopicUpdate,
};
use futures_channel::oneshot;

use crate::call::Target;
use crate::shell::{App, Shell, warn};
use crate::watch::Watch;

/// The client of a Rust app.
pub(crate) type Driver = Shell<JsonCodec, Handles>;

/// How a request ended, before its payload is looked into.
pub(crate) type Outcome = Result<RawPayload, RequestError<RawPayload>>;

/// What the handle of a live group wants to know.
pub(crate) trait GroupEvents {
    fn answered(&self, outcome: Result<RawPayload, Rejection<RawPayload>>);
    /// Keys were changed elsewhere.
    fn pushed(&self, patch: Patch<RawPayload>);
    fn status_changed(&self);
}

/// What the handle of a subscription wants to know.
pub(crate) trait TopicEvents {
    fn updated(&self, update: TopicUpdate<RawPayload>);
    /// Nothing more comes.
    fn closed(&self);
}

/// What the handle of a stream wants to know.
pub(crate) trait StreamEvents {
    fn item(&self, item: RawPayload);
    /// Nothing more comes.
    fn ended(&self, outcome: Result<(), RequestError<RawPayload>>);
}

/// What the app holds of a client: those are told what happens.
pub(crate) struct Handles {
    requests: RefCell<BTreeMap<RequestId, oneshot::Sender<Outcome>>>,
    groups: RefCell<BTreeMap<GroupId, Rc<dyn GroupEvents>>>,
    topics: RefCell<BTreeMap<SubscriptionId, Rc<dyn TopicEvents>>>,
    streams: RefCell<BTreeMap<RequestId, Rc<dyn StreamEvents>>>,
    pub(crate) state: Watch<State>,
    pub(crate) cause: Watch<Option<Cause>>,
    pub(crate) rtt: Watch<Option<Duration>>,
}

impl Default for Handles {
    fn default() -> Self {
        Self {
            requests: RefCell::default(),
            groups: RefCell::default(),
            topics: RefCell::default(),
            streams: RefCell::default(),
            state: Watch::new(State::Idle),
            cause: Watch::new(None),
            rtt: Watch::new(None),
        }
    }
}

impl Driver {
    pub(crate) fn call(
        &self,
        target: Target,
        params: RawPayload,
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
        self.app().requests.borrow_mut().insert(id, sender);
        (id, receiver)
    }

    /// The caller of a request is gone.
    pub(crate) fn cancel(&self, id: RequestId) {
        if self.app().requests.borrow_mut().remove(&id).is_some() {
            self.command(|core, now| core.cancel(now, id));
        }
    }

    pub(crate) fn watch_group(&self, id: GroupId, events: Rc<dyn GroupEvents>) {
        self.app().groups.borrow_mut().insert(id, events);
    }

    pub(crate) fn unwatch_group(&self, id: GroupId) {
        let events = self.app().groups.borrow_mut().remove(&id);
        drop(events);
    }

    pub(crate) fn watch_topic(&self, id: SubscriptionId, events: Rc<dyn TopicEvents>) {
        self.app().topics.borrow_mut().insert(id, events);
    }

    pub(crate) fn unwatch_topic(&self, id: SubscriptionId) {
        let events = self.app().topics.borrow_mut().remove(&id);
        drop(events);
    }

    pub(crate) fn watch_stream(&self, id: RequestId, events: Rc<dyn StreamEvents>) {
        self.app().streams.borrow_mut().insert(id, events);
    }

    /// The reader of a stream is gone.
    pub(crate) fn unwatch_stream(&self, id: RequestId) {
        let events = self.app().streams.borrow_mut().remove(&id);
        if events.is_some() {
            self.command(|core, now| core.cancel(now, id));
        }
    }
}

impl Handles {
    fn group(&self, id: GroupId) -> Option<Rc<dyn GroupEvents>> {
        self.groups.borrow().get(&id).cloned()
    }

    fn closed(&self) {
        let groups: Vec<_> = self.groups.borrow().values().cloned().collect();
        groups.iter().for_each(|group| group.status_changed());
        let topics = std::mem::take(&mut *self.topics.borrow_mut());
        topics.values().for_each(|topic| topic.closed());
    }
}

impl App<RawPayload> for Handles {
    fn tell(&self, event: Event<RawPayload>) {
        match event {
            Event::State(state) => {
                let closed = matches!(state, State::Closed(_));
                self.state.set(state);
                if closed {
                    self.closed();
                }
            }
            Event::Disconnected { cause, .. } => self.cause.set(Some(cause)),
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
                let why = rejection.to_string();
                warn("the server dropped what it did not understand:", &why);
            }
        }
    }

    fn told_all(&self, stats: impl FnOnce() -> Stats) {
        self.rtt.set_if_changed(stats().rtt);
    }
}
