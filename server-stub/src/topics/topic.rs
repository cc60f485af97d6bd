use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fader_protocol::{Payload, Position, RawPayload};

use super::TopicConfig;
use super::log::Log;
use super::roster::Roster;
use crate::wake::{Source, Wake};

/// What an event takes beside its payload, about.
pub(super) const ENVELOPE: usize = 64;

/// One topic: its newest events, who is here, and whom to wake. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Topic(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    name: &'static str,
    epoch: String,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) events: Log<RawPayload>,
    pub(super) roster: Roster,
    subscribers: BTreeMap<u64, Subscriber>,
    last_subscriber: u64,
}

#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) wake: Wake,
    pub(super) source: Source,
    /// Whether to be woken when somebody comes or leaves.
    pub(super) presence: bool,
}

impl Topic {
    pub(super) fn new(name: &'static str, epoch: String, config: &TopicConfig) -> Self {
        let state = State {
            events: Log::new(config.events, config.bytes),
            roster: Roster::new(config.members),
            subscribers: BTreeMap::new(),
            last_subscriber: 0,
        };
        Self(Arc::new(Shared { name, epoch, state: Mutex::new(state) }))
    }

    pub(crate) fn name(&self) -> &'static str {
        self.0.name
    }

    pub(super) fn epoch(&self) -> &str {
        &self.0.epoch
    }

    pub(super) fn publish(&self, event: RawPayload) -> Position {
        let mut state = self.lock();
        let size = ENVELOPE + event.size();
        let offset = state.events.push(event, size);
        for subscriber in state.subscribers.values() {
            subscriber.wake.mark(subscriber.source);
        }
        Position { epoch: self.0.epoch.clone(), offset }
    }

    pub(super) fn subscriptions(&self) -> usize {
        self.lock().subscribers.len()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds somebody to be woken, and gives what to name them by.
    pub(super) fn add(&mut self, subscriber: Subscriber) -> u64 {
        self.last_subscriber += 1;
        self.subscribers.insert(self.last_subscriber, subscriber);
        self.last_subscriber
    }

    pub(super) fn remove(&mut self, subscriber: u64) {
        self.subscribers.remove(&subscriber);
    }

    /// Wakes those who want to know who is here.
    fn wake_for_presence(&self) {
        for subscriber in self.subscribers.values().filter(|subscriber| subscriber.presence) {
            subscriber.wake.mark(subscriber.source);
        }
    }
}

/// In short: what is kept may be a lot.
impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State")
            .field("newest", &self.events.newest())
            .field("subscribers", &self.subscribers.len())
            .field("members", &self.roster.members().len())
            .field("changes", &self.roster.changes().newest())
            .finish()
    }
}

/// A session that is here, until this is dropped.
#[derive(Debug)]
pub(crate) struct Member {
    topic: Topic,
    session: String,
}

impl Member {
    pub(crate) fn new(topic: Topic, session: String) -> Self {
        Self { topic, session }
    }

    /// What the others are told of it from now on, if there is room for it.
    pub(crate) fn tell(&self, info: RawPayload) {
        let mut state = self.topic.lock();
        if state.roster.join(&self.session, info) {
            state.wake_for_presence();
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.topic.lock();
        if state.roster.leave(&self.session) {
            state.wake_for_presence();
        }
    }
}
