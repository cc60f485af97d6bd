use std::collections::BTreeMap;
use std::time::Duration;

use fader_protocol::{Instant, RawPayload, Rejection, ServerFrame, SubscribeOptions, code};

use super::budget::Budget;
use super::job::{Job, JobId, Kind, Outcome, Work};
use super::outgoing::Outgoing;
use super::state::Common;
use crate::topics::{Member, Subscription, Topic};
use crate::wake::{Source, Wake};

/// What a subscription takes in memory, or what was asked for one, in bytes, with the
/// membership of its topic.
pub(super) const SUBSCRIPTION: usize = 1024;

/// What a client has subscribed to. Subscriptions last as long as the connection;
/// that the session is a member of their topics, a little longer.
#[derive(Debug)]
pub(super) struct Subscriptions {
    session: String,
    wake: Wake,
    entries: BTreeMap<u64, Entry>,
    /// The handlers at work that are asked whether the client may subscribe, and
    /// the subscription, unless that is not wanted any more.
    asked: BTreeMap<u64, Option<u64>>,
    last_job: u64,
    memberships: BTreeMap<&'static str, Membership>,
}

#[derive(Debug)]
enum Entry {
    Asking { job: u64, topic: Topic, options: SubscribeOptions },
    Open(Subscription),
}

#[derive(Debug)]
struct Membership {
    member: Member,
    subscriptions: usize,
    /// When it ends, if there is no connection.
    until: Option<Instant>,
}

impl Subscriptions {
    pub(super) fn new(session: String, wake: Wake) -> Self {
        Self {
            session,
            wake,
            entries: BTreeMap::new(),
            asked: BTreeMap::new(),
            last_job: 0,
            memberships: BTreeMap::new(),
        }
    }

    /// The client wants to subscribe: whom to ask, or what to tell it.
    pub(super) fn subscribe(
        &mut self,
        id: u64,
        topic: &str,
        options: SubscribeOptions,
        common: &Common,
    ) -> Result<Job, Box<ServerFrame<RawPayload>>> {
        if self.entries.contains_key(&id) {
            let why = format!("there is a subscription {id}");
            return Err(Box::new(ServerFrame::Notice(Rejection::new(code::DUPLICATE_ID, why))));
        }
        let refuse = |code, why: String| {
            let rejection = Rejection::new(code, why);
            Err(Box::new(ServerFrame::Unsubscribed { id, rejection }))
        };
        let Some(topic) = common.topics.find(topic).cloned() else {
            return refuse(code::UNKNOWN_TOPIC, format!("no topic is named {topic:?}"));
        };
        let limit = common.config.subscriptions;
        // A handler that has not ended counts, whether its answer is wanted or not.
        let unwanted = self.asked.values().filter(|id| id.is_none()).count();
        if self.entries.len() + unwanted >= limit {
            return refuse(code::TOO_MANY, format!("at most {limit} subscriptions are allowed"));
        }
        self.last_job += 1;
        let job = self.last_job;
        let work = Work::Subscribe { topic: topic.name().into() };
        self.asked.insert(job, Some(id));
        self.entries.insert(id, Entry::Asking { job, topic, options });
        Ok(Job { id: JobId(Kind::Subscribe(job)), work })
    }

    /// The client wants no more of it: the job to stop, if there is one.
    pub(super) fn unsubscribe(&mut self, id: u64) -> Option<JobId> {
        match self.entries.remove(&id)? {
            Entry::Asking { job, .. } => {
                self.asked.insert(job, None);
                Some(JobId(Kind::Subscribe(job)))
            }
            Entry::Open(subscription) => {
                self.leave(subscription.topic().name());
                None
            }
        }
    }

    /// A handler has said whether the client may subscribe, and what to tell of it
    /// as a member: what to tell the client.
    pub(super) fn finish(&mut self, job: u64, outcome: Outcome) -> Option<ServerFrame<RawPayload>> {
        let id = self.asked.remove(&job)??;
        let Some(Entry::Asking { topic, options, .. }) = self.entries.remove(&id) else {
            return None;
        };
        match outcome {
            Ok(info) => {
                self.join(&topic, info);
                let wake = self.wake.clone();
                let (subscription, start) = Subscription::new(id, topic, &options, wake);
                self.entries.insert(id, Entry::Open(subscription));
                Some(ServerFrame::Subscribed { id, start })
            }
            Err(rejection) => {
                self.memberships.retain(|name, membership| {
                    *name != topic.name() || membership.subscriptions > 0
                });
                Some(ServerFrame::Unsubscribed { id, rejection })
            }
        }
    }

    /// Sends what a subscription has not read, as much as the budget allows.
    pub(super) fn read(&mut self, id: u64, budget: &mut Budget, outgoing: &mut Outgoing) {
        if let Some(Entry::Open(subscription)) = self.entries.get_mut(&id)
            && subscription.read(budget, |frame| outgoing.send(frame))
        {
            self.wake.mark(Source::Subscription(id));
        }
    }

    /// The client may not have this topic any more: the subscriptions that end, and the
    /// jobs to stop. Nor is the session a member any longer, if its connection is gone.
    pub(super) fn end_of(&mut self, topic: &str) -> (Vec<u64>, Vec<JobId>) {
        let entries = self.entries.iter();
        let is_of = |entry: &Entry| match entry {
            Entry::Asking { topic: of, .. } => of.name() == topic,
            Entry::Open(subscription) => subscription.topic().name() == topic,
        };
        let ended: Vec<_> = entries.filter(|(_, entry)| is_of(entry)).map(|(id, _)| *id).collect();
        let stopped = ended.iter().filter_map(|id| self.unsubscribe(*id)).collect();
        self.memberships.remove(topic);
        (ended, stopped)
    }

    /// The connection is gone, and all subscriptions with it: the jobs to stop. The
    /// session stays a member for so long.
    pub(super) fn disconnect(&mut self, now: Instant, stay: Duration) -> Vec<JobId> {
        for membership in self.memberships.values_mut() {
            membership.subscriptions = 0;
            membership.until.get_or_insert(now + stay);
        }
        self.entries.clear();
        let asked = self.asked.iter_mut();
        asked.filter_map(|(job, id)| id.take().map(|_| JobId(Kind::Subscribe(*job)))).collect()
    }

    /// The session is over: the jobs to stop.
    pub(super) fn end(&mut self) -> Vec<JobId> {
        let stopped = self.disconnect(Instant::ZERO, Duration::ZERO);
        self.memberships.clear();
        stopped
    }

    /// How much memory they take, in bytes.
    pub(super) fn cost(&self) -> usize {
        (self.entries.len() + self.asked.len()) * SUBSCRIPTION
    }

    /// When to [`tick`](Self::tick) at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.memberships.values().filter_map(|membership| membership.until).min()
    }

    /// Ends the memberships whose time has come.
    pub(super) fn tick(&mut self, now: Instant) {
        self.memberships.retain(|_, membership| membership.until.is_none_or(|until| until > now));
    }

    fn join(&mut self, topic: &Topic, info: RawPayload) {
        let membership = self.memberships.entry(topic.name()).or_insert_with(|| Membership {
            member: Member::new(topic.clone(), self.session.clone()),
            subscriptions: 0,
            until: None,
        });
        membership.subscriptions += 1;
        membership.until = None;
        membership.member.tell(info);
    }

    fn leave(&mut self, topic: &'static str) {
        if let Some(membership) = self.memberships.get_mut(topic) {
            membership.subscriptions -= 1;
            if membership.subscriptions == 0 {
                self.memberships.remove(topic);
            }
        }
    }
}
