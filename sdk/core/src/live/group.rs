use std::time::Duration;

use fader_protocol::{
    LiveAck, LivePatch, LivePush, MessageLimits, Patch, Payload, Phase, Rejection, code,
};

use super::holds::{Holder, Holds};
use super::pacing::Pacing;
use super::parking::Parking;
use super::rate::Rate;
use super::stall::Stall;
use super::window::Window;
use super::{LiveCounters, LiveStatus, Policy};
use crate::span::Span;
use crate::{Instant, LiveError};
use fader_protocol::{SortedMap, SortedSet};

/// One live group: what the person set, what the server knows, what it answered.
///
/// Keeps these invariants: what is shown strictly increases in `(epoch, seq)`;
/// a value that was set is sent, or replaced by a newer one, and sent again
/// until answered; nothing from elsewhere moves a key that is held or whose own
/// change is not answered; memory grows with the number of keys only.
#[derive(Debug)]
pub(super) struct Group<P> {
    name: String,
    /// The local values, every key.
    model: Patch<P>,
    holds: Holds<P>,
    /// The keys set since the last patch.
    unsent: SortedSet<String>,
    /// The server must be told every key.
    snapshot_due: bool,
    /// The server is silent, and to be told again what it has not answered.
    repeat_due: bool,
    /// The server takes smaller messages than the model needs.
    too_large: bool,
    /// The server refused the epoch as such: what is set next begins another.
    epoch_refused: bool,
    /// A result is wanted though nothing was set: values came from elsewhere.
    refresh_due: bool,
    /// The keys set since their last commit or cancel.
    uncommitted: SortedSet<String>,
    /// A commit or cancel that has not left yet.
    phase_due: Option<Phase>,
    /// The last commit, until it is answered.
    commit: Option<Commit<P>>,
    commits: u64,
    epoch: u64,
    last_seq: u64,
    answered_seq: u64,
    /// The newest patch that anything was shown for.
    shown_seq: u64,
    /// Which patch last carried a key of ours.
    carried: SortedMap<String, u64>,
    window: Window,
    pacing: Pacing,
    parking: Parking<P>,
    last_input: Instant,
    /// When a key was set last that nobody held.
    last_loose_input: Instant,
    /// When the oldest input was made that no patch contains.
    unsent_since: Option<Instant>,
    inputs_unsent: u64,
    stall: Stall,
    last: LastAnswer<P>,
    frames: Rate,
    results: Rate,
    counters: LiveCounters,
}

#[derive(Debug)]
struct Commit<P> {
    id: u64,
    /// The patch that last carried it.
    epoch: u64,
    seq: u64,
    phase: Phase,
    /// The values that were committed.
    model: Patch<P>,
    /// The keys set since then, here or from elsewhere.
    changed: SortedSet<String>,
}

#[derive(Debug)]
struct LastAnswer<P> {
    rtt: Option<Span>,
    wait: Option<Span>,
    service: Option<Span>,
    partial: bool,
    error: Option<Rejection<P>>,
}

impl<P: Payload> Group<P> {
    pub(super) fn new(now: Instant, name: String, model: Patch<P>, policy: Policy) -> Self {
        Self {
            name,
            model,
            holds: Holds::default(),
            unsent: SortedSet::new(),
            snapshot_due: true,
            repeat_due: false,
            too_large: false,
            epoch_refused: false,
            refresh_due: false,
            uncommitted: SortedSet::new(),
            phase_due: None,
            commit: None,
            commits: 0,
            epoch: 1,
            last_seq: 0,
            answered_seq: 0,
            shown_seq: 0,
            carried: SortedMap::new(),
            window: Window::default(),
            pacing: Pacing::new(policy),
            parking: Parking::default(),
            last_input: now,
            last_loose_input: now,
            unsent_since: Some(now),
            inputs_unsent: 0,
            stall: Stall::default(),
            last: LastAnswer { rtt: None, wait: None, service: None, partial: false, error: None },
            frames: Rate::default(),
            results: Rate::default(),
            counters: LiveCounters::default(),
        }
    }

    pub(super) fn is_held(&self) -> bool {
        !self.holds.is_empty()
    }

    pub(super) fn is_held_by(&self, holder: Holder) -> bool {
        self.holds.is_holding(holder)
    }

    /// A person took hold of the controls of these keys; of all where none is named.
    /// Where `quiet` says so, they let go when none was set for that long.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        holder: Holder,
        keys: &[&str],
        quiet: Option<Duration>,
    ) -> Result<(), LiveError> {
        self.check_keys(keys.iter().copied())?;
        let mut held = SortedSet::new();
        if keys.is_empty() {
            held.extend(self.model.keys().cloned());
        } else {
            held.extend(keys.iter().map(|key| (*key).to_owned()));
        }
        self.holds.begin(now, holder, held, quiet, &self.model);
        Ok(())
    }

    /// Refuses keys that the model has not.
    pub(super) fn check_keys<'k>(
        &self,
        mut keys: impl Iterator<Item = &'k str>,
    ) -> Result<(), LiveError> {
        match keys.find(|key| !self.model.contains_key(*key)) {
            None => Ok(()),
            Some(key) => Err(LiveError::UnknownKey {
                key: key.into(),
                known: self.model.keys().cloned().collect(),
            }),
        }
    }

    pub(super) fn set(
        &mut self,
        now: Instant,
        patch: Patch<P>,
        limit: usize,
    ) -> Result<(), LiveError> {
        self.check_keys(patch.keys().map(String::as_str))?;
        check_values(&patch)?;
        let size = self
            .model
            .iter()
            .map(|(key, value)| entry_size(key, patch.get(key).unwrap_or(value)))
            .sum();
        check_size(&self.name, size, limit)?;
        self.too_large = false;
        self.counters.inputs += 1;
        self.inputs_unsent += 1;
        for (key, value) in patch {
            if !self.holds.set(now, &key) {
                self.last_loose_input = now;
            }
            self.uncommitted.insert(key.clone());
            self.mark(key.clone());
            self.model.insert(key, value);
        }
        self.last_input = now;
        self.unsent_since.get_or_insert(now);
        Ok(())
    }

    /// The key was set here and must be told.
    fn mark(&mut self, key: String) {
        if let Some(commit) = &mut self.commit {
            commit.changed.insert(key.clone());
        }
        self.unsent.insert(key);
    }

    /// The person let go: the present values of the keys that nobody else holds are
    /// final; where the app says so, also of those that nobody held. Does nothing if they
    /// were final already, so that several events may report one release.
    pub(super) fn commit(&mut self, now: Instant, holder: Holder) {
        let keys = self.holds.end(holder);
        if holder == Holder::APP {
            self.finish_free(now);
        } else {
            self.finish(now, keys.iter(), Phase::Commit);
        }
    }

    /// As [`commit`](Self::commit), but only these keys are let go of by the app.
    pub(super) fn commit_keys(&mut self, now: Instant, keys: &[&str]) -> Result<(), LiveError> {
        self.check_keys(keys.iter().copied())?;
        self.holds.release(Holder::APP, keys);
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        self.finish(now, keys.iter(), Phase::Commit);
        Ok(())
    }

    /// Everything is final, whoever holds it.
    pub(super) fn commit_all(&mut self, now: Instant) {
        self.holds = Holds::default();
        self.finish_free(now);
    }

    /// The person gave up the gesture: back to the values before it, which it gives.
    /// Nothing if there was no gesture.
    pub(super) fn cancel(&mut self, now: Instant, holder: Holder) -> Option<Patch<P>> {
        let (keys, reverted) = self.holds.revert(holder)?;
        for key in reverted.keys() {
            self.mark(key.clone());
        }
        self.model.extend(reverted.clone());
        self.finish(now, keys.iter(), Phase::Cancel);
        Some(reverted)
    }

    fn finish_free(&mut self, now: Instant) {
        let keys = self.uncommitted.clone();
        self.finish(now, keys.iter(), Phase::Commit);
    }

    /// Those of the keys that nobody holds are final.
    fn finish<'k>(&mut self, now: Instant, keys: impl Iterator<Item = &'k String>, phase: Phase) {
        let mut changed = false;
        for key in keys {
            changed |= !self.holds.contains(key) && self.uncommitted.remove(key);
        }
        if changed {
            // A cancel must not make a cancel of the commit that leaves with it.
            self.phase_due = self.phase_due.filter(|due| *due == Phase::Commit).or(Some(phase));
            self.unsent_since.get_or_insert(now);
        }
    }

    /// When the input of keys that nobody holds has paused for so long that it is final.
    fn settles_at(&self) -> Option<Instant> {
        let is_loose = self.uncommitted.iter().any(|key| !self.holds.contains(key));
        is_loose.then(|| self.last_loose_input + self.pacing.settling())
    }

    /// The connection was lost: the next one begins a new epoch.
    pub(super) fn disconnected(&mut self) {
        self.begin_epoch();
    }

    /// The server is told everything anew.
    fn begin_epoch(&mut self) {
        self.forget_window();
        self.snapshot_due = true;
        self.repeat_due = false;
        self.epoch_refused = false;
        self.stall = Stall::default();
        self.epoch += 1;
        self.last_seq = 0;
        self.answered_seq = 0;
        self.shown_seq = 0;
        self.carried.clear();
        self.parking.clear();
    }

    /// What was sent and is not answered is sent again: these keys and no
    /// others, which may have changed elsewhere.
    fn repeat(&mut self) {
        self.forget_window();
        let unanswered = self.carried.iter().filter(|(_, seq)| **seq > self.answered_seq);
        self.unsent.extend(unanswered.map(|(key, _)| key.clone()));
        self.repeat_due = true;
    }

    /// What is in flight may be lost.
    fn forget_window(&mut self) {
        self.unsent_since = self.window.oldest_input().or(self.unsent_since);
        self.window.clear();
    }

    /// Whether there is a commit that the server has not answered.
    pub(super) fn has_commit(&self) -> bool {
        self.phase_due.is_some() || self.commit.is_some()
    }

    /// There is a new connection, to a server that takes `limit` bytes: why the
    /// model cannot be sent to it, if so.
    pub(super) fn fit(&mut self, limit: usize, more: &str) -> Option<Rejection<P>> {
        let refused = check_model(&self.name, &self.model, limit).err();
        self.too_large = refused.is_some();
        let rejection = Rejection::new(code::TOO_LARGE, format!("{}{more}", refused?));
        self.last.error = Some(rejection.clone());
        Some(rejection)
    }

    /// Whether something waits to be sent.
    fn due(&self) -> bool {
        self.snapshot_due
            || self.repeat_due
            || self.refresh_due
            || self.phase_due.is_some()
            || !self.unsent.is_empty()
    }

    /// When the next patch may leave; nothing if there is none, or not before
    /// something else happens.
    fn leaves_at(&self, now: Instant) -> Option<Instant> {
        if self.too_large {
            return None;
        }
        if self.phase_due.is_some() || self.snapshot_due || self.repeat_due {
            return Some(now);
        }
        // A server that does not answer is only asked again, ever more rarely.
        if !self.due() || self.window.is_full() || self.stall.is_stalled() {
            return None;
        }
        if self.unsent.is_empty() {
            return self.pacing.refresh(now, &self.window);
        }
        self.pacing.next(now, self.last_input, &self.window)
    }

    /// The next patch, if one should leave now.
    pub(super) fn next_patch(&mut self, now: Instant, group: u64) -> Option<LivePatch<P>> {
        if self.leaves_at(now).is_none_or(|at| at > now) {
            return None;
        }
        if self.epoch_refused {
            self.begin_epoch();
        }
        self.last_seq += 1;
        self.counters.frames += 1;
        self.frames.count(now);
        if (self.snapshot_due || self.repeat_due) && self.counters.frames > 1 {
            self.counters.resent += 1;
        }
        let input_at = self.unsent_since.take().unwrap_or(now);
        let resends_commit = self.snapshot_due && self.phase_due.is_none();
        let (phase, commit, patch) = match &mut self.commit {
            // The unanswered commit as it was, and then what came later. Within an
            // epoch the server has both already: older values would come back.
            Some(commit) if resends_commit && commit.epoch < self.epoch => {
                commit.epoch = self.epoch;
                commit.seq = self.last_seq;
                self.unsent = commit.changed.clone();
                self.unsent_since = (!self.unsent.is_empty()).then_some(input_at);
                (commit.phase, Some(commit.id), commit.model.clone())
            }
            _ => self.newest(),
        };
        for key in patch.keys() {
            self.carried.insert(key.clone(), self.last_seq);
        }
        self.snapshot_due = false;
        self.repeat_due = false;
        self.refresh_due = false;
        self.window.push(self.last_seq, now, input_at);
        self.pacing.sent(now);
        self.stall.watch(now, self.pacing.usual());
        Some(LivePatch {
            group,
            name: self.name.clone(),
            epoch: self.epoch,
            seq: self.last_seq,
            phase,
            commit,
            patch,
        })
    }

    /// All that was set and not sent, in the phase that is due.
    fn newest(&mut self) -> (Phase, Option<u64>, Patch<P>) {
        let unsent = std::mem::take(&mut self.unsent);
        let mut patch = self.model.clone();
        if !self.snapshot_due {
            patch.retain(|key, _| unsent.contains(key));
        }
        self.counters.coalesced += self.inputs_unsent.saturating_sub(1);
        self.inputs_unsent = 0;
        let Some(phase) = self.phase_due.take() else { return (Phase::Preview, None, patch) };
        self.commits += 1;
        self.commit = Some(Commit {
            id: self.commits,
            epoch: self.epoch,
            seq: self.last_seq,
            phase,
            model: self.model.clone(),
            changed: SortedSet::new(),
        });
        (phase, Some(self.commits), patch)
    }

    /// The server answered. Gives the answer back if it should be shown.
    pub(super) fn ack(&mut self, now: Instant, ack: LiveAck<P>) -> Option<Result<P, Rejection<P>>> {
        if ack.epoch != self.epoch || ack.seq <= self.answered_seq || ack.seq > self.last_seq {
            self.counters.stale += 1;
            return None;
        }
        let (wait, service) = (Span::from_micros(ack.wait_us), Span::from_micros(ack.service_us));
        let answered = self.window.answered(ack.seq);
        let rtt =
            answered.departure.map(|departure| Span::between(departure, now) - (wait + service));
        self.pacing.answered(now, rtt, service);
        self.counters.conflated += answered.patches.saturating_sub(1);
        self.stall = Stall::default();
        if !self.window.is_empty() {
            self.stall.watch(now, self.pacing.usual());
        }
        self.answered_seq = ack.seq;
        // A handler may use the same codes, but it was run.
        let was_run = ack.wait_us > 0 || ack.service_us > 0;
        self.epoch_refused |= !was_run && ack.outcome.as_ref().is_err_and(refuses_epoch);
        if self.commit.as_ref().is_some_and(|commit| commit.seq <= ack.seq) {
            self.commit = None;
        }
        self.last = LastAnswer {
            rtt: rtt.or(self.last.rtt),
            wait: Some(wait),
            service: Some(service),
            partial: false,
            error: ack.outcome.as_ref().err().cloned(),
        };
        // An answer that is not newer than a partial result of a later patch.
        if ack.seq < self.shown_seq {
            self.counters.stale += 1;
            return None;
        }
        self.shown_seq = ack.seq;
        if ack.outcome.is_ok() {
            self.counters.results += 1;
            self.results.count(now);
        }
        Some(ack.outcome)
    }

    /// A coarse result. Says whether it should be shown.
    pub(super) fn partial(&mut self, epoch: u64, seq: u64) -> bool {
        let current = epoch == self.epoch
            && seq > self.answered_seq
            && seq >= self.shown_seq
            && seq <= self.last_seq;
        if !current {
            self.counters.stale += 1;
            return false;
        }
        self.shown_seq = seq;
        self.last.partial = true;
        self.counters.partials += 1;
        true
    }

    /// Values came from elsewhere.
    pub(super) fn push(&mut self, push: LivePush<P>) {
        if push.epoch != self.epoch || push.seq > self.last_seq {
            self.counters.stale += 1;
            return;
        }
        let mut known = push.patch;
        known.retain(|key, _| self.model.contains_key(key));
        self.parking.park(known, push.seq);
    }

    /// The values from elsewhere that may move their controls now; they are
    /// part of the model from here on.
    pub(super) fn take_pushed(&mut self) -> Patch<P> {
        if self.parking.is_empty() {
            return Patch::new();
        }
        let mut blocked = self.unsent.clone();
        blocked.extend(self.holds.keys().cloned());
        let unanswered = self.carried.iter().filter(|(_, seq)| **seq > self.answered_seq);
        blocked.extend(unanswered.map(|(key, _)| key.clone()));
        let pushed = self.parking.release(&blocked, &self.carried);
        if !pushed.is_empty() {
            self.model.extend(pushed.clone());
            // Should it be sent again, it must not undo them.
            if let Some(commit) = &mut self.commit {
                commit.model.extend(pushed.clone());
            }
            // The server has them; only the result is missing.
            self.refresh_due = true;
        }
        pushed
    }

    /// Time passed: what was quiet for long enough is final. Says whether that was something.
    pub(super) fn settle(&mut self, now: Instant) -> bool {
        if self.settle_deadline().is_none_or(|at| now < at) {
            return false;
        }
        let ended = self.holds.end_quiet(now);
        self.finish(now, ended.iter(), Phase::Commit);
        if self.settles_at().is_some_and(|at| now >= at) {
            self.finish_free(now);
        }
        true
    }

    pub(super) fn settle_deadline(&self) -> Option<Instant> {
        self.settles_at().into_iter().chain(self.holds.deadline()).min()
    }

    /// Time passed while connected. Says whether the server's silence has become suspicious.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        if !self.stall.tick(now) {
            return false;
        }
        self.repeat();
        true
    }

    pub(super) fn deadline(&self, now: Instant) -> Option<Instant> {
        [self.stall.deadline(), self.leaves_at(now)].into_iter().flatten().min()
    }

    pub(super) fn status(&self, now: Instant) -> LiveStatus<P> {
        let oldest = self.window.oldest_input().or(self.unsent_since);
        LiveStatus {
            pending: self.due() || self.answered_seq < self.last_seq || self.settles_at().is_some(),
            in_flight: self.window.len(),
            gesture: self.is_held(),
            stalled: self.stall.is_stalled(),
            partial: self.last.partial,
            staleness: oldest.map(|at| now - at).unwrap_or_default(),
            seq: self.answered_seq,
            rtt: self.last.rtt.map(Into::into),
            wait: self.last.wait.map(Into::into),
            service: self.last.service.map(Into::into),
            error: self.last.error.clone(),
            frames_per_second: self.frames.per_second(now),
            results_per_second: self.results.per_second(now),
            counters: self.counters,
        }
    }
}

/// Whether the server has no mailbox for the group, or has given up its model.
fn refuses_epoch<P>(rejection: &Rejection<P>) -> bool {
    matches!(
        rejection.code.as_str(),
        code::UNKNOWN_GROUP | code::TOO_MANY | code::TOO_LARGE | code::BAD_FRAME
    )
}

/// Refuses what no server takes: names, depth and size.
pub(super) fn check_model<P: Payload>(
    name: &str,
    model: &Patch<P>,
    limit: usize,
) -> Result<(), LiveError> {
    let limits = MessageLimits::default();
    if let Some(bad) = std::iter::once(name)
        .chain(model.keys().map(String::as_str))
        .find(|name| !limits.allow_name(name))
    {
        return Err(LiveError::BadName(bad.into()));
    }
    check_values(model)?;
    check_size(name, model.iter().map(|(key, value)| entry_size(key, value)).sum(), limit)
}

fn check_values<P: Payload>(patch: &Patch<P>) -> Result<(), LiveError> {
    if let Some((key, _)) = patch.iter().find(|(_, value)| value.is_bytes()) {
        return Err(LiveError::Bytes { key: key.clone() });
    }
    // The patch itself is a level.
    let limit = MessageLimits::default().depth - 1;
    match patch.iter().find(|(_, value)| value.is_deeper_than(limit)) {
        Some((key, _)) => Err(LiveError::TooDeep { key: key.clone(), limit }),
        None => Ok(()),
    }
}

fn check_size(name: &str, keys: usize, limit: usize) -> Result<(), LiveError> {
    // Every byte of the name may need an escape of six; 128 hold the rest of the frame.
    let size = keys + 6 * name.len() + 128;
    if size > limit { Err(LiveError::TooLarge { size, limit }) } else { Ok(()) }
}

fn entry_size<P: Payload>(key: &str, value: &P) -> usize {
    value.size() + 6 * key.len() + 4
}
