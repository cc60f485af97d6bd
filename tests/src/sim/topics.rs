use std::collections::{BTreeMap, BTreeSet};

use fader_core::{
    Delivery, Gap, GapReason, Position, RawJson, RequestError, RequestId, SubscriptionId,
    TopicUpdate,
};
use fader_protocol::json;

/// What must hold of topics, against what the servers really published.
#[derive(Debug, Default)]
pub(super) struct TopicCheck {
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
}

#[derive(Debug)]
struct Publishing {
    event: String,
    delivery: Delivery,
    sessions: u64,
    is_settled: bool,
}

impl TopicCheck {
    // At the servers.

    pub(super) fn server_began(&mut self, epoch: String, keeps: usize) {
        self.logs.insert(epoch.clone(), Vec::new());
        (self.present, self.keeps) = (epoch, keeps as u64);
    }

    pub(super) fn published(&mut self, position: &Position, event: &RawJson) {
        let is_new = self.published.insert(event.get().to_owned());
        assert!(is_new, "{event:?} is published twice");
        let log = self.logs.get_mut(&position.epoch).expect("the epoch of a server");
        log.push(event.get().to_owned());
        assert_eq!(log.len() as u64, position.offset, "no offset is left out");
    }

    pub(super) fn asked(&mut self) {
        self.asked += 1;
    }

    // In the page.

    pub(super) fn subscribed(
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
    pub(super) fn unsubscribed(&mut self, id: SubscriptionId) -> Option<Position> {
        self.listeners.remove(&id)?.position
    }

    pub(super) fn told(&mut self, id: SubscriptionId, update: &TopicUpdate<RawJson>) {
        if let TopicUpdate::Subscribed { .. } = update {
            self.told += 1;
            assert!(self.told <= self.asked, "nobody was asked whether the client may");
        }
        let listener = self.listeners.get_mut(&id).expect("a subscription of the app");
        listener.hear(update, &self.logs, self.keeps);
    }

    pub(super) fn publishes(
        &mut self,
        id: RequestId,
        event: &RawJson,
        delivery: Delivery,
        sessions: u64,
    ) {
        let event = event.get().to_owned();
        let publishing = Publishing { event, delivery, sessions, is_settled: false };
        self.publishings.insert(id, publishing);
    }

    /// Says whether it was the publishing of an event that was settled.
    pub(super) fn settled(
        &mut self,
        id: RequestId,
        outcome: &Result<RawJson, RequestError<RawJson>>,
        sessions: u64,
    ) -> bool {
        let Some(publishing) = self.publishings.get_mut(&id) else { return false };
        assert!(!publishing.is_settled, "{id:?} settles twice");
        publishing.is_settled = true;
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
                assert_ne!(publishing.delivery, Delivery::Volatile);
            }
            Err(RequestError::TimedOut | RequestError::Cancelled) => {}
            Err(RequestError::Closed) => unreachable!("nobody closed the client"),
        }
        true
    }

    // In the end.

    /// What is not as it should be, though everything has been well for long.
    /// `session` is the client's.
    pub(super) fn unsettled(&self, session: Option<&str>) -> Option<String> {
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
    fn hear(
        &mut self,
        update: &TopicUpdate<RawJson>,
        logs: &BTreeMap<String, Vec<String>>,
        keeps: u64,
    ) {
        if self.missing.is_some() {
            assert!(matches!(update, TopicUpdate::Gap(_)), "nothing is announced: {update:?}");
        }
        match update {
            TopicUpdate::Subscribed { position, recovered } => self.begin(position, *recovered),
            TopicUpdate::Event { offset, payload } => {
                let at = self.position.as_mut().expect("subscribed before");
                assert_eq!(*offset, at.offset + 1, "twice, or missing without a word");
                at.offset = *offset;
                let event = usize::try_from(*offset).ok().and_then(|n| logs[&at.epoch].get(n - 1));
                assert_eq!(event.map(String::as_str), Some(payload.get()), "another event");
            }
            TopicUpdate::Gap(gap) => self.skip(gap, logs, keeps),
            TopicUpdate::Joined { member, .. } => {
                assert!(self.members.insert(member.clone()), "{member} joins twice");
            }
            TopicUpdate::Changed { member, .. } => assert!(self.members.contains(member)),
            TopicUpdate::Left { member } => assert!(self.members.remove(member)),
            TopicUpdate::Ended { .. } => unreachable!("the app unsubscribes then"),
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

    /// Nothing is missing without need.
    fn skip(&mut self, gap: &Gap, logs: &BTreeMap<String, Vec<String>>, keeps: u64) {
        let at = self.position.as_mut().expect("subscribed before");
        assert_eq!(gap.from, at.offset + 1);
        match (self.missing.take(), &gap.reason) {
            (Some(to), GapReason::NewEpoch | GapReason::NotKept) => assert_eq!(gap.to, to),
            (None, GapReason::TooSlow) => {}
            other => unreachable!("{other:?} for {gap:?}"),
        }
        let is_kept = gap.to + keeps > logs[&at.epoch].len() as u64;
        assert!(gap.to == at.offset || !is_kept, "{gap:?} is kept");
        at.offset = gap.to;
    }
}
