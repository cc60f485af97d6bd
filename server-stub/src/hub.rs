use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fader_protocol::{Patch, RawPayload};
use tokio::sync::Notify;

use crate::session::Push;
use crate::values::{ModelLimits, merge};

/// Passes values of live groups between sessions.
///
/// Each session has an inbox with the newest value of each key, so one whose client
/// is slow costs no more than a model for each name. A session that waits for its
/// client to come back is given values as well, and tells the client then. All
/// values pass one after the other, in the same order for everybody: so all end
/// with the same.
#[derive(Debug)]
pub(crate) struct Hub {
    /// How large a model may be.
    limits: ModelLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    inboxes: HashMap<u64, Inbox>,
    /// The sessions that have groups of a name.
    members: HashMap<String, BTreeSet<u64>>,
    /// The newest values, for those who come later, of the names that want it.
    kept: HashMap<&'static str, Patch<RawPayload>>,
    last: u64,
}

#[derive(Debug)]
struct Inbox {
    values: BTreeMap<String, Patch<RawPayload>>,
    news: Arc<Notify>,
}

impl Hub {
    /// A hub for models of that size. Values of the names in `keeps`
    /// are kept for those who come later.
    pub(crate) fn new(limits: ModelLimits, keeps: impl Iterator<Item = &'static str>) -> Self {
        let kept = keeps.map(|name| (name, Patch::new())).collect();
        Self { limits, state: Mutex::new(State { kept, ..State::default() }) }
    }

    /// Gives values to all sessions that have groups of the name.
    pub(crate) fn push(&self, push: &Push) {
        self.pass(push, None);
    }

    /// A handler has accepted these values: they are kept for keys of which there
    /// are none.
    pub(crate) fn accepted(&self, name: &str, values: &Patch<RawPayload>) {
        if let Some(kept) = self.state().kept.get_mut(name) {
            let mut missing = values.clone();
            missing.retain(|key, _| !kept.contains_key(key));
            if !missing.is_empty() {
                merge(kept, &missing, self.limits);
            }
        }
    }

    /// Gives values to all but `from`. What waited there is older, and replaced.
    fn pass(&self, push: &Push, from: Option<u64>) {
        let state = &mut *self.state();
        if let Some(kept) = state.kept.get_mut(push.name.as_str()) {
            merge(kept, &push.values, self.limits);
        }
        for id in state.members.get(&push.name).into_iter().flatten() {
            let Some(inbox) = state.inboxes.get_mut(id) else { continue };
            if from != Some(*id) {
                let values = inbox.values.entry(push.name.clone()).or_default();
                merge(values, &push.values, self.limits);
                inbox.news.notify_one();
            } else if let Some(values) = inbox.values.get_mut(&push.name) {
                values.retain(|key, _| !push.values.contains_key(key));
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change is left half done where something could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session's place in the hub, which ends when dropped.
#[derive(Debug)]
pub(crate) struct Member {
    hub: Arc<Hub>,
    id: u64,
    names: BTreeSet<String>,
    news: Arc<Notify>,
}

impl Member {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        let news = Arc::new(Notify::new());
        let id = {
            let mut state = hub.state();
            state.last += 1;
            let inbox = Inbox { values: BTreeMap::new(), news: Arc::clone(&news) };
            let id = state.last;
            state.inboxes.insert(id, inbox);
            id
        };
        Self { hub, id, names: BTreeSet::new(), news }
    }

    /// The session has another group of this name: what was kept for it comes.
    pub(crate) fn join(&mut self, name: &str) {
        let state = &mut *self.hub.state();
        if self.names.insert(name.into()) {
            state.members.entry(name.into()).or_default().insert(self.id);
        }
        if let Some(kept) = state.kept.get(name)
            && !kept.is_empty()
            && let Some(inbox) = state.inboxes.get_mut(&self.id)
        {
            inbox.values.insert(name.into(), kept.clone());
            inbox.news.notify_one();
        }
    }

    /// Gives values to all other sessions that have groups of the name.
    pub(crate) fn push(&self, push: &Push) {
        self.hub.pass(push, Some(self.id));
    }

    /// Waits until values have come.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// The values that came since the last look.
    pub(crate) fn take(&self) -> Vec<Push> {
        let mut state = self.hub.state();
        let Some(inbox) = state.inboxes.get_mut(&self.id) else { return Vec::new() };
        let values = std::mem::take(&mut inbox.values);
        values.into_iter().map(|(name, values)| Push { name, values }).collect()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        state.inboxes.remove(&self.id);
        for name in &self.names {
            if let Some(members) = state.members.get_mut(name) {
                members.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fader_protocol::MessageLimits;
    use serde_json::json;

    use super::*;
    use crate::values::to_values;

    fn push(name: &str, values: &serde_json::Value) -> Push {
        Push { name: name.into(), values: to_values(values, &MessageLimits::default()).unwrap() }
    }

    fn hub() -> Arc<Hub> {
        let limits = ModelLimits { bytes: 1000, keys: 100 };
        Arc::new(Hub::new(limits, ["kept"].into_iter()))
    }

    fn members<const N: usize>(hub: &Arc<Hub>) -> [Member; N] {
        std::array::from_fn(|_| {
            let mut member = Member::new(Arc::clone(hub));
            member.join("eq");
            member
        })
    }

    #[test]
    fn values_reach_those_who_have_such_a_group() {
        let hub = hub();
        let [one, other] = members(&hub);
        let mut stranger = Member::new(Arc::clone(&hub));
        stranger.join("other");
        one.push(&push("eq", &json!({"a": 1})));
        assert_eq!(other.take(), [push("eq", &json!({"a": 1}))]);
        assert!(one.take().is_empty() && other.take().is_empty() && stranger.take().is_empty());
        hub.push(&push("eq", &json!({"a": 2})));
        assert_eq!((one.take().len(), other.take().len(), stranger.take().len()), (1, 1, 0));
    }

    #[test]
    fn who_does_not_look_finds_the_newest_only() {
        let hub = hub();
        let [one, other] = members(&hub);
        for value in 0..10_000 {
            one.push(&push("eq", &json!({"a": value, (value % 3).to_string(): value})));
        }
        let newest = json!({"a": 9999, "0": 9999, "1": 9997, "2": 9998});
        assert_eq!(other.take(), [push("eq", &newest)]);
    }

    #[tokio::test]
    async fn news_are_told_also_if_nobody_waits() {
        let hub = hub();
        let [one, other] = members(&hub);
        one.push(&push("eq", &json!({"a": 1})));
        other.news().await;
        assert_eq!(other.take().len(), 1);
    }

    /// As in the order in which they passed.
    #[test]
    fn own_values_replace_those_that_came_before_and_were_not_taken() {
        let hub = hub();
        let [one, other] = members(&hub);
        other.push(&push("eq", &json!({"a": 1, "b": 1})));
        one.push(&push("eq", &json!({"a": 2})));
        assert_eq!(one.take(), [push("eq", &json!({"b": 1}))]);
        assert_eq!(other.take(), [push("eq", &json!({"a": 2}))]);
    }

    #[test]
    fn who_comes_later_finds_what_was_kept() {
        let hub = hub();
        let [mut one, mut other] = members(&hub);
        one.join("kept");
        assert!(one.take().is_empty(), "there is nothing");
        hub.accepted("kept", &push("kept", &json!({"a": 1, "b": 1})).values);
        one.push(&push("kept", &json!({"a": 2})));
        // What a handler accepts was moved by nobody.
        hub.accepted("kept", &push("kept", &json!({"a": 3, "b": 3, "c": 3})).values);
        for _ in 0..2 {
            other.join("kept");
            assert_eq!(other.take(), [push("kept", &json!({"a": 2, "b": 1, "c": 3}))]);
        }
        one.push(&push("eq", &json!({"a": 1})));
        let [third] = members(&hub);
        assert!(third.take().is_empty(), "of that name nothing is kept");
    }

    #[test]
    fn who_has_gone_leaves_nothing_behind() {
        let hub = hub();
        let [one, other] = members(&hub);
        drop(one);
        other.push(&push("eq", &json!({"a": 1})));
        drop(other);
        let state = hub.state();
        assert!(state.inboxes.is_empty() && state.members["eq"].is_empty());
    }
}
