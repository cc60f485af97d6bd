use std::collections::{BTreeMap, BTreeSet};

use fader_core::{
    Delivery, Gap, GapReason, Instant, Position, RawPayload, RequestError, RequestId,
    SubscriptionId, TopicUpdate,
};
use fader_protocol::json;
use fader_server::session::WindowConfig;

use super::shown;

/// What must hold for topics, against what the servers really published.
#[derive(Debug, Default)]
pub(in crate::sim) struct Topics {
    /// All events of each epoch.
    logs: BTreeMap<String, Vec<String>>,
    /// All events that were ever published.
    published: BTreeSet<String>,
    /// The epoch of the newest server.
    present: String,
    /// How many of the newest events a server keeps.
    keeps: u64,
    listeners: BTreeMap<SubscriptionId, Listener>,
    publishings: BTreeMap<RequestId, Publishing>,
    /// How often a server was asked whether the client may subscribe.
    asked: u32,
    /// How often the client was told that it may.
    told: u32,
    /// How often a server forgot the idempotency keys.
    windows_lost: u32,
    /// The server remembers few outcomes, and forgets them long before their time.
    pub(in crate::sim) forgets_early: bool,
    /// The app has closed the client.
    pub(super) is_closed: bool,
    /// The server lies: what it says is not the log, but in order all the same.
    pub(super) is_lied_to: bool,
}

/// An app that listens to one subscription.
#[derive(Debug, Default)]
struct Listener {
    /// Up to here everything was heard, or announced as missing.
    position: Option<Position>,
    /// The same for each epoch that there was.
    reached: BTreeMap<String, u64>,
    /// Something is missing up to here, and must be announced next.
    missing: Option<u64>,
    presence: bool,
    members: BTreeSet<String>,
    /// The server has accepted it over the present connection.
    is_subscribed: bool,
}

#[derive(Debug)]
struct Publishing {
    event: String,
    delivery: Delivery,
    made: Instant,
    sessions: u64,
    is_settled: bool,
}

impl Topics {
    // At the servers.

    pub(in crate::sim) fn server_began(&mut self, epoch: String, keeps: usize) {
        self.logs.insert(epoch.clone(), Vec::new());
        (self.present, self.keeps) = (epoch, keeps as u64);
    }

    pub(in crate::sim) fn published(&mut self, position: &Position, event: &RawPayload) {
        let is_new = self.published.insert(shown(event));
        // A server that lies may make a client publish again.
        assert!(is_new || self.is_lied_to, "{event:?} is published twice");
        let log = self.logs.get_mut(&position.epoch).expect("the epoch of a server");
        log.push(shown(event));
        assert_eq!(log.len() as u64, position.offset, "no offset is left out");
    }

    /// The idempotency keys are known no more.
    pub(super) fn window_lost(&mut self) {
        self.windows_lost += 1;
    }

    pub(super) fn asked(&mut self) {
        self.asked += 1;
    }

    // In the page.

    pub(in crate::sim) fn subscribed(
        &mut self,
        id: SubscriptionId,
        since: Option<Position>,
        presence: bool,
    ) {
        let reached = since.iter().map(|at| (at.epoch.clone(), at.offset)).collect();
        let listener = Listener { position: since, reached, presence, ..Listener::default() };
        self.listeners.insert(id, listener);
    }

    /// The app is done. Gives what it has heard up to.
    pub(in crate::sim) fn unsubscribed(&mut self, id: SubscriptionId) -> Option<Position> {
        self.listeners.remove(&id)?.position
    }

    pub(in crate::sim) fn told(&mut self, id: SubscriptionId, update: &TopicUpdate<RawPayload>) {
        if let TopicUpdate::Subscribed { .. } = update {
            self.told += 1;
            assert!(
                self.told <= self.asked || self.is_lied_to,
                "nobody was asked whether the client may"
            );
        }
        let listener = self.listeners.get_mut(&id).expect("a subscription of the app");
        listener.hear(update);
        if !self.is_lied_to {
            listener.compare(update, &self.logs, self.keeps);
        }
    }

    pub(in crate::sim) fn publishes(
        &mut self,
        now: Instant,
        id: RequestId,
        event: &RawPayload,
        delivery: Delivery,
        sessions: u64,
    ) {
        let event = shown(event);
        let publishing = Publishing { event, delivery, made: now, sessions, is_settled: false };
        self.publishings.insert(id, publishing);
    }

    /// Says whether it was the publishing of an event that was settled.
    pub(in crate::sim) fn settled(
        &mut self,
        now: Instant,
        id: RequestId,
        outcome: &Result<RawPayload, RequestError<RawPayload>>,
        sessions: u64,
    ) -> bool {
        let Some(publishing) = self.publishings.get_mut(&id) else { return false };
        assert!(!publishing.is_settled, "{id:?} settles twice");
        publishing.is_settled = true;
        if self.is_lied_to {
            return true;
        }
        let is_published = self.published.contains(&publishing.event);
        match outcome {
            Ok(position) => {
                let Position { epoch, offset } = json::from_raw(position).expect("a position");
                let event = usize::try_from(offset).ok().and_then(|n| self.logs[&epoch].get(n - 1));
                assert_eq!(event, Some(&publishing.event), "another event than was published");
            }
            Err(RequestError::Rejected(rejection)) => {
                assert!(!is_published, "{rejection}");
            }
            Err(RequestError::NotSent(reason)) => assert!(!is_published, "was sent: {reason}"),
            Err(RequestError::Unknown) => {
                assert!(sessions > publishing.sessions.max(1), "the session goes on");
                let keep = WindowConfig::default().keep;
                let is_forgotten =
                    self.windows_lost > 0 || self.forgets_early || now - publishing.made > keep / 2;
                assert!(publishing.delivery == Delivery::Once || is_forgotten, "it is remembered");
            }
            Err(RequestError::TimedOut(_) | RequestError::Cancelled) => {}
            Err(RequestError::Closed) => assert!(self.is_closed, "nobody closed the client"),
        }
        true
    }

    /// How many events are not settled.
    pub(super) fn unpublished(&self) -> usize {
        self.publishings.values().filter(|publishing| !publishing.is_settled).count()
    }

    pub(super) fn subscriptions(&self) -> usize {
        self.listeners.len()
    }

    /// There is another connection, or none, if only for a moment; or never one again.
    pub(in crate::sim) fn disconnected(&mut self, for_ever: bool) {
        self.listeners.retain(|_, _| !for_ever);
        self.listeners.values_mut().for_each(|listener| listener.is_subscribed = false);
    }

    /// What the client says of its subscriptions is what it told.
    pub(in crate::sim) fn compare<'a, M: Iterator<Item = &'a str>>(
        &self,
        known: impl Fn(SubscriptionId) -> (bool, M),
    ) {
        for (id, listener) in &self.listeners {
            let (is_subscribed, members) = known(*id);
            assert_eq!(is_subscribed, listener.is_subscribed, "{id:?}");
            assert!(members.eq(&listener.members), "other members than were told of {id:?}");
        }
    }

    /// The app closes the client: nothing more is told.
    pub(super) fn closes(&mut self) {
        self.is_closed = true;
        self.listeners.clear();
    }

    // In the end.

    /// What is not as it should be, though everything has been well for long.
    /// `session` is the client's.
    pub(in crate::sim) fn unsettled(&self, session: Option<&str>) -> Option<String> {
        if let Some((id, _)) = self.publishings.iter().find(|(_, found)| !found.is_settled) {
            return Some(format!("{id:?} never settled"));
        }
        let offset = self.logs.get(&self.present).map_or(0, Vec::len) as u64;
        let newest = Position { epoch: self.present.clone(), offset };
        let here: BTreeSet<_> = session.into_iter().map(str::to_owned).collect();
        let is_well = |listener: &Listener| {
            listener.position.as_ref() == Some(&newest)
                && listener.missing.is_none()
                && (!listener.presence || listener.members == here)
        };
        let (id, listener) = self.listeners.iter().find(|(_, listener)| !is_well(listener))?;
        Some(format!("{id:?} has not heard everything up to {newest:?} of {here:?}: {listener:?}"))
    }
}

impl Listener {
    /// Checks what holds whatever a server says.
    fn hear(&mut self, update: &TopicUpdate<RawPayload>) {
        if self.missing.is_some() {
            assert!(matches!(update, TopicUpdate::Gap(_)), "nothing is announced: {update:?}");
        }
        match update {
            TopicUpdate::Subscribed { position, recovered } => {
                self.is_subscribed = true;
                self.begin(position, *recovered);
            }
            TopicUpdate::Event { offset, .. } => {
                let at = self.position.as_mut().expect("subscribed before");
                assert_eq!(*offset, at.offset + 1, "twice, or missing without a word");
                at.offset = *offset;
            }
            TopicUpdate::Gap(gap) => {
                let at = self.position.as_mut().expect("subscribed before");
                assert_eq!(gap.from, at.offset + 1);
                assert!(gap.to >= at.offset && self.missing.take().is_none_or(|to| to == gap.to));
                at.offset = gap.to;
            }
            TopicUpdate::Joined { member, .. } => {
                assert!(self.members.insert(member.clone()), "{member} joins twice");
            }
            TopicUpdate::Changed { member, .. } => assert!(self.members.contains(member)),
            TopicUpdate::Left { member } => assert!(self.members.remove(member)),
            TopicUpdate::Ended { .. } => unreachable!("the app is done then"),
        }
        if let Some(Position { epoch, offset }) = &self.position {
            let reached = self.reached.entry(epoch.clone()).or_default();
            assert!(*reached <= *offset, "back in {epoch}");
            *reached = *offset;
        }
    }

    fn begin(&mut self, position: &Position, recovered: bool) {
        let Some(before) = self.position.clone() else {
            self.position = Some(position.clone());
            return;
        };
        if before == *position {
            return;
        }
        assert!(!recovered, "from {before:?} to {position:?}");
        self.missing = Some(position.offset);
        let offset = self.reached.get(&position.epoch).copied().unwrap_or(0);
        self.position = Some(Position { epoch: position.epoch.clone(), offset });
    }

    /// Checks what an honest server says, after it was heard.
    fn compare(
        &self,
        update: &TopicUpdate<RawPayload>,
        logs: &BTreeMap<String, Vec<String>>,
        keeps: u64,
    ) {
        let Some(log) = self.position.as_ref().map(|at| &logs[&at.epoch]) else { return };
        match update {
            TopicUpdate::Event { offset, payload } => {
                let event = usize::try_from(*offset).ok().and_then(|n| log.get(n - 1));
                assert_eq!(event, Some(&shown(payload)), "another event");
            }
            TopicUpdate::Gap(Gap { from, to, reason }) => {
                let is_known =
                    [GapReason::NewEpoch, GapReason::NotKept, GapReason::TooSlow].contains(reason);
                assert!(is_known, "{update:?}");
                let is_kept = to + keeps > log.len() as u64;
                assert!(to < from || !is_kept, "{update:?}, though it is kept");
            }
            _ => {}
        }
    }
}
