use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use fader_core::{
    Config, Delivery, GroupId, Patch, RawJson, Rejection, RequestError, RequestId, Stats,
};
use fader_protocol::{Phase, code};
use fader_server::session::Work;

use super::streams::StreamCheck;
use super::topics::TopicCheck;

/// What must hold, and what is needed to know whether it does.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) topics: TopicCheck,
    pub(super) streams: StreamCheck,
    dials: u32,
    requests: BTreeMap<RequestId, Request>,
    groups: BTreeMap<GroupId, Group>,
    /// How often a handler was called with these parameters.
    calls: BTreeMap<String, u32>,
    /// The live groups at the servers, by their sessions and their models'
    /// constant key.
    served: BTreeMap<(String, i64), Served>,
    /// What the app called more than once with the same idempotency key.
    repeated: BTreeSet<String>,
    /// How often a server forgot the idempotency keys.
    windows_lost: u32,
}

#[derive(Debug)]
struct Request {
    params: RawJson,
    delivery: Delivery,
    /// How many sessions there had been when it was made.
    sessions: u64,
    is_settled: bool,
}

/// A live group as the person knows it.
#[derive(Debug)]
struct Group {
    /// All that the model ever was, from the one that is shown to the present one.
    history: VecDeque<Patch<RawJson>>,
    /// The values at the beginning of the gesture.
    before: Option<Patch<RawJson>>,
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
    fn model(&self) -> &Patch<RawJson> {
        self.history.back().expect("a model")
    }
}

impl Check {
    // The connection.

    /// However attempts are asked for, the budget bounds them.
    pub(super) fn dialled(&mut self, uptime: Duration) {
        let backoff = Config::default().backoff;
        self.dials += 1;
        let refilled = uptime.div_duration_f64(backoff.budget_refill);
        let most = f64::from(backoff.budget) + refilled;
        assert!(f64::from(self.dials) <= most, "{} dials in {uptime:?}", self.dials);
    }

    // Requests.

    pub(super) fn called(
        &mut self,
        id: RequestId,
        params: RawJson,
        delivery: Delivery,
        sessions: u64,
    ) {
        if self.requests.values().any(|request| request.params == params) {
            self.repeated.insert(params.get().to_owned());
        }
        let request = Request { params, delivery, sessions, is_settled: false };
        let before = self.requests.insert(id, request);
        assert!(before.is_none(), "{id:?} is used twice");
    }

    pub(super) fn settled(
        &mut self,
        id: RequestId,
        outcome: Result<RawJson, RequestError<RawJson>>,
        sessions: u64,
    ) {
        if self.topics.settled(id, &outcome, sessions) {
            return;
        }
        let request = self.requests.get_mut(&id).expect("a request that was made");
        assert!(!request.is_settled, "{id:?} settles twice");
        request.is_settled = true;
        let calls = self.calls.get(request.params.get()).copied().unwrap_or_default();
        match outcome {
            Ok(reply) => {
                assert_eq!(reply, request.params, "the reply of another request");
                assert!(calls > 0, "a reply without a call");
            }
            Err(RequestError::Rejected(rejection)) if rejection.code == code::CANCELLED => {
                // All who had asked for it before gave up.
                assert!(matches!(request.delivery, Delivery::Keyed(_)), "{rejection}");
            }
            Err(RequestError::Rejected(rejection)) => {
                assert_eq!(rejection.code, "failed", "{rejection}");
                assert_eq!(rejection.data.as_ref(), Some(&request.params));
            }
            Err(RequestError::NotSent(reason)) => {
                // Another with the same key may have been.
                let is_keyed = matches!(request.delivery, Delivery::Keyed(_));
                assert!(is_keyed || calls == 0, "was sent: {reason}");
            }
            Err(RequestError::Unknown) => {
                let is_lost = sessions > request.sessions.max(1);
                match request.delivery {
                    Delivery::Once => assert!(is_lost, "the session goes on"),
                    Delivery::Keyed(_) => assert!(is_lost && self.windows_lost > 0),
                    Delivery::Volatile => {}
                }
            }
            Err(RequestError::TimedOut | RequestError::Cancelled) => {}
            Err(RequestError::Closed) => unreachable!("nobody closed the client"),
        }
    }

    pub(super) fn queues(&self, stats: &Stats) {
        let bounds = Config::default().queue;
        // What is sent again waits once more.
        assert!(stats.queued <= bounds.requests + bounds.in_flight);
        assert!(stats.in_flight <= bounds.in_flight);
    }

    // Live groups, in the page.

    pub(super) fn group_opened(&mut self, id: GroupId, model: Patch<RawJson>) {
        let group = Group { history: VecDeque::from([model]), before: None, is_current: false };
        self.groups.insert(id, group);
    }

    pub(super) fn group_closed(&mut self, id: GroupId) {
        self.groups.remove(&id);
    }

    pub(super) fn gesture_began(&mut self, id: GroupId) {
        let group = self.group(id);
        group.before = Some(group.model().clone());
    }

    pub(super) fn value_set(&mut self, id: GroupId, patch: &Patch<RawJson>) {
        let group = self.group(id);
        let mut model = group.model().clone();
        model.extend(patch.clone());
        group.history.push_back(model);
        group.is_current = false;
    }

    pub(super) fn gesture_cancelled(&mut self, id: GroupId) {
        let group = self.group(id);
        let before = group.before.take().expect("a gesture");
        group.history.push_back(before);
        group.is_current = false;
    }

    /// A result is shown; a coarse one, if `partial`.
    pub(super) fn shown(
        &mut self,
        id: GroupId,
        partial: bool,
        outcome: &Result<RawJson, Rejection<RawJson>>,
    ) {
        let group = self.groups.get_mut(&id).expect("a result of a group that is open");
        let model = match outcome {
            Ok(result) => Some(result),
            Err(rejection) => rejection.data.as_ref(),
        };
        let model = model.unwrap_or_else(|| unreachable!("{outcome:?}"));
        let model = parse(model.get());
        let is_same = |candidate: &Patch<RawJson>| {
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

    // Live groups, at the server.

    /// A patch arrived, which makes a group's model this one.
    pub(super) fn patch_arrived(&mut self, session: &str, model: &Patch<RawJson>, is_commit: bool) {
        let value = |value: &RawJson| value.get().parse().expect("a number");
        let model: Model = model.iter().map(|(key, raw)| (key.clone(), value(raw))).collect();
        let served = self.served(session, &model);
        (served.previews, served.commits) = (0, 0);
        if is_commit {
            served.committed.insert(model);
        }
    }

    pub(super) fn handler_started(&mut self, session: &str, work: &Work) {
        match work {
            Work::Request { params, .. } => {
                let calls = self.calls.entry(params.get().to_owned()).or_default();
                *calls += 1;
                // Only the app may ask a server that has forgotten.
                let is_repeated = self.repeated.contains(params.get());
                let most = 1 + if is_repeated { self.windows_lost } else { 0 };
                assert!(*calls <= most, "a request runs twice");
            }
            Work::Subscribe { .. } => self.topics.asked(),
            Work::Stream { .. } | Work::Publish { .. } => {}
            Work::Live { model, phase, .. } => {
                let model = parse(model);
                let served = self.served(session, &model);
                assert!(!served.is_at_work, "two jobs of one group at once");
                served.is_at_work = true;
                if *phase == Phase::Preview {
                    served.previews += 1;
                    assert!(served.previews <= 1, "more than one preview waited");
                } else {
                    served.commits += 1;
                    assert!(served.commits <= 1, "more than one commit waited");
                    assert!(served.committed.contains(&model), "{model:?} was not committed");
                }
            }
        }
    }

    pub(super) fn handler_ended(&mut self, session: &str, work: &Work) {
        if let Work::Live { model, .. } = work {
            self.served(session, &parse(model)).is_at_work = false;
        }
    }

    pub(super) fn session_ended(&mut self, session: &str) {
        self.served.retain(|(of, _), _| of != session);
    }

    /// The idempotency keys are known no more.
    pub(super) fn window_lost(&mut self) {
        self.windows_lost += 1;
    }

    pub(super) fn server_forgot_everything(&mut self) {
        self.served.clear();
        self.window_lost();
    }

    /// A group of a session, by a model of it.
    fn served(&mut self, session: &str, model: &Model) -> &mut Served {
        // The key that tells the groups of one page apart.
        self.served.entry((session.to_owned(), model["id"])).or_default()
    }

    // In the end.

    /// The live groups that are open.
    pub(super) fn open_groups(&self) -> impl Iterator<Item = GroupId> {
        self.groups.keys().copied()
    }

    pub(super) fn all_settled(&self, session: Option<&str>) -> bool {
        self.topics.unsettled(session).is_none()
            && self.streams.unended().is_none()
            && self.requests.values().all(|request| request.is_settled)
            && self.groups.values().all(|group| group.is_current)
    }

    /// What is not settled, though everything has been well for long.
    pub(super) fn assert_all_settled(&self, session: Option<&str>) {
        let unsettled = self.topics.unsettled(session);
        assert!(unsettled.is_none(), "{}", unsettled.unwrap_or_default());
        assert_eq!(self.streams.unended(), None, "never ended");
        for (id, request) in &self.requests {
            assert!(request.is_settled, "{id:?} never settled");
        }
        for (id, group) in &self.groups {
            assert!(group.is_current, "the last value of {id:?} is not shown: {group:?}");
        }
    }
}

fn parse(model: &str) -> Model {
    serde_json::from_str(model).expect("a model")
}
