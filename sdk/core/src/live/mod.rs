mod estimate;
mod forecast;
mod group;
mod holds;
mod pacing;
mod parking;
mod policy;
mod rate;
mod stall;
mod status;
mod window;

use std::time::Duration;

use fader_protocol::{LiveAck, LivePatch, LivePush, Patch, Payload, Rejection};

use crate::{GroupId, Instant, LiveError, Operation};
use fader_protocol::{SortedMap, SortedSet};
use group::Group;
pub use holds::Holder;
pub use policy::Policy;
pub use status::{LiveCounters, LiveStatus};

/// The most closed groups whose commits are kept until they are answered.
const CLOSING: usize = 64;

/// The live groups that the app has open.
#[derive(Debug)]
pub(crate) struct Live<P> {
    next_id: u64,
    groups: SortedMap<GroupId, Group<P>>,
    /// The groups that the app has closed while their commit was not answered.
    closing: SortedMap<GroupId, Group<P>>,
    /// The groups whose status changed since the app was last told.
    changed: SortedSet<GroupId>,
}

impl<P: Payload> Live<P> {
    pub(crate) fn new() -> Self {
        Self {
            next_id: 1,
            groups: SortedMap::new(),
            closing: SortedMap::new(),
            changed: SortedSet::new(),
        }
    }

    pub(crate) fn open(
        &mut self,
        now: Instant,
        name: &str,
        model: Patch<P>,
        policy: Policy,
        limit: usize,
    ) -> Result<GroupId, LiveError> {
        group::check_model(name, &model, limit)?;
        let id = GroupId(self.next_id);
        self.next_id += 1;
        self.groups.insert(id, Group::new(now, name.into(), model, policy));
        Ok(id)
    }

    /// The app closes a group; what it holds was committed. Says whether the
    /// server must be told now. It is told later where there is a commit that it
    /// has not answered: that may be lost, and is kept so that it can be sent again.
    pub(crate) fn close(&mut self, id: GroupId) -> bool {
        self.changed.remove(&id);
        let Some(group) = self.groups.remove(&id) else { return false };
        if !group.has_commit() {
            return true;
        }
        self.closing.insert(id, group);
        if self.closing.len() > CLOSING {
            self.closing.pop_first();
        }
        false
    }

    /// The next thing to tell the server of a group that the app has closed.
    pub(crate) fn next_closing(&mut self, now: Instant) -> Option<Operation<P>> {
        let next_patch = |(id, group): (&GroupId, &mut Group<P>)| group.next_patch(now, id.0);
        if let Some(patch) = self.closing.iter_mut().find_map(next_patch) {
            return Some(Operation::Live(patch));
        }
        let id = *self.closing.iter().find(|(_, group)| !group.has_commit())?.0;
        self.closing.remove(&id);
        Some(Operation::LiveClose { group: id.0 })
    }

    /// There is a new connection, to a server that takes this many bytes. Gives
    /// the groups whose models it does not take, and why, `more` included.
    pub(crate) fn connected(&mut self, limit: usize, more: &str) -> Vec<(GroupId, Rejection<P>)> {
        self.closing.retain(|_, group| group.fit(limit, more).is_none());
        self.groups
            .iter_mut()
            .filter_map(|(id, group)| Some((*id, group.fit(limit, more)?)))
            .collect()
    }

    pub(crate) fn clear(&mut self) {
        self.groups.clear();
        self.closing.clear();
        self.changed.clear();
    }

    pub(crate) fn begin(
        &mut self,
        now: Instant,
        id: GroupId,
        holder: Holder,
        keys: &[&str],
        quiet: Option<Duration>,
    ) -> Result<(), LiveError> {
        self.touch(id).ok_or(LiveError::Closed)?.begin(now, holder, keys, quiet)
    }

    pub(crate) fn is_held_by(&self, id: GroupId, holder: Holder) -> bool {
        self.groups.get(&id).is_some_and(|group| group.is_held_by(holder))
    }

    pub(crate) fn check_keys(&self, id: GroupId, keys: &[&str]) -> Result<(), LiveError> {
        self.groups.get(&id).ok_or(LiveError::Closed)?.check_keys(keys.iter().copied())
    }

    pub(crate) fn set(
        &mut self,
        now: Instant,
        id: GroupId,
        patch: Patch<P>,
        limit: usize,
    ) -> Result<(), LiveError> {
        self.touch(id).ok_or(LiveError::Closed)?.set(now, patch, limit)
    }

    pub(crate) fn commit(&mut self, now: Instant, id: GroupId, holder: Holder) {
        if let Some(group) = self.touch(id) {
            group.commit(now, holder);
        }
    }

    pub(crate) fn commit_keys(
        &mut self,
        now: Instant,
        id: GroupId,
        keys: &[&str],
    ) -> Result<(), LiveError> {
        self.touch(id).ok_or(LiveError::Closed)?.commit_keys(now, keys)
    }

    pub(crate) fn commit_group(&mut self, now: Instant, id: GroupId) {
        if let Some(group) = self.touch(id) {
            group.commit_all(now);
        }
    }

    pub(crate) fn cancel(&mut self, now: Instant, id: GroupId, holder: Holder) -> Option<Patch<P>> {
        self.touch(id)?.cancel(now, holder)
    }

    /// The page or the client goes away: what the groups hold is final.
    pub(crate) fn commit_all(&mut self, now: Instant) {
        for (id, group) in self.groups.iter_mut() {
            group.commit_all(now);
            self.changed.insert(*id);
        }
    }

    pub(crate) fn disconnected(&mut self) {
        for (id, group) in self.groups.iter_mut() {
            group.disconnected();
            self.changed.insert(*id);
        }
        self.closing.values_mut().for_each(Group::disconnected);
    }

    /// The next patch that should leave now.
    pub(crate) fn next_patch(&mut self, now: Instant) -> Option<LivePatch<P>> {
        self.groups.iter_mut().find_map(|(id, group)| {
            let patch = group.next_patch(now, id.0)?;
            self.changed.insert(*id);
            Some(patch)
        })
    }

    /// The server answered. Gives back what should be shown, and for which group.
    pub(crate) fn ack(
        &mut self,
        now: Instant,
        ack: LiveAck<P>,
    ) -> Option<(GroupId, Result<P, Rejection<P>>)> {
        let id = GroupId(ack.group);
        if let Some(group) = self.closing.get_mut(&id) {
            // Nobody wants to see it.
            let _ = group.ack(now, ack);
            return None;
        }
        let outcome = self.touch(id)?.ack(now, ack)?;
        Some((id, outcome))
    }

    /// A coarse result came. Says for which group it should be shown, if at all.
    pub(crate) fn partial(&mut self, group: u64, epoch: u64, seq: u64) -> Option<GroupId> {
        let id = GroupId(group);
        self.touch(id)?.partial(epoch, seq).then_some(id)
    }

    /// Values came from elsewhere.
    pub(crate) fn push(&mut self, push: LivePush<P>) {
        if let Some(group) = self.touch(GroupId(push.group)) {
            group.push(push);
        }
    }

    /// Values from elsewhere that may be shown now, and for which group.
    pub(crate) fn take_pushed(&mut self) -> Option<(GroupId, Patch<P>)> {
        self.groups.iter_mut().find_map(|(id, group)| {
            let pushed = group.take_pushed();
            (!pushed.is_empty()).then_some((*id, pushed))
        })
    }

    /// Time passed: input that was quiet for long enough is final, whether connected or not.
    pub(crate) fn settle(&mut self, now: Instant) {
        for (id, group) in self.groups.iter_mut() {
            if group.settle(now) {
                self.changed.insert(*id);
            }
        }
    }

    /// Time passed while connected. Says whether the server's silence has become suspicious.
    pub(crate) fn tick(&mut self, now: Instant) -> bool {
        let mut suspicious = false;
        for (id, group) in self.groups.iter_mut() {
            if group.tick(now) {
                self.changed.insert(*id);
                suspicious = true;
            }
        }
        for group in self.closing.values_mut() {
            suspicious |= group.tick(now);
        }
        suspicious
    }

    pub(crate) fn deadline(&self, now: Instant, connected: bool) -> Option<Instant> {
        let settle = self.groups.values().filter_map(Group::settle_deadline).min();
        if !connected {
            return settle;
        }
        let groups = self.groups.values().chain(self.closing.values());
        groups.filter_map(|group| group.deadline(now)).chain(settle).min()
    }

    pub(crate) fn status(&self, now: Instant, id: GroupId) -> Option<LiveStatus<P>> {
        self.groups.get(&id).map(|group| group.status(now))
    }

    pub(crate) fn next_changed(&mut self) -> Option<GroupId> {
        self.changed.pop_first()
    }

    fn touch(&mut self, id: GroupId) -> Option<&mut Group<P>> {
        let group = self.groups.get_mut(&id)?;
        self.changed.insert(id);
        Some(group)
    }
}
