use fader_protocol::{Payload, RawPayload, ServerFrame, SubscribeOptions, Subscribed};

use super::roster::Change;
use super::topic::{ENVELOPE, State, Subscriber, Topic};
use crate::session::Budget;
use crate::wake::{Source, Wake};

/// What a gap says: the client did not read fast enough.
const TOO_SLOW: &str = "too-slow";

/// One reader of a topic, until this is dropped. Nothing waits for it but its place
/// in what the topic keeps.
#[derive(Debug)]
pub(crate) struct Subscription {
    id: u64,
    topic: Topic,
    subscriber: u64,
    wake: Wake,
    /// The last event that was read.
    offset: u64,
    /// The last change of who is here that was read; nothing until everybody was told.
    change: Option<u64>,
    presence: bool,
}

impl Subscription {
    /// Begins to read where the subscriber wants to, or as near to that as can be.
    pub(crate) fn new(
        id: u64,
        topic: Topic,
        options: &SubscribeOptions,
        wake: Wake,
    ) -> (Self, Subscribed) {
        let source = Source::Subscription(id);
        let mut state = topic.lock();
        let (offset, recovered) = start(&topic, &state, options);
        let presence = options.presence;
        let subscriber = state.add(Subscriber { wake: wake.clone(), source, presence });
        drop(state);
        wake.mark(source);
        let start = Subscribed { epoch: topic.epoch().into(), offset, recovered };
        (Self { id, topic, subscriber, wake, offset, change: None, presence }, start)
    }

    pub(crate) fn topic(&self) -> &Topic {
        &self.topic
    }

    /// Reads what is new, as much as the budget allows. Says whether there is more.
    pub(crate) fn read(
        &mut self,
        budget: &mut Budget,
        mut send: impl FnMut(ServerFrame<RawPayload>),
    ) -> bool {
        let topic = self.topic.clone();
        let state = topic.lock();
        if self.presence {
            self.read_presence(&state, budget, &mut send);
        }
        self.read_events(&state, budget, &mut send);
        self.offset < state.events.newest()
            || (self.presence && self.change != Some(state.roster.changes().newest()))
    }

    fn read_presence(
        &mut self,
        state: &State,
        budget: &mut Budget,
        send: &mut impl FnMut(ServerFrame<RawPayload>),
    ) {
        let changes = state.roster.changes();
        let Some(read) = self.change.filter(|read| *read >= changes.lost()) else {
            self.change = Some(changes.newest());
            return self.tell_everybody(state, budget, send);
        };
        let id = self.id;
        for (number, change) in changes.after(read) {
            if !budget.has_left() {
                return;
            }
            self.change = Some(number);
            let (size, frame) = match change.clone() {
                Change::Joined(member, info) => {
                    (info.size(), ServerFrame::Joined { id, member, info })
                }
                Change::Left(member) => (0, ServerFrame::Left { id, member }),
            };
            budget.spend(1, ENVELOPE + size);
            send(frame);
        }
    }

    /// All of it at once, so that no change comes between.
    fn tell_everybody(
        &self,
        state: &State,
        budget: &mut Budget,
        send: &mut impl FnMut(ServerFrame<RawPayload>),
    ) {
        let (id, members) = (self.id, state.roster.members());
        send(ServerFrame::Present { id, count: members.len() as u64 });
        budget.spend(1, ENVELOPE);
        for (member, info) in members {
            budget.spend(1, ENVELOPE + info.size());
            send(ServerFrame::Joined { id, member: member.into(), info: info.clone() });
        }
    }

    fn read_events(
        &mut self,
        state: &State,
        budget: &mut Budget,
        send: &mut impl FnMut(ServerFrame<RawPayload>),
    ) {
        if !budget.has_left() {
            return;
        }
        let (id, lost) = (self.id, state.events.lost());
        if self.offset < lost {
            self.offset = lost;
            send(ServerFrame::Gap { id, to: lost, reason: TOO_SLOW.into() });
            budget.spend(1, ENVELOPE);
        }
        for (offset, event) in state.events.after(self.offset) {
            if !budget.has_left() {
                return;
            }
            self.offset = offset;
            budget.spend(1, ENVELOPE + event.size());
            send(ServerFrame::Event { id, offset, payload: event.clone() });
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.topic.lock().remove(self.subscriber);
        self.wake.forget(Source::Subscription(self.id));
    }
}

/// After which event to begin, and whether that is all that the subscriber asked for.
fn start(topic: &Topic, state: &State, options: &SubscribeOptions) -> (u64, bool) {
    let (newest, lost) = (state.events.newest(), state.events.lost());
    match &options.since {
        Some(since) if since.epoch == topic.epoch() && (lost..=newest).contains(&since.offset) => {
            (since.offset, true)
        }
        // Of what is kept of it, or of another sequence, the client has had nothing.
        Some(_) => (lost, false),
        None if options.last => (newest.saturating_sub(1), false),
        None => (newest, false),
    }
}
