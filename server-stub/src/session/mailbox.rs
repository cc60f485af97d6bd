use std::collections::VecDeque;

use fader_protocol::{Instant, LiveAck, LivePatch, MAX_INTEGER, Phase, RawJson, Rejection, code};

use super::job::Outcome;
use super::model::Model;
use super::stats::Stats;

/// The mailbox of one live group: one job runs, one waits, and what arrives
/// meanwhile joins the one that waits.
///
/// It keeps these promises:
///
/// - The next job starts only after the running one has ended, also when that
///   one was cancelled: a group's jobs never overlap.
/// - Acknowledgements are cumulative, and within an epoch their seq strictly
///   increases.
/// - Only a preview is ever cancelled while the connection lasts: by a commit,
///   which must not wait for it, by a new epoch, or by the close of the group. A
///   preview never cancels anything, so endless input cannot starve the display.
/// - A commit with an id takes effect at most once while it is the newest: when
///   it is sent again, its first outcome is the answer.
#[derive(Debug)]
pub(super) struct Mailbox {
    group: u64,
    name: String,
    is_open: bool,
    epoch: u64,
    /// The newest patch taken in.
    seq: u64,
    /// The newest patch answered.
    acked: u64,
    /// Nothing once it became too large: the epoch has to be begun anew.
    model: Option<Model>,
    model_bytes: usize,
    running: Option<Running>,
    pending: Option<Pending>,
    last_commit: Option<(u64, Outcome)>,
    actions: VecDeque<Action>,
}

/// What a mailbox wants done.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    /// Start a job with this model.
    Run { model: String, phase: Phase },
    /// Stop the running job; it is still to be reported as ended.
    Cancel,
    /// Send this to the client.
    Ack(LiveAck<RawJson>),
}

#[derive(Debug)]
struct Running {
    epoch: u64,
    seq: u64,
    phase: Phase,
    commit: Option<u64>,
    wait_us: u64,
    since: Instant,
    cancelled: bool,
}

#[derive(Debug)]
struct Pending {
    seq: u64,
    since: Instant,
    phase: Phase,
    commit: Option<u64>,
    /// Whether it holds nothing but a commit that has, or will have, an outcome.
    repeats: bool,
}

impl Mailbox {
    /// A mailbox whose model may take up to `model_bytes`.
    pub(super) fn new(group: u64, name: String, model_bytes: usize) -> Self {
        Self {
            group,
            name,
            is_open: true,
            epoch: 0,
            seq: 0,
            acked: 0,
            model: Some(Model::default()),
            model_bytes,
            running: None,
            pending: None,
            last_commit: None,
            actions: VecDeque::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a commit or cancel runs or waits.
    pub(super) fn is_committing(&self) -> bool {
        self.running.as_ref().is_some_and(|job| job.phase != Phase::Preview)
            || self.pending.as_ref().is_some_and(|job| job.phase != Phase::Preview)
    }

    /// Whether the group is closed and nothing runs or waits.
    pub(super) fn is_done(&self) -> bool {
        !self.is_open && self.running.is_none() && self.pending.is_none()
    }

    pub(super) fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// A patch arrived.
    pub(super) fn patch(&mut self, now: Instant, live: LivePatch<RawJson>, stats: &mut Stats) {
        if live.epoch > self.epoch {
            self.begin(live.epoch, stats);
        }
        if live.epoch < self.epoch || live.seq <= self.seq {
            stats.stale += 1;
            return;
        }
        if self.seq == 0 && live.seq != 1 {
            return self.refuse(live.seq, code::BAD_FRAME, "an epoch begins with seq 1".into());
        }
        self.seq = live.seq;
        if let Some(model) = &mut self.model {
            model.merge(live.patch);
        }
        if self.model.as_ref().is_none_or(|model| model.bytes() > self.model_bytes) {
            self.model = None;
            self.pending = None;
            self.preempt(stats);
            let why = format!("a model may take at most {} bytes", self.model_bytes);
            return self.refuse(live.seq, code::TOO_LARGE, why);
        }
        if live.phase != Phase::Preview {
            self.preempt(stats);
        }
        let commit = live.commit.filter(|_| live.phase != Phase::Preview);
        self.enqueue(now, live.phase, commit, stats);
        self.start(now, stats);
    }

    /// The running job ended.
    pub(super) fn finished(&mut self, now: Instant, outcome: Outcome, stats: &mut Stats) {
        let Some(job) = self.running.take() else { return };
        if let Some(id) = job.commit {
            self.last_commit = Some((id, outcome.clone()));
        }
        if !job.cancelled && job.epoch == self.epoch {
            self.ack(job.seq, job.wait_us, micros(job.since, now), outcome);
        }
        self.start(now, stats);
    }

    /// The client closed the group: nothing is answered any more. A commit that
    /// waits or runs is completed all the same.
    pub(super) fn close(&mut self, stats: &mut Stats) {
        self.is_open = false;
        self.pending.take_if(|job| job.phase == Phase::Preview);
        self.preempt(stats);
    }

    /// The connection ended: nothing is to be done any more.
    pub(super) fn abandon(&mut self) {
        self.is_open = false;
        self.pending = None;
        self.cancel();
    }

    /// A new epoch: its snapshot replaces the model, and what waited is in the
    /// snapshot. A running commit may have taken effect, so it goes on: its
    /// outcome answers the commit when it is sent again.
    fn begin(&mut self, epoch: u64, stats: &mut Stats) {
        self.epoch = epoch;
        self.seq = 0;
        self.acked = 0;
        self.model = Some(Model::default());
        self.pending = None;
        self.preempt(stats);
    }

    /// Cancels the running job if it is a preview.
    fn preempt(&mut self, stats: &mut Stats) {
        if self.running.as_ref().is_some_and(|job| job.phase == Phase::Preview) && self.cancel() {
            stats.preempted += 1;
        }
    }

    /// Cancels the running job. Says whether there was one to cancel.
    fn cancel(&mut self) -> bool {
        let Some(job) = self.running.as_mut().filter(|job| !job.cancelled) else { return false };
        job.cancelled = true;
        self.actions.push_back(Action::Cancel);
        true
    }

    /// Adds the newest patch to the job that waits.
    fn enqueue(&mut self, now: Instant, phase: Phase, commit: Option<u64>, stats: &mut Stats) {
        let running = self.running.as_ref().and_then(|job| job.commit);
        let last = running.or(self.last_commit.as_ref().map(|(id, _)| *id));
        let repeats = commit.is_some() && commit == last;
        if self.pending.is_some() {
            stats.merged += 1;
        }
        let job = self.pending.get_or_insert(Pending {
            seq: self.seq,
            since: now,
            phase: Phase::Preview,
            commit: None,
            repeats: true,
        });
        job.seq = self.seq;
        job.since = now;
        job.repeats &= repeats;
        if phase != Phase::Preview && !repeats {
            job.phase = phase;
            job.commit = commit;
        }
    }

    /// Starts the job that waits, if none runs.
    fn start(&mut self, now: Instant, stats: &mut Stats) {
        if self.running.is_some() {
            return;
        }
        let (Some(job), Some(model)) = (self.pending.take(), &self.model) else { return };
        let wait_us = micros(job.since, now);
        if job.repeats
            && let Some((_, outcome)) = &self.last_commit
        {
            stats.replayed += 1;
            let outcome = outcome.clone();
            return self.ack(job.seq, wait_us, 0, outcome);
        }
        self.actions.push_back(Action::Run { model: model.to_json(), phase: job.phase });
        self.running = Some(Running {
            epoch: self.epoch,
            seq: job.seq,
            phase: job.phase,
            commit: job.commit,
            wait_us,
            since: now,
            cancelled: false,
        });
    }

    fn refuse(&mut self, seq: u64, code: &str, why: String) {
        self.ack(seq, 0, 0, Err(Rejection::new(code, why)));
    }

    fn ack(&mut self, seq: u64, wait_us: u64, service_us: u64, outcome: Outcome) {
        if !self.is_open || seq <= self.acked {
            return;
        }
        self.acked = seq;
        self.actions.push_back(Action::Ack(LiveAck {
            group: self.group,
            epoch: self.epoch,
            seq,
            wait_us,
            service_us,
            outcome,
        }));
    }
}

fn micros(from: Instant, to: Instant) -> u64 {
    u64::try_from((to - from).as_micros()).unwrap_or(MAX_INTEGER).min(MAX_INTEGER)
}
