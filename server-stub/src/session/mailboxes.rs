use std::collections::{BTreeMap, VecDeque};

use fader_protocol::{Instant, LiveAck, LivePatch, RawJson, Rejection, code};

use super::Config;
use super::job::{Job, JobId, Kind, Outcome, Work};
use super::mailbox::{Action, Mailbox};
use super::stats::Stats;

/// The live groups of one client. Nothing in here knows of a connection.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    groups: BTreeMap<u64, Group>,
    /// The group of each job, or nothing if it was closed.
    jobs: BTreeMap<u64, Option<u64>>,
    last_job: u64,
    stats: Stats,
    outputs: VecDeque<LiveOutput>,
}

#[derive(Debug)]
struct Group {
    mailbox: Mailbox,
    job: Option<u64>,
}

/// What the mailboxes want done.
#[derive(Debug)]
pub(super) enum LiveOutput {
    Run(Job),
    Cancel(JobId),
    Ack(LiveAck<RawJson>),
}

impl Mailboxes {
    pub(super) fn poll(&mut self) -> Option<LiveOutput> {
        self.outputs.pop_front()
    }

    pub(super) fn stats(&self) -> Stats {
        self.stats
    }

    /// Whether a commit runs or waits in any group.
    pub(super) fn is_committing(&self) -> bool {
        self.groups.values().any(|group| group.mailbox.is_committing())
    }

    /// A patch arrived for a group whose name is registered or not.
    pub(super) fn patch(
        &mut self,
        now: Instant,
        live: LivePatch<RawJson>,
        registered: bool,
        config: &Config,
    ) {
        let id = live.group;
        if !self.groups.contains_key(&id) {
            if !registered {
                let why = format!("no live group is named {:?}", live.name);
                return self.refuse(&live, code::UNKNOWN_GROUP, why);
            }
            let closing = self.jobs.values().filter(|group| group.is_none()).count();
            if self.groups.len() + closing >= config.groups {
                let why = format!("at most {} live groups may be open at once", config.groups);
                return self.refuse(&live, code::TOO_MANY, why);
            }
        }
        let group = self.groups.entry(id).or_insert_with(|| Group {
            mailbox: Mailbox::new(id, live.name.clone(), config.accepts.message_bytes),
            job: None,
        });
        if group.mailbox.name() != live.name {
            let why = format!("live group {id} is named {:?}", group.mailbox.name());
            return self.refuse(&live, code::BAD_FRAME, why);
        }
        group.mailbox.patch(now, live, &mut self.stats);
        self.carry_out(id);
    }

    /// The client closed a group.
    pub(super) fn close(&mut self, id: u64) {
        let Some(group) = self.groups.remove(&id) else { return };
        if let Some(job) = group.job {
            self.jobs.insert(job, None);
            self.outputs.push_back(LiveOutput::Cancel(JobId(Kind::Live(job))));
        }
    }

    /// A job ended.
    pub(super) fn finished(&mut self, now: Instant, job: u64, outcome: Outcome) {
        let Some(Some(id)) = self.jobs.remove(&job) else { return };
        let Some(group) = self.groups.get_mut(&id) else { return };
        group.job = None;
        group.mailbox.finished(now, outcome, &mut self.stats);
        self.carry_out(id);
    }

    /// Gives all groups up.
    pub(super) fn abandon(&mut self) {
        while let Some((&id, _)) = self.groups.first_key_value() {
            self.close(id);
        }
        self.jobs.clear();
    }

    fn carry_out(&mut self, id: u64) {
        let Some(group) = self.groups.get_mut(&id) else { return };
        while let Some(action) = group.mailbox.poll() {
            self.outputs.extend(match action {
                Action::Run { model, phase } => {
                    self.last_job += 1;
                    group.job = Some(self.last_job);
                    self.jobs.insert(self.last_job, Some(id));
                    let name = group.mailbox.name().into();
                    let work = Work::Live { name, model, phase };
                    Some(LiveOutput::Run(Job { id: JobId(Kind::Live(self.last_job)), work }))
                }
                Action::Cancel => group.job.map(|job| LiveOutput::Cancel(JobId(Kind::Live(job)))),
                Action::Ack(ack) => Some(LiveOutput::Ack(ack)),
            });
        }
    }

    fn refuse(&mut self, live: &LivePatch<RawJson>, code: &str, why: String) {
        self.outputs.push_back(LiveOutput::Ack(LiveAck {
            group: live.group,
            epoch: live.epoch,
            seq: live.seq,
            wait_us: 0,
            service_us: 0,
            outcome: Err(Rejection::new(code, why)),
        }));
    }
}
