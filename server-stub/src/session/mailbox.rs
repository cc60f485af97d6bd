use std::collections::VecDeque;
use std::time::Duration;

use fader_protocol::{
    Instant, LiveAck, LivePatch, LivePush, MAX_INTEGER, Patch, Payload, Phase, RawPayload,
    Rejection, ServerFrame, code,
};

use super::Config;
use super::bounds::Bounds;
use super::fit::ENVELOPE;
use super::job::Outcome;
use super::last_commit::LastCommit;
use super::model::Model;
use super::sharing::{Shareable, Sharing};
use super::stats::Stats;
use super::waiting::{Newest, Next, Waiting};

/// The mailbox of one live group: one job runs, and what arrives meanwhile waits
/// as at most one commit and one preview.
///
/// It keeps these promises:
///
/// - The next job starts only after the running one has ended, also when that
///   one was cancelled: a group's jobs never overlap.
/// - Acknowledgements are cumulative, and within an epoch their seq strictly
///   increases. Each says what came of a model that contains exactly the
///   patches up to its seq.
/// - Only a preview is ever cancelled while the session lasts: by a commit,
///   which must not wait for it, by a new epoch, or by the close of the group. A
///   preview cancels nothing, so that endless input cannot starve the display;
///   unless it is asked to, after some time.
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
    /// Why there is none, once it became too large: the epoch has to be begun anew.
    model: Result<Model, String>,
    bounds: Bounds,
    /// How large values from elsewhere may be, together.
    push_bytes: usize,
    preempt_after: Option<Duration>,
    running: Option<Running>,
    waiting: Waiting,
    last_commit: Option<LastCommit>,
    sharing: Sharing,
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
    Send(ServerFrame<RawPayload>),
    /// Give these values to the other groups of the name.
    Share(Patch<RawPayload>),
}

#[derive(Debug)]
struct Running {
    epoch: u64,
    seq: u64,
    phase: Phase,
    commit: Option<u64>,
    model: Model,
    shareable: Shareable,
    wait_us: u64,
    since: Instant,
    cancelled: bool,
}

impl Mailbox {
    pub(super) fn new(group: u64, name: String, config: &Config) -> Self {
        let preempt_after = config.preempt_after.get(name.as_str()).copied();
        Self {
            group,
            name,
            is_open: true,
            epoch: 0,
            seq: 0,
            acked: 0,
            model: Ok(Model::default()),
            bounds: Bounds::new(config),
            push_bytes: config.sends.message_bytes.saturating_sub(ENVELOPE),
            preempt_after,
            running: None,
            waiting: Waiting::default(),
            last_commit: None,
            sharing: Sharing::default(),
            actions: VecDeque::new(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether a commit or cancel runs or waits.
    pub(super) fn is_committing(&self) -> bool {
        self.running.as_ref().is_some_and(|job| job.phase != Phase::Preview)
            || self.waiting.has_commit()
    }

    /// Whether the group is closed and nothing runs or waits.
    pub(super) fn is_done(&self) -> bool {
        !self.is_open && self.running.is_none() && self.waiting.is_empty()
    }

    /// How much memory what is kept for the group takes.
    pub(super) fn cost(&self) -> usize {
        self.cost_with(self.model.as_ref().ok()) + self.sharing.cost()
    }

    /// How much it may take from now on. It is told before anything else is.
    pub(super) fn set_room(&mut self, room: usize) {
        self.bounds.set_room(room);
    }

    pub(super) fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// A patch arrived.
    pub(super) fn patch(&mut self, now: Instant, live: LivePatch<RawPayload>, stats: &mut Stats) {
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
        let commit = live.commit.filter(|_| live.phase != Phase::Preview);
        let repeats = commit.filter(|id| self.newest_commit() == Some(*id));
        let is_commit = live.phase != Phase::Preview && repeats.is_none();
        let theirs = if self.seq == 0 {
            self.snapshot(live.seq, live.patch, is_commit)
        } else {
            self.merge(live.seq, live.patch, is_commit);
            Patch::new()
        };
        self.seq = live.seq;
        if live.phase != Phase::Preview {
            self.preempt(stats);
        }
        let newest = Newest { seq: self.seq, since: now };
        let merged = if is_commit {
            self.waiting.add_commit(newest, live.phase, commit)
        } else {
            self.waiting.add_preview(newest, repeats)
        };
        stats.merged += u64::from(merged);
        self.push(theirs, stats);
        self.start(now, stats);
        self.tick(now, stats);
    }

    /// The first patch of an epoch: what it holds is the model.
    ///
    /// It may hold values that the client did not know to be replaced from
    /// elsewhere. Unless a gesture ends with it, those others still hold, and are
    /// returned.
    fn snapshot(
        &mut self,
        seq: u64,
        patch: Patch<RawPayload>,
        is_commit: bool,
    ) -> Patch<RawPayload> {
        let old = self.take_model().unwrap_or_default();
        let mut changed = old.changed_by(&patch);
        let mut model = Model::default();
        model.merge(patch);
        self.model = self.fit(model);
        let mut theirs = self.sharing.begin(self.model.as_ref().ok());
        if self.model.is_err() {
            return Patch::new();
        }
        if is_commit {
            theirs.clear();
        } else {
            // What a page opens with is nothing that anybody did.
            changed.retain(|key| !old.is_empty() && !theirs.contains(key));
        }
        if is_commit || !changed.is_empty() {
            self.sharing.changed(seq, changed);
        }
        old.only(&theirs)
    }

    /// A later patch: what it holds replaces values of the model.
    fn merge(&mut self, seq: u64, patch: Patch<RawPayload>, is_commit: bool) {
        let Ok(model) = &self.model else { return };
        let changed = model.changed_by(&patch);
        if !changed.is_empty() && !is_commit {
            self.waiting.keep(model);
        }
        let Ok(mut model) = self.take_model() else { return };
        model.merge(patch);
        self.model = self.fit(model);
        if self.model.is_ok() && (!changed.is_empty() || is_commit) {
            self.sharing.changed(seq, changed);
        }
    }

    /// The model, which is to be set again.
    fn take_model(&mut self) -> Result<Model, String> {
        std::mem::replace(&mut self.model, Ok(Model::default()))
    }

    /// The model, which is to be the present one, unless it is too large. Where there
    /// is no room for it beside the outcome of the last commit, that is forgotten.
    fn fit(&mut self, model: Model) -> Result<Model, String> {
        if let Some(why) = self.bounds.excess(&model) {
            return Err(why);
        }
        if !self.bounds.have_room(self.need(&model)) {
            self.last_commit.iter_mut().for_each(LastCommit::forget_outcome);
        }
        let need = self.need(&model);
        if self.bounds.have_room(need) { Ok(model) } else { Err(self.bounds.no_room(need)) }
    }

    /// How much memory the group needs at most, if this is its model.
    fn need(&self, model: &Model) -> usize {
        let running = self.running.as_ref().map_or(0, |job| job.model.cost_of_sharing());
        self.cost_with(Some(model)) + model.cost_of_sharing() + running
    }

    /// How much memory the models take if this is the present one, and the outcome
    /// of the last commit.
    fn cost_with(&self, model: Option<&Model>) -> usize {
        let running = self.running.as_ref().map(|job| &job.model);
        let committed = self.last_commit.as_ref().and_then(LastCommit::model);
        let models = [model, running, self.waiting.model(), committed];
        let is_first = |(i, model): &(usize, &Model)| {
            !models.iter().take(*i).flatten().any(|other| other.is_clone_of(model))
        };
        let costs = models.iter().enumerate().filter_map(|(i, model)| Some((i, (*model)?)));
        let models: usize = costs.filter(is_first).map(|(_, model)| model.cost()).sum();
        models + self.last_commit.as_ref().map_or(0, LastCommit::cost)
    }

    /// Values came from elsewhere: those that differ are told the client, which
    /// asks for a result when it has shown them.
    pub(super) fn push(&mut self, values: Patch<RawPayload>, stats: &mut Stats) {
        if !self.is_open || self.seq == 0 {
            return;
        }
        let Ok(model) = &self.model else { return };
        let news = model.news(values);
        if news.is_empty() {
            return;
        }
        let mut merged = model.clone();
        merged.merge(news.clone());
        let committed = if self.waiting.has_commit() { model.cost() } else { 0 };
        if self.bounds.excess(&merged).is_some()
            || !self.bounds.have_room(self.need(&merged) + committed)
            || size(&news) > self.push_bytes
        {
            stats.unfit += 1;
            return;
        }
        self.waiting.keep(model);
        self.model = Ok(merged);
        self.sharing.pushed(news.keys());
        stats.pushed += 1;
        let push = LivePush { group: self.group, epoch: self.epoch, seq: self.seq, patch: news };
        self.actions.push_back(Action::Send(ServerFrame::LivePush(push)));
    }

    /// The running job has values for the other groups of its name.
    pub(super) fn share(&mut self, values: Patch<RawPayload>, stats: &mut Stats) {
        let Some(job) = self.running.as_ref().filter(|job| !job.cancelled) else { return };
        let news = self.sharing.share(&job.shareable, &job.model, values);
        if !news.is_empty() {
            let prevailing = self.sharing.prevailing(&news);
            self.actions.push_back(Action::Share(news));
            self.push(prevailing, stats);
        }
    }

    /// The running job has a coarse result. It is sent if the full one will be.
    pub(super) fn partial(&mut self, result: RawPayload) {
        let Some(job) = self.running.as_ref().filter(|job| self.is_answered(job)) else { return };
        let (group, epoch, seq) = (self.group, job.epoch, job.seq);
        let partial = ServerFrame::LivePartial { group, epoch, seq, result };
        self.actions.push_back(Action::Send(partial));
    }

    /// The running job ended.
    pub(super) fn finished(&mut self, now: Instant, outcome: Outcome, stats: &mut Stats) {
        let Some(job) = self.running.take() else { return };
        let is_answered = self.is_answered(&job);
        self.sharing.end(self.model.as_ref().ok());
        if let Some(id) = job.commit.filter(|_| self.is_open) {
            self.remember(id, job.model, &outcome);
        }
        if is_answered {
            self.ack(job.seq, job.wait_us, micros(job.since, now), outcome);
        }
        self.start(now, stats);
    }

    /// A commit has an outcome, which is kept if there is room.
    fn remember(&mut self, id: u64, model: Model, outcome: &Outcome) {
        self.last_commit = Some(LastCommit::new(id, model, outcome.clone()));
        let need = match &self.model {
            Ok(model) => self.need(model),
            Err(_) => self.cost(),
        };
        if !self.bounds.have_room(need) {
            self.last_commit.iter_mut().for_each(LastCommit::forget_outcome);
        }
    }

    /// When a running preview is to be cancelled for the one that waits.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let job = self.running.as_ref()?;
        let is_late = job.phase == Phase::Preview && !job.cancelled && self.waiting.has_preview();
        is_late.then_some(job.since + self.preempt_after?)
    }

    /// Time passed.
    pub(super) fn tick(&mut self, now: Instant, stats: &mut Stats) {
        if self.deadline().is_some_and(|deadline| now >= deadline) {
            self.preempt(stats);
        }
    }

    /// The client closed the group: nothing is answered any more. A commit that
    /// waits or runs is completed all the same.
    pub(super) fn close(&mut self, stats: &mut Stats) {
        self.is_open = false;
        self.waiting.drop_preview();
        self.preempt(stats);
        if let Ok(model) = &self.model {
            self.waiting.keep(model);
        }
        self.forget();
    }

    /// The session ended: nothing is to be done any more.
    pub(super) fn abandon(&mut self) {
        self.is_open = false;
        self.waiting.clear();
        self.cancel();
        self.forget();
    }

    /// No patch comes any more.
    fn forget(&mut self) {
        self.model = Err("the group is closed".into());
        self.last_commit = None;
    }

    /// A new epoch: its snapshot replaces the model, and what waited is in the
    /// snapshot. A running commit may have taken effect, so it goes on: its
    /// outcome answers the commit when it is sent again.
    fn begin(&mut self, epoch: u64, stats: &mut Stats) {
        self.epoch = epoch;
        self.seq = 0;
        self.acked = 0;
        self.waiting.clear();
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

    /// The last commit that ran or is running.
    fn newest_commit(&self) -> Option<u64> {
        let running = self.running.as_ref().and_then(|job| job.commit);
        running.or(self.last_commit.as_ref().map(LastCommit::id))
    }

    /// Starts what waits, if nothing runs.
    fn start(&mut self, now: Instant, stats: &mut Stats) {
        while self.running.is_none()
            && let Some(next) = self.waiting.next()
        {
            self.begin_job(now, next, stats);
        }
    }

    /// Starts a job, or answers at once what needs none.
    fn begin_job(&mut self, now: Instant, next: Next, stats: &mut Stats) {
        let Newest { seq, since } = next.newest;
        let wait_us = micros(since, now);
        let model = match next.model.map_or_else(|| self.model.clone(), Ok) {
            Ok(model) => model,
            Err(why) => return self.refuse(seq, code::TOO_LARGE, why),
        };
        let repeated = self.last_commit.as_ref().filter(|last| next.repeats == Some(last.id()));
        if let Some(outcome) = repeated.and_then(|last| last.outcome_of(&model)).cloned() {
            stats.replayed += 1;
            return self.ack(seq, wait_us, 0, outcome);
        }
        self.actions.push_back(Action::Run { model: model.to_json(), phase: next.phase });
        self.running = Some(Running {
            epoch: self.epoch,
            seq,
            phase: next.phase,
            commit: next.commit,
            model,
            shareable: self.sharing.start(seq, self.acked, next.phase != Phase::Preview),
            wait_us,
            since: now,
            cancelled: false,
        });
    }

    /// Whether the client is told what comes of a running job.
    fn is_answered(&self, job: &Running) -> bool {
        self.is_open && !job.cancelled && job.epoch == self.epoch
    }

    fn refuse(&mut self, seq: u64, code: &str, why: String) {
        self.ack(seq, 0, 0, Err(Rejection::new(code, why)));
    }

    fn ack(&mut self, seq: u64, wait_us: u64, service_us: u64, outcome: Outcome) {
        if !self.is_open || seq <= self.acked {
            return;
        }
        self.acked = seq;
        let ack =
            LiveAck { group: self.group, epoch: self.epoch, seq, wait_us, service_us, outcome };
        self.actions.push_back(Action::Send(ServerFrame::LiveAck(ack)));
    }
}

/// How many bytes the values take in a message, at most.
fn size(values: &Patch<RawPayload>) -> usize {
    // Every byte of a key may need an escape of six.
    values.iter().map(|(key, value)| 6 * key.len() + value.size() + 4).sum()
}

fn micros(from: Instant, to: Instant) -> u64 {
    u64::try_from((to - from).as_micros()).unwrap_or(MAX_INTEGER).min(MAX_INTEGER)
}
