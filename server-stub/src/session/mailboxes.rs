use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fader_protocol::{
    Instant, LiveAck, LivePatch, Patch, RawPayload, Rejection, ServerFrame, code,
};

use super::Config;
use super::io::Push;
use super::job::{Job, JobId, Kind, Outcome, Work};
use super::mailbox::{Action, Mailbox};
use super::stats::Stats;

/// What a live group takes in memory beside its models, in bytes.
pub(super) const GROUP: usize = 2 * 1024;

/// The live groups of one client. Nothing in here knows of a connection.
#[derive(Debug)]
pub(super) struct Mailboxes {
    /// How many bytes of memory each group may always take.
    share: usize,
    /// How many they may take beyond that, together.
    pool: usize,
    /// The mailbox of each group that is open.
    open: BTreeMap<u64, u64>,
    /// All mailboxes, those of closed groups until their last job has ended.
    mailboxes: BTreeMap<u64, Slot>,
    /// The mailbox of each job.
    jobs: BTreeMap<u64, u64>,
    /// The names of those that were opened since the last look.
    opened: BTreeSet<String>,
    last_mailbox: u64,
    last_job: u64,
    stats: Stats,
    outputs: VecDeque<LiveOutput>,
}

#[derive(Debug)]
struct Slot {
    mailbox: Mailbox,
    job: Option<u64>,
}

/// What the mailboxes want done.
#[derive(Debug)]
pub(super) enum LiveOutput {
    Run(Job),
    Cancel(JobId),
    Send(ServerFrame<RawPayload>),
    Push(Push),
}

impl Mailboxes {
    pub(super) fn new(config: &Config) -> Self {
        let pool = config.live_bytes / 2;
        Self {
            share: pool / config.groups.max(1),
            pool,
            open: BTreeMap::new(),
            mailboxes: BTreeMap::new(),
            jobs: BTreeMap::new(),
            opened: BTreeSet::new(),
            last_mailbox: 0,
            last_job: 0,
            stats: Stats::default(),
            outputs: VecDeque::new(),
        }
    }

    pub(super) fn poll(&mut self) -> Option<LiveOutput> {
        self.outputs.pop_front()
    }

    /// The next name of a group that was opened.
    pub(super) fn poll_opened(&mut self) -> Option<String> {
        self.opened.pop_first()
    }

    pub(super) fn stats(&self) -> Stats {
        self.stats
    }

    /// How much memory they take, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.mailboxes.values().map(|slot| GROUP + slot.mailbox.cost()).sum()
    }

    /// Whether a commit runs or waits in any group.
    pub(super) fn is_committing(&self) -> bool {
        self.mailboxes.values().any(|slot| slot.mailbox.is_committing())
    }

    /// When to come back at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.mailboxes.values().filter_map(|slot| slot.mailbox.deadline()).min()
    }

    /// Time passed.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        let keys: Vec<_> = self.mailboxes.keys().copied().collect();
        for key in keys {
            if let Some(slot) = self.mailboxes.get_mut(&key) {
                slot.mailbox.tick(now, &mut self.stats);
                self.carry_out(key);
            }
        }
    }

    /// A patch arrived for a group whose name is registered or not.
    pub(super) fn patch(
        &mut self,
        now: Instant,
        live: LivePatch<RawPayload>,
        registered: bool,
        config: &Config,
    ) {
        let key = match self.open.get(&live.group) {
            Some(key) => *key,
            None if !registered => {
                let why = format!("no live group is named {:?}", live.name);
                return self.refuse(&live, code::UNKNOWN_GROUP, why);
            }
            None if self.mailboxes.len() >= config.groups => {
                let why = format!("at most {} live groups may be open at once", config.groups);
                return self.refuse(&live, code::TOO_MANY, why);
            }
            None => self.add(live.group, live.name.clone(), config),
        };
        self.make_room(key);
        let Some(slot) = self.mailboxes.get_mut(&key) else { return };
        if slot.mailbox.name() != live.name {
            let why = format!("live group {} is named {:?}", live.group, slot.mailbox.name());
            return self.refuse(&live, code::BAD_FRAME, why);
        }
        slot.mailbox.patch(now, live, &mut self.stats);
        self.carry_out(key);
    }

    /// The client closed a group.
    pub(super) fn close(&mut self, group: u64) {
        let Some(key) = self.open.remove(&group) else { return };
        if let Some(slot) = self.mailboxes.get_mut(&key) {
            slot.mailbox.close(&mut self.stats);
            self.carry_out(key);
        }
    }

    /// The client is gone for good, and with it all groups.
    pub(super) fn close_all(&mut self) {
        while let Some((&group, _)) = self.open.first_key_value() {
            self.close(group);
        }
    }

    /// A job that runs has a coarse result.
    pub(super) fn partial(&mut self, job: JobId, result: RawPayload) {
        let Kind::Live(job) = job.0 else { return };
        let Some(key) = self.jobs.get(&job).copied() else { return };
        if let Some(slot) = self.mailboxes.get_mut(&key) {
            slot.mailbox.partial(result);
            self.carry_out(key);
        }
    }

    /// A job that runs has values for the other groups of its name.
    pub(super) fn share(&mut self, job: JobId, values: Patch<RawPayload>) {
        let Kind::Live(job) = job.0 else { return };
        let Some(key) = self.jobs.get(&job).copied() else { return };
        self.make_room(key);
        if let Some(slot) = self.mailboxes.get_mut(&key) {
            slot.mailbox.share(values, &mut self.stats);
            self.carry_out(key);
        }
    }

    /// Values came from elsewhere.
    pub(super) fn push(&mut self, push: &Push) {
        self.push_except(None, push);
    }

    /// A job ended.
    pub(super) fn finished(&mut self, now: Instant, job: u64, outcome: Outcome) {
        let Some(key) = self.jobs.remove(&job) else { return };
        self.make_room(key);
        let Some(slot) = self.mailboxes.get_mut(&key) else { return };
        slot.job = None;
        slot.mailbox.finished(now, outcome, &mut self.stats);
        self.carry_out(key);
    }

    /// Gives all groups up.
    pub(super) fn abandon(&mut self) {
        self.open.clear();
        let keys: Vec<_> = self.mailboxes.keys().copied().collect();
        for key in keys {
            if let Some(slot) = self.mailboxes.get_mut(&key) {
                slot.mailbox.abandon();
                self.carry_out(key);
            }
        }
    }

    /// Tells a mailbox how much memory it may take now.
    fn make_room(&mut self, key: u64) {
        let others = self.mailboxes.iter().filter(|(other, _)| **other != key);
        let taken: usize =
            others.map(|(_, slot)| slot.mailbox.cost().saturating_sub(self.share)).sum();
        if let Some(slot) = self.mailboxes.get_mut(&key) {
            slot.mailbox.set_room(self.share + self.pool.saturating_sub(taken));
        }
    }

    fn add(&mut self, group: u64, name: String, config: &Config) -> u64 {
        self.last_mailbox += 1;
        self.opened.insert(name.clone());
        let mailbox = Mailbox::new(group, name, config);
        self.mailboxes.insert(self.last_mailbox, Slot { mailbox, job: None });
        self.open.insert(group, self.last_mailbox);
        self.last_mailbox
    }

    /// Carries out what a mailbox wants, and removes it if it wants nothing any more.
    fn carry_out(&mut self, key: u64) {
        let Some(slot) = self.mailboxes.get_mut(&key) else { return };
        let mut shared = Vec::new();
        while let Some(action) = slot.mailbox.poll() {
            self.outputs.extend(match action {
                Action::Run { model, phase } => {
                    self.last_job += 1;
                    slot.job = Some(self.last_job);
                    self.jobs.insert(self.last_job, key);
                    let work = Work::Live { name: slot.mailbox.name().into(), model, phase };
                    Some(LiveOutput::Run(Job { id: JobId(Kind::Live(self.last_job)), work }))
                }
                Action::Cancel => slot.job.map(|job| LiveOutput::Cancel(JobId(Kind::Live(job)))),
                Action::Send(frame) => Some(LiveOutput::Send(frame)),
                Action::Share(values) => {
                    shared.push(Push { name: slot.mailbox.name().into(), values });
                    None
                }
            });
        }
        if slot.mailbox.is_done() {
            self.mailboxes.remove(&key);
        }
        for push in shared {
            self.push_except(Some(key), &push);
            self.outputs.push_back(LiveOutput::Push(push));
        }
    }

    fn push_except(&mut self, except: Option<u64>, push: &Push) {
        let keys: Vec<_> = self.open.values().copied().filter(|key| Some(*key) != except).collect();
        for key in keys {
            self.make_room(key);
            if let Some(slot) = self.mailboxes.get_mut(&key)
                && slot.mailbox.name() == push.name
            {
                slot.mailbox.push(push.values.clone(), &mut self.stats);
                self.carry_out(key);
            }
        }
    }

    fn refuse(&mut self, live: &LivePatch<RawPayload>, code: &str, why: String) {
        let ack = LiveAck {
            group: live.group,
            epoch: live.epoch,
            seq: live.seq,
            wait_us: 0,
            service_us: 0,
            outcome: Err(Rejection::new(code, why)),
        };
        self.outputs.push_back(LiveOutput::Send(ServerFrame::LiveAck(ack)));
    }
}
