use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fader_core::{GroupId, Patch, RawPayload, Rejection};
use fader_protocol::Phase;

/// What must hold for live input: what is shown never goes back, the last value is
/// shown in the end, and a server never has more than one job at work and one
/// commit and one preview waiting. The world of gestures looks closer.
#[derive(Debug, Default)]
pub(in crate::sim) struct Live {
    groups: BTreeMap<GroupId, Group>,
    /// The live groups at the servers, by their sessions and their models'
    /// constant key.
    served: BTreeMap<(String, i64), Served>,
    /// The server lies, so its answers say nothing.
    pub(super) is_lied_to: bool,
}

/// A live group as the person knows it.
#[derive(Debug)]
struct Group {
    /// All that the model ever was, from the one that is shown to the present one.
    history: VecDeque<Patch<RawPayload>>,
    /// The values at the beginning of the gesture.
    before: Option<Patch<RawPayload>>,
    /// Something was shown, and it was for the present model.
    is_current: bool,
}

/// A live group as its server must treat it.
#[derive(Debug, Default)]
struct Served {
    is_at_work: bool,
    /// How many previews and how many commits began since the last patch arrived.
    previews: u32,
    commits: u32,
    /// All that was ever committed.
    committed: BTreeSet<Model>,
}

/// A model's values by their keys.
type Model = BTreeMap<String, i64>;

impl Group {
    fn model(&self) -> &Patch<RawPayload> {
        self.history.back().expect("a model")
    }
}

impl Live {
    // In the page.

    pub(in crate::sim) fn group_opened(&mut self, id: GroupId, model: Patch<RawPayload>) {
        let group = Group { history: VecDeque::from([model]), before: None, is_current: false };
        self.groups.insert(id, group);
    }

    pub(in crate::sim) fn group_closed(&mut self, id: GroupId) {
        self.groups.remove(&id);
    }

    pub(in crate::sim) fn gesture_began(&mut self, id: GroupId) {
        let group = self.group(id);
        group.before = Some(group.model().clone());
    }

    pub(in crate::sim) fn value_set(&mut self, id: GroupId, patch: &Patch<RawPayload>) {
        let group = self.group(id);
        let mut model = group.model().clone();
        model.extend(patch.clone());
        group.history.push_back(model);
        group.is_current = false;
    }

    pub(in crate::sim) fn gesture_cancelled(&mut self, id: GroupId) {
        let group = self.group(id);
        let before = group.before.take().expect("a gesture");
        group.history.push_back(before);
        group.is_current = false;
    }

    /// A result is shown; a coarse one, if `partial`.
    pub(in crate::sim) fn shown(
        &mut self,
        id: GroupId,
        partial: bool,
        outcome: &Result<RawPayload, Rejection<RawPayload>>,
    ) {
        let group = self.groups.get_mut(&id).expect("a result of a group that is open");
        if self.is_lied_to {
            group.is_current = !partial;
            return;
        }
        let model = match outcome {
            Ok(result) => Some(result),
            Err(rejection) => rejection.data.as_ref(),
        };
        let model = model.unwrap_or_else(|| unreachable!("{outcome:?}"));
        let model = parse(model.get());
        let is_same = |candidate: &Patch<RawPayload>| {
            candidate.len() == model.len()
                && candidate.iter().all(|(key, value)| {
                    model.get(key).is_some_and(|number| number.to_string() == value.get())
                })
        };
        let index = group.history.iter().position(is_same);
        let index = index.unwrap_or_else(|| {
            unreachable!("{model:?} is shown after {:?}", group.history.front())
        });
        group.history.drain(..index);
        group.is_current = !partial && is_same(group.model());
    }

    fn group(&mut self, id: GroupId) -> &mut Group {
        self.groups.get_mut(&id).expect("an open group")
    }

    // At the server.

    /// A patch arrived, which makes a group's model this one.
    pub(in crate::sim) fn patch_arrived(
        &mut self,
        session: &str,
        model: &Patch<RawPayload>,
        is_commit: bool,
    ) {
        let value = |value: &RawPayload| value.get().parse().expect("a number");
        let model: Model = model.iter().map(|(key, raw)| (key.clone(), value(raw))).collect();
        let served = self.served(session, &model);
        (served.previews, served.commits) = (0, 0);
        if is_commit {
            served.committed.insert(model);
        }
    }

    pub(in crate::sim) fn handler_started(&mut self, session: &str, model: &str, phase: Phase) {
        let model = parse(model);
        let served = self.served(session, &model);
        assert!(!served.is_at_work, "two jobs of one group at once");
        served.is_at_work = true;
        if phase == Phase::Preview {
            served.previews += 1;
            assert!(served.previews <= 1, "more than one preview waited");
        } else {
            served.commits += 1;
            assert!(served.commits <= 1, "more than one commit waited");
            assert!(served.committed.contains(&model), "{model:?} was not committed");
        }
    }

    pub(in crate::sim) fn handler_ended(&mut self, session: &str, model: &str) {
        self.served(session, &parse(model)).is_at_work = false;
    }

    pub(in crate::sim) fn session_ended(&mut self, session: &str) {
        self.served.retain(|(of, _), _| of != session);
    }

    pub(in crate::sim) fn server_forgot_everything(&mut self) {
        self.served.clear();
    }

    /// A group of a session, by a model of it.
    fn served(&mut self, session: &str, model: &Model) -> &mut Served {
        // The key that tells the groups of one page apart.
        self.served.entry((session.to_owned(), model["id"])).or_default()
    }

    // In the end.

    /// The live groups that are open.
    pub(in crate::sim) fn open_groups(&self) -> impl Iterator<Item = GroupId> {
        self.groups.keys().copied()
    }

    pub(in crate::sim) fn all_closed(&mut self) {
        self.groups.clear();
    }

    pub(in crate::sim) fn all_current(&self) -> bool {
        self.groups.values().all(|group| group.is_current)
    }

    pub(in crate::sim) fn assert_all_current(&self) {
        for (id, group) in &self.groups {
            assert!(group.is_current, "the last value of {id:?} is not shown: {group:?}");
        }
    }
}

fn parse(model: &str) -> Model {
    serde_json::from_str(model).expect("a model")
}
