//! Whatever the app, the network and the server do, in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use fader_core::{
    Config, GroupId, Holder, Input, Lifecycle, NotSent, Patch, RawPayload, RequestError,
};
use fader_protocol::{ClientFrame, Goodbye, ServerFrame, close};
use proptest::prelude::*;

use crate::support::{LivePeer, Rig, as_result, json, model, ms, s};

/// One thing that the app, the network or the server does.
#[derive(Debug, Clone)]
enum Step {
    Request { bytes: usize, timeout_ms: Option<u64> },
    CancelRequest { which: usize },
    OpenGroup,
    Begin { which: usize },
    Set { which: usize, key: bool },
    Commit { which: usize },
    CancelGesture { which: usize },
    CloseGroup { which: usize },
    Drain,
    Advance { millis: u64 },
    Sleep { millis: u64 },
    Lifecycle(Lifecycle),
    Connect,
    TransportOpens,
    Welcome { bytes: usize },
    Reply { which: usize, error: bool, twice: bool },
    AnswerGroup { which: usize, but: usize },
    Goodbye { after_ms: u64 },
    Nonsense { hopeless: bool },
    Pongs(bool),
    Close { code: u16 },
    StaleClose,
}

fn lifecycle() -> impl Strategy<Value = Lifecycle> {
    prop::sample::select(vec![
        Lifecycle::Online,
        Lifecycle::Offline,
        Lifecycle::Visible,
        Lifecycle::PageShow,
        Lifecycle::PageHide,
        Lifecycle::Freeze,
        Lifecycle::Resume,
    ])
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..8_usize;
    prop_oneof![
        6 => (prop_oneof![9 => 1..200_usize, 1 => 1000..70_000_usize], prop::option::of(1..5000_u64))
            .prop_map(|(bytes, timeout_ms)| Step::Request { bytes, timeout_ms }),
        2 => which.clone().prop_map(|which| Step::CancelRequest { which }),
        1 => Just(Step::OpenGroup),
        2 => which.clone().prop_map(|which| Step::Begin { which }),
        8 => (which.clone(), any::<bool>()).prop_map(|(which, key)| Step::Set { which, key }),
        3 => which.clone().prop_map(|which| Step::Commit { which }),
        1 => which.clone().prop_map(|which| Step::CancelGesture { which }),
        1 => which.clone().prop_map(|which| Step::CloseGroup { which }),
        6 => Just(Step::Drain),
        8 => (1..3000_u64).prop_map(|millis| Step::Advance { millis }),
        4 => (1..60_u64).prop_map(|millis| Step::Advance { millis }),
        1 => (1..200_000_u64).prop_map(|millis| Step::Sleep { millis }),
        2 => lifecycle().prop_map(Step::Lifecycle),
        3 => Just(Step::Connect),
        8 => Just(Step::TransportOpens),
        8 => prop::sample::select(vec![0_usize, 1024, 4096, 65_536, 1 << 30])
            .prop_map(|bytes| Step::Welcome { bytes }),
        6 => (which.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(which, error, twice)| Step::Reply { which, error, twice }),
        8 => (which, prop_oneof![3 => Just(0), 2 => 1..4_usize])
            .prop_map(|(which, but)| Step::AnswerGroup { which, but }),
        1 => (0..400_000_u64).prop_map(|after_ms| Step::Goodbye { after_ms }),
        1 => any::<bool>().prop_map(|hopeless| Step::Nonsense { hopeless }),
        1 => any::<bool>().prop_map(Step::Pongs),
        3 => prop::sample::select(vec![1000_u16, 1001, 1006, 1012, 1013, 4401, 4408])
            .prop_map(|code| Step::Close { code }),
        1 => Just(Step::StaleClose),
    ]
}

/// A group as the test knows it.
struct Group {
    id: GroupId,
    /// As the client must hold it.
    local: Patch<RawPayload>,
    before: Option<Patch<RawPayload>>,
    cancelled: bool,
    /// The greatest value shown.
    shown: i64,
    last_shown: Option<RawPayload>,
}

/// A client, and a server that answers when a step says so.
struct World {
    rig: Rig,
    config: Config,
    groups: Vec<Group>,
    /// The server's side of each group, by the number on the wire.
    peers: BTreeMap<u64, LivePeer>,
    welcomed: bool,
    /// The requests that this connection's server knows and has not answered.
    asked: Vec<u64>,
    /// All requests that ever reached a server.
    arrived: BTreeSet<u64>,
    replies: BTreeSet<u64>,
    requests: Vec<fader_core::RequestId>,
    settled: usize,
    values: i64,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut config = Config::default();
        config.queue.requests = 4;
        config.queue.in_flight = 3;
        config.queue.bytes = 20_000;
        Self {
            rig: Rig::with(config.clone(), seed),
            config,
            groups: Vec::new(),
            peers: BTreeMap::new(),
            welcomed: false,
            asked: Vec::new(),
            arrived: BTreeSet::new(),
            replies: BTreeSet::new(),
            requests: Vec::new(),
            settled: 0,
            values: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Request { bytes, timeout_ms } => {
                let id = self.rig.request_within("x".repeat(bytes), timeout_ms.map(ms));
                self.requests.push(id);
            }
            Step::CancelRequest { which } => {
                if let Some(id) = nth_newest(&self.requests, which) {
                    self.rig.cancel(*id);
                }
            }
            Step::OpenGroup => self.open_group(),
            Step::Begin { which } => {
                if let Some(group) = nth(&mut self.groups, which) {
                    self.rig.begin(group.id);
                    group.before.get_or_insert_with(|| group.local.clone());
                }
            }
            Step::Set { which, key } => {
                self.values += 1;
                if let Some(group) = nth(&mut self.groups, which) {
                    let patch = model([(if key { "x" } else { "y" }, self.values)]);
                    group.local.extend(patch.clone());
                    self.rig.set(group.id, patch);
                }
            }
            Step::Commit { which } => {
                if let Some(group) = nth(&mut self.groups, which) {
                    group.before = None;
                    self.rig.commit(group.id);
                }
            }
            Step::CancelGesture { which } => {
                if let Some(group) = nth(&mut self.groups, which) {
                    let cancelled =
                        self.rig.client.live_cancel(self.rig.now, group.id, Holder::APP);
                    assert_eq!(cancelled.is_some(), group.before.is_some());
                    if let Some(before) = group.before.take() {
                        group.local = before;
                        group.cancelled = true;
                    }
                }
            }
            Step::CloseGroup { which } => {
                if which < self.groups.len() {
                    let group = self.groups.remove(which);
                    self.rig.client.live_close(self.rig.now, group.id);
                }
            }
            Step::Drain => self.rig.drain(),
            Step::Advance { millis } => self.rig.advance(ms(millis)),
            Step::Sleep { millis } => self.rig.sleep(ms(millis)),
            Step::Lifecycle(lifecycle) => {
                // A gesture does not outlive the page.
                if matches!(lifecycle, Lifecycle::PageHide | Lifecycle::Freeze) {
                    self.groups.iter_mut().for_each(|group| group.before = None);
                }
                self.rig.lifecycle(lifecycle);
            }
            Step::Connect => self.rig.input(Input::Connect),
            Step::TransportOpens => {
                if self.rig.is_dialing() {
                    self.rig.transport_opens();
                }
            }
            Step::Welcome { bytes } => {
                if self.rig.is_up() && !self.welcomed {
                    self.rig.welcome(bytes);
                    self.welcomed = true;
                }
            }
            Step::Reply { which, error, twice } => self.reply(which, error, twice),
            Step::AnswerGroup { which, but } => {
                let peer = self.peers.values().nth(which);
                if let Some(answer) = peer.map(|peer| peer.answer_but(but))
                    && self.rig.is_up()
                {
                    self.rig.serve([answer]);
                }
            }
            Step::Goodbye { after_ms } => {
                if self.rig.is_up() {
                    let goodbye = Goodbye { after_ms, spread_ms: 1000, reason: String::new() };
                    self.rig.serve([ServerFrame::Goodbye(goodbye)]);
                }
            }
            Step::Nonsense { hopeless } => {
                if self.rig.is_up() {
                    self.rig.serve_text(if hopeless { "[[" } else { "[[77],[11],null]" });
                }
            }
            Step::Pongs(pongs) => self.rig.pongs = pongs,
            Step::Close { code } => {
                if self.rig.is_up() || self.rig.is_dialing() {
                    self.rig.transport_closes(code, "");
                }
            }
            Step::StaleClose => {
                let generation = fader_core::Generation::default();
                let (code, reason) = (close::FORBIDDEN, String::new());
                self.rig.input(Input::Closed { generation, code, reason });
            }
        }
        self.observe();
    }

    fn open_group(&mut self) {
        let local = model([("x", 0), ("y", 0)]);
        let id = self.rig.live_open(local.clone());
        self.groups.push(Group {
            id,
            local,
            before: None,
            cancelled: false,
            shown: 0,
            last_shown: None,
        });
    }

    /// The server answers one of the requests that it has.
    fn reply(&mut self, which: usize, error: bool, twice: bool) {
        if !self.rig.is_up() || which >= self.asked.len() {
            return;
        }
        let id = self.asked.remove(which);
        let frame = if error {
            ServerFrame::Error { id, rejection: fader_core::Rejection::new("failed", "") }
        } else {
            self.replies.insert(id);
            ServerFrame::Reply { id, payload: json(id) }
        };
        self.rig.serve(vec![frame; 1 + usize::from(twice)]);
    }

    /// Looks at what the client did, and at what must hold at all times.
    fn observe(&mut self) {
        let seen = self.rig.take();
        if !seen.dials.is_empty() || !seen.hang_ups.is_empty() || !self.rig.is_up() {
            self.welcomed = false;
        }
        for frame in &seen.frames {
            match frame {
                ClientFrame::Request { id, .. } => {
                    assert!(self.arrived.insert(*id), "request {id} is sent twice");
                    self.asked.push(*id);
                }
                ClientFrame::Cancel { id } => self.asked.retain(|asked| asked != id),
                ClientFrame::Live(patch) => {
                    self.peers.entry(patch.group).or_default().receive_patch(patch.clone());
                }
                ClientFrame::LiveClose { group } => drop(self.peers.remove(group)),
                other => unreachable!("{other:?}"),
            }
        }
        if !self.rig.is_up() {
            self.asked.clear();
        }
        for (id, outcome) in seen.settled {
            self.settled += 1;
            let index = self.requests.iter().position(|request| *request == id);
            let wire_id = index.expect("a request of ours") as u64 + 1;
            match outcome {
                Ok(payload) => assert_eq!(payload, json(wire_id), "the reply of another"),
                Err(RequestError::Rejected(_)) => assert!(self.arrived.contains(&wire_id)),
                Err(RequestError::NotSent(NotSent::QueueFull | NotSent::TooLarge { .. })) => {
                    assert!(!self.arrived.contains(&wire_id), "{wire_id} was sent");
                }
                Err(
                    RequestError::Unknown | RequestError::TimedOut(_) | RequestError::Cancelled,
                ) => {}
                Err(other) => unreachable!("{other:?}"),
            }
        }
        for (id, outcome) in seen.results {
            let group = self.groups.iter_mut().find(|group| group.id == id);
            let group = group.expect("a result of an open group");
            let result = outcome.expect("no error was sent");
            let greatest = greatest_value(&result);
            assert!(
                greatest >= group.shown || group.cancelled,
                "{greatest} is shown after {}",
                group.shown
            );
            group.shown = greatest;
            group.last_shown = Some(result);
        }
        let stats = self.rig.client.stats();
        assert!(stats.queued <= self.config.queue.requests, "{stats:?}");
        assert!(stats.in_flight <= self.config.queue.in_flight, "{stats:?}");
    }

    /// All is well from now on: the server accepts, and answers at once.
    fn heal(&mut self) {
        self.rig.pongs = true;
        self.rig.lifecycle(Lifecycle::Online);
        self.rig.lifecycle(Lifecycle::PageShow);
        let end = self.rig.now + s(100);
        while self.rig.now < end && !self.is_settled() {
            self.observe();
            // The server may have sent the client away for minutes.
            self.rig.input(Input::Connect);
            if self.rig.is_dialing() {
                self.rig.transport_opens();
            }
            if self.rig.is_up() && !self.welcomed {
                self.rig.welcome(65_536);
                self.welcomed = true;
            }
            self.observe();
            while self.rig.is_up() && !self.asked.is_empty() {
                self.reply(0, false, false);
                self.observe();
            }
            if self.rig.is_up() {
                let answers: Vec<_> = self.peers.values().map(LivePeer::answer).collect();
                self.rig.serve(answers);
            }
            self.observe();
            self.rig.advance(ms(20));
        }
        self.observe();
    }

    fn is_settled(&self) -> bool {
        self.settled == self.requests.len()
            && self.groups.iter().all(|group| !self.rig.status(group.id).pending)
    }

    fn check_that_all_is_settled(&self) {
        assert_eq!(self.settled, self.requests.len(), "every request settles exactly once");
        for group in &self.groups {
            let status = self.rig.status(group.id);
            assert!(!status.pending && !status.stalled, "{status:?}");
            assert_eq!(group.last_shown, Some(as_result(&group.local)), "the last value is shown");
        }
    }
}

fn nth<T>(items: &mut [T], which: usize) -> Option<&mut T> {
    items.get_mut(which)
}

fn nth_newest<T>(items: &[T], which: usize) -> Option<&T> {
    items.iter().rev().nth(which)
}

fn greatest_value(result: &RawPayload) -> i64 {
    let values: BTreeMap<String, i64> = serde_json::from_str(result.get()).expect("a model");
    values.into_values().max().expect("keys")
}

// 256 cases each; `PROPTEST_CASES` asks for more.
proptest! {
    #[test]
    fn every_request_settles_once_and_the_last_live_value_is_shown(
        seed: u64,
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let mut world = World::new(seed);
        world.rig.input(Input::Connect);
        world.open_group();
        for step in &steps {
            world.step(step);
        }
        world.heal();
        world.check_that_all_is_settled();
    }

    #[test]
    fn closing_at_any_time_settles_everything_at_once(
        seed: u64,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(seed);
        world.rig.input(Input::Connect);
        world.open_group();
        for step in &steps {
            world.step(step);
        }
        world.rig.input(Input::Close);
        let seen = world.rig.take();
        prop_assert_eq!(world.settled + seen.settled.len(), world.requests.len());
        prop_assert_eq!(world.rig.client.deadline(), None);
        world.rig.advance(s(1000));
        prop_assert!(world.rig.take().is_nothing());
    }
}
