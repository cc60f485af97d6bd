use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use fader_protocol::{LiveAck, LivePatch, Patch, Payload, Phase, Rejection};

use super::stall::Stall;
use super::{LiveCounters, LiveStatus};
use crate::{Instant, LiveError};

/// One live group: what the person set, what the server knows, what it answered.
///
/// Keeps these invariants: answers are taken in strictly increasing order of
/// `(epoch, seq)`; a value that was set is sent, or replaced by a newer one, and
/// sent again until answered; memory grows with the number of keys only.
#[derive(Debug)]
pub(super) struct Group<P> {
    name: String,
    /// The local values, every key.
    model: Patch<P>,
    /// The local values at the beginning of the gesture.
    before: Option<Patch<P>>,
    /// The keys set since the last patch.
    unsent: BTreeSet<String>,
    /// The server must be told every key.
    snapshot_due: bool,
    /// Something was set since the last commit or cancel.
    uncommitted: bool,
    /// A commit or cancel that has not left yet.
    phase_due: Option<Phase>,
    /// The last commit, until it is answered.
    commit: Option<Commit<P>>,
    commits: u64,
    epoch: u64,
    last_seq: u64,
    answered_seq: u64,
    in_flight: VecDeque<Sent>,
    /// When the oldest input was made that no patch contains.
    unsent_since: Option<Instant>,
    inputs_unsent: u64,
    stall: Stall,
    rtt: Option<Duration>,
    wait: Option<Duration>,
    service: Option<Duration>,
    error: Option<Rejection<P>>,
    counters: LiveCounters,
}

#[derive(Debug)]
struct Sent {
    seq: u64,
    at: Instant,
    /// When the oldest input was made that the patch contains and the one before does not.
    input_at: Instant,
}

#[derive(Debug)]
struct Commit<P> {
    id: u64,
    seq: u64,
    phase: Phase,
    /// The values that were committed.
    model: Patch<P>,
    /// The keys set since then.
    changed: BTreeSet<String>,
}

impl<P: Payload> Group<P> {
    pub(super) fn new(now: Instant, name: String, model: Patch<P>) -> Self {
        Self {
            name,
            model,
            before: None,
            unsent: BTreeSet::new(),
            snapshot_due: true,
            uncommitted: false,
            phase_due: None,
            commit: None,
            commits: 0,
            epoch: 1,
            last_seq: 0,
            answered_seq: 0,
            in_flight: VecDeque::new(),
            unsent_since: Some(now),
            inputs_unsent: 0,
            stall: Stall::default(),
            rtt: None,
            wait: None,
            service: None,
            error: None,
            counters: LiveCounters::default(),
        }
    }

    /// A person took hold of a control.
    pub(super) fn begin(&mut self) {
        if self.before.is_none() {
            self.before = Some(self.model.clone());
        }
    }

    pub(super) fn set(
        &mut self,
        now: Instant,
        patch: Patch<P>,
        limit: usize,
    ) -> Result<(), LiveError> {
        if let Some(key) = patch.keys().find(|key| !self.model.contains_key(*key)) {
            return Err(LiveError::UnknownKey(key.clone()));
        }
        let size = self
            .model
            .iter()
            .map(|(key, value)| entry_size(key, patch.get(key).unwrap_or(value)))
            .sum();
        check_size(&self.name, size, limit)?;
        self.counters.inputs += 1;
        self.inputs_unsent += 1;
        self.uncommitted = true;
        for (key, value) in patch {
            if let Some(commit) = &mut self.commit {
                commit.changed.insert(key.clone());
            }
            self.unsent.insert(key.clone());
            self.model.insert(key, value);
        }
        self.unsent_since.get_or_insert(now);
        Ok(())
    }

    /// The person let go: the present values are final. Does nothing if they were
    /// final already, so that several events may report one release.
    pub(super) fn commit(&mut self, now: Instant) {
        self.before = None;
        self.end_gesture(now, Phase::Commit);
    }

    /// The person gave up the gesture: back to the values before it. Says
    /// whether there was a gesture.
    pub(super) fn cancel(&mut self, now: Instant) -> bool {
        let Some(before) = self.before.take() else { return false };
        if self.uncommitted {
            self.unsent.extend(before.keys().cloned());
            self.model = before;
        }
        self.end_gesture(now, Phase::Cancel);
        true
    }

    fn end_gesture(&mut self, now: Instant, phase: Phase) {
        if !std::mem::take(&mut self.uncommitted) {
            return;
        }
        self.phase_due = Some(phase);
        self.unsent_since.get_or_insert(now);
    }

    /// The connection was lost: the next one begins a new epoch.
    pub(super) fn disconnected(&mut self) {
        let oldest = self.in_flight.front().map(|sent| sent.input_at);
        self.unsent_since = oldest.or(self.unsent_since);
        self.in_flight.clear();
        self.stall = Stall::default();
        self.epoch += 1;
        self.last_seq = 0;
        self.answered_seq = 0;
        self.snapshot_due = true;
    }

    pub(super) fn is_held(&self) -> bool {
        self.before.is_some()
    }

    /// Whether something waits to be sent, window or not.
    fn due(&self) -> bool {
        self.snapshot_due || self.phase_due.is_some() || !self.unsent.is_empty()
    }

    /// The next patch, if one should leave now.
    pub(super) fn next_patch(&mut self, now: Instant, group: u64) -> Option<LivePatch<P>> {
        // One in flight; a commit waits for nothing.
        let window_open = self.in_flight.is_empty() || self.phase_due.is_some();
        if !self.due() || !window_open {
            return None;
        }
        self.last_seq += 1;
        self.counters.frames += 1;
        let resends_commit = self.snapshot_due && self.phase_due.is_none();
        let (phase, commit, patch) = match &mut self.commit {
            // After a reconnect: the unanswered commit as it was, and then what came later.
            Some(commit) if resends_commit => {
                commit.seq = self.last_seq;
                self.unsent = commit.changed.clone();
                (commit.phase, Some(commit.id), commit.model.clone())
            }
            _ => self.newest(),
        };
        if self.snapshot_due && self.counters.frames > 1 {
            self.counters.resent += 1;
        }
        self.snapshot_due = false;
        self.in_flight.push_back(Sent {
            seq: self.last_seq,
            at: now,
            input_at: self.unsent_since.take().unwrap_or(now),
        });
        if !self.unsent.is_empty() {
            self.unsent_since = Some(now);
        }
        self.stall.watch(now, self.rtt, self.service);
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
        let patch = if self.snapshot_due {
            self.model.clone()
        } else {
            unsent
                .into_iter()
                .filter_map(|key| self.model.get(&key).map(|value| (key, value.clone())))
                .collect()
        };
        self.counters.coalesced += self.inputs_unsent.saturating_sub(1);
        self.inputs_unsent = 0;
        let Some(phase) = self.phase_due.take() else { return (Phase::Preview, None, patch) };
        self.commits += 1;
        self.commit = Some(Commit {
            id: self.commits,
            seq: self.last_seq,
            phase,
            model: self.model.clone(),
            changed: BTreeSet::new(),
        });
        (phase, Some(self.commits), patch)
    }

    /// The server answered. Gives the answer back if it should be shown.
    pub(super) fn ack(&mut self, now: Instant, ack: LiveAck<P>) -> Option<Result<P, Rejection<P>>> {
        if ack.epoch != self.epoch || ack.seq <= self.answered_seq || ack.seq > self.last_seq {
            self.counters.stale += 1;
            return None;
        }
        self.answered_seq = ack.seq;
        self.stall = Stall::default();
        self.wait = Some(Duration::from_micros(ack.wait_us));
        self.service = Some(Duration::from_micros(ack.service_us));
        let mut answered = 0;
        while let Some(sent) = self.in_flight.front().filter(|sent| sent.seq <= ack.seq) {
            answered += 1;
            if sent.seq == ack.seq {
                let server = Duration::from_micros(ack.wait_us.saturating_add(ack.service_us));
                self.rtt = Some((now - sent.at).saturating_sub(server));
            }
            self.in_flight.pop_front();
        }
        self.counters.conflated += u64::saturating_sub(answered, 1);
        if !self.in_flight.is_empty() {
            self.stall.watch(now, self.rtt, self.service);
        }
        if self.commit.as_ref().is_some_and(|commit| commit.seq <= ack.seq) {
            self.commit = None;
        }
        self.error = ack.outcome.as_ref().err().cloned();
        self.counters.results += u64::from(ack.outcome.is_ok());
        Some(ack.outcome)
    }

    /// Time passed. Says whether the server's silence has become suspicious.
    pub(super) fn tick(&mut self, now: Instant) -> bool {
        if !self.stall.tick(now) {
            return false;
        }
        // What is in flight may be lost without the connection being so: send all again.
        self.unsent_since = self.in_flight.front().map(|sent| sent.input_at);
        self.in_flight.clear();
        self.snapshot_due = true;
        true
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.stall.deadline()
    }

    pub(super) fn status(&self, now: Instant) -> LiveStatus<P> {
        let oldest = self.in_flight.front().map(|sent| sent.input_at).or(self.unsent_since);
        LiveStatus {
            pending: self.due() || self.answered_seq < self.last_seq,
            in_flight: self.in_flight.len(),
            gesture: self.is_held(),
            stalled: self.stall.is_stalled(),
            staleness: oldest.map(|at| now - at).unwrap_or_default(),
            seq: self.answered_seq,
            rtt: self.rtt,
            wait: self.wait,
            service: self.service,
            error: self.error.clone(),
            counters: self.counters,
        }
    }
}

/// Refuses a model that would not fit into one message.
pub(super) fn check_model<P: Payload>(
    name: &str,
    model: &Patch<P>,
    limit: usize,
) -> Result<(), LiveError> {
    check_size(name, model.iter().map(|(key, value)| entry_size(key, value)).sum(), limit)
}

fn check_size(name: &str, keys: usize, limit: usize) -> Result<(), LiveError> {
    // Every byte of the name may need an escape of six; 128 hold the rest of the frame.
    let size = keys + 6 * name.len() + 128;
    if size > limit { Err(LiveError::TooLarge { size, limit }) } else { Ok(()) }
}

fn entry_size<P: Payload>(key: &str, value: &P) -> usize {
    value.size() + 6 * key.len() + 4
}
