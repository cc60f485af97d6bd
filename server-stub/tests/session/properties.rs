use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fader_protocol::link::LinkConfig;
use fader_protocol::{Decoded, RawPayload, ServerFrame, json};
use fader_server::session::{Config, Input, JobId, Work};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::driver::{Driver, raw};

fn config() -> Config {
    Config {
        requests: 3,
        groups: 2,
        subscriptions: 2,
        link: LinkConfig { frames: 16, bytes: 2000 },
        ..Config::default()
    }
}

fn frames(messages: &[String]) -> Vec<ServerFrame<RawPayload>> {
    let limits = config().sends;
    messages
        .iter()
        .flat_map(|message| {
            let frames: Decoded<ServerFrame<RawPayload>> = json::decode(message, &limits);
            frames.expect("a message that clients accept")
        })
        .map(|frame| frame.expect("a frame that clients know"))
        .collect()
}

fn pick(driver: &Driver, index: Index) -> Option<JobId> {
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    (!jobs.is_empty()).then(|| *index.get(&jobs))
}

/// What a hostile client and its handlers do.
#[derive(Debug, Clone)]
enum Attack {
    Say(String),
    Partial(Index),
    Share(Index, u8),
    Push(u8),
    Finish(Index, bool),
    Pass(u64),
    /// Something is published.
    Publish(u8),
    /// A stream's handler has an item of so many bytes.
    Offer(Index, usize),
    /// The connection has room.
    News,
    Drain,
    /// The connection is gone, with this code.
    Gone(u16),
    /// Comes back with one of the secrets, or a wrong one, and some count.
    Resume(usize, u64),
    /// Something arrives over a connection that is not the newest.
    SayLate(String),
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0_u64..4).prop_map(|n| n.to_string()),
        1 => Just("9007199254740991".to_owned()),
        2 => Just("null".to_owned()),
        2 => prop_oneof![Just("sum"), Just("equaliser"), Just("other"), Just(""), Just("search"), Just("chat")]
            .prop_map(|name| format!("{name:?}")),
        2 => "[ab]{0,2}".prop_map(|key| format!("{{\"{key}\":[1]}}")),
        1 => Just("{\"version\":1}".to_owned()),
        1 => Just("-0.5".to_owned()),
    ]
}

/// Frames that are nearly, or really, well-formed.
fn frame() -> impl Strategy<Value = String> {
    let numbers = || 0_u64..4;
    prop_oneof![
        2 => (0_u64..32, prop::collection::vec(field(), 0..8)).prop_map(|(code, fields)| {
            format!("[{code}{}]", fields.iter().map(|f| format!(",{f}")).collect::<String>())
        }),
        2 => numbers().prop_map(|id| format!("[10,{id},\"sum\",0]")),
        1 => numbers().prop_map(|id| format!("[13,{id}]")),
        1 => numbers().prop_map(|id| format!("[14,{id},\"sum\",\"k\",0]")),
        1 => numbers().prop_map(|count| format!("[4,{count}]")),
        1 => (numbers(), field())
            .prop_map(|(id, credit)| format!("[30,{id},\"search\",{credit},0]")),
        1 => (numbers(), field()).prop_map(|(id, items)| format!("[31,{id},{items}]")),
        1 => numbers().prop_map(|id| format!("[34,{id},\"chat\",null,0]")),
        1 => Just("[49,\"chat\",0]".to_owned()),
        2 => (numbers(), any::<bool>(), position()).prop_map(|(id, presence, since)| {
            format!("[40,{id},\"chat\",{{\"presence\":{presence}{since}}}]")
        }),
        1 => numbers().prop_map(|id| format!("[41,{id}]")),
        4 => (numbers(), numbers(), numbers(), 0_u8..3, field()).prop_map(
            |(group, epoch, seq, phase, commit)| {
                format!("[20,{group},\"equaliser\",{epoch},{seq},{phase},{commit},{{\"a\":{seq}}}]")
            }
        ),
        1 => numbers().prop_map(|group| format!("[15,{group}]")),
    ]
}

fn position() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        (0_u64..2, field())
            .prop_map(|(e, o)| format!(",\"since\":{{\"epoch\":\"e{e}\",\"offset\":{o}}}")),
    ]
}

fn attack() -> impl Strategy<Value = Attack> {
    prop_oneof![
        8 => prop::collection::vec(frame(), 0..6)
            .prop_map(|frames| Attack::Say(format!("[{}]", frames.join(",")))),
        4 => (any::<Index>(), any::<bool>()).prop_map(|(job, ok)| Attack::Finish(job, ok)),
        1 => any::<Index>().prop_map(Attack::Partial),
        1 => (any::<Index>(), any::<u8>()).prop_map(|(job, value)| Attack::Share(job, value)),
        1 => any::<u8>().prop_map(Attack::Push),
        2 => (0_u64..40_000).prop_map(Attack::Pass),
        2 => any::<u8>().prop_map(Attack::Publish),
        2 => (any::<Index>(), 2..3000_usize).prop_map(|(job, size)| Attack::Offer(job, size)),
        3 => Just(Attack::News),
        1 => Just(Attack::Drain),
        3 => prop::sample::select(vec![1000, 1001, 1006, 4001, 4408]).prop_map(Attack::Gone),
        4 => (0_usize..4, 0_u64..6).prop_map(|(secret, count)| Attack::Resume(secret, count)),
        1 => frame().prop_map(|frame| Attack::SayLate(format!("[{frame}]"))),
        1 => "\\PC*".prop_map(Attack::Say),
    ]
}

proptest! {
    /// No input makes the session panic, exceed its limits, or send what a client cannot read.
    #[test]
    fn a_hostile_client_gains_nothing(
        attacks in prop::collection::vec(attack(), 0..60),
    ) {
        let mut driver = Driver::open(config());
        for attack in attacks {
            match attack {
                Attack::Say(text) => driver.say(&text),
                Attack::Finish(index, ok) => match pick(&driver, index) {
                    Some(job) if ok => driver.succeed(job, "1"),
                    Some(job) => driver.fail(job, "no"),
                    None => {}
                },
                Attack::Partial(index) => if let Some(job) = pick(&driver, index) {
                    driver.partial(job, "1");
                },
                Attack::Share(index, value) => {
                    if let Some(job) = pick(&driver, index) {
                        driver.share(job, &format!("{{\"a\":{value}}}"));
                    }
                }
                Attack::Push(value) => driver.push(&format!("{{\"a\":{value},\"c\":0}}")),
                Attack::Publish(value) => { driver.publish("chat", &value.to_string()); }
                Attack::Offer(index, size) => if let Some(job) = pick(&driver, index)
                    && let Work::Stream { feed, .. } = &driver.jobs[&job].0
                {
                    let _ = feed.offer(raw(&format!("\"{}\"", "x".repeat(size - 2))));
                }
                Attack::News => driver.handle(Input::News),
                Attack::Pass(ms) => driver.pass_ms(ms),
                Attack::Drain => driver.drain(),
                Attack::Gone(code) => driver.gone(code),
                Attack::Resume(secret, count) => {
                    let known = driver.secrets.iter().rev().nth(secret).cloned();
                    let is_guess = known.is_none();
                    let resumed = driver.resume(&known.unwrap_or_else(|| "guess".into()), count);
                    prop_assert!(!(resumed && is_guess));
                }
                Attack::SayLate(text) => {
                    let before = driver.session.connection();
                    if driver.resume(&driver.secrets.last().unwrap().clone(), 0) {
                        driver.sent();
                        driver.say_over(before, &text);
                        prop_assert!(driver.sent().is_empty());
                    }
                }
            }
            frames(&driver.sent());
            let live = driver.jobs.values().filter(|(w, _)| matches!(w, Work::Live { .. })).count();
            prop_assert!(live <= config().groups);
            let asked = driver.asked().len();
            prop_assert!(asked <= config().subscriptions);
            prop_assert!(driver.jobs.len() - live - asked <= config().requests);
            prop_assert!(driver.topics.subscriptions("chat") <= config().subscriptions);
        }
    }
}

/// What a handler says, coarse or not: a live group's, the model.
fn result(driver: &Driver, job: JobId) -> String {
    match &driver.jobs[&job].0 {
        Work::Live { model, .. } => model.clone(),
        Work::Request { .. }
        | Work::Stream { .. }
        | Work::Publish { .. }
        | Work::Subscribe { .. } => "1".into(),
    }
}

/// What an honest client and its handlers do.
#[derive(Debug, Clone)]
enum Step {
    Preview(u64),
    Commit(u64),
    /// The same patch once more.
    Duplicate(u64),
    /// A new epoch, with the newest commit sent again first if there is one.
    Reconnect(u64),
    /// A patch of the epoch before.
    Straggler(u64),
    Request,
    CancelNewest,
    Partial(Index),
    Finish(Index, bool),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let group = 1_u64..3;
    prop_oneof![
        6 => group.clone().prop_map(Step::Preview),
        3 => group.clone().prop_map(Step::Commit),
        1 => group.clone().prop_map(Step::Duplicate),
        1 => group.clone().prop_map(Step::Reconnect),
        1 => group.prop_map(Step::Straggler),
        2 => Just(Step::Request),
        1 => Just(Step::CancelNewest),
        2 => any::<Index>().prop_map(Step::Partial),
        6 => (any::<Index>(), any::<bool>()).prop_map(|(job, ok)| Step::Finish(job, ok)),
        2 => (0_u64..20).prop_map(Step::Pass),
    ]
}

/// An honest client's view of one group. Its model has two keys: `c`, the id of
/// the newest commit, and `p`, which each patch sets to another value.
#[derive(Debug, Default)]
struct Group {
    epoch: u64,
    seq: u64,
    commits: u64,
    value: u64,
    /// `p` of each commit.
    committed: BTreeMap<u64, u64>,
    acked: u64,
    /// `p` at each patch of the epoch.
    sent: BTreeMap<u64, u64>,
}

impl Group {
    fn preview(&mut self, id: u64) -> String {
        self.value += 1;
        self.frame(id, 0, "null", self.value)
    }

    fn commit(&mut self, id: u64) -> String {
        self.commits += 1;
        self.value += 1;
        self.committed.insert(self.commits, self.value);
        self.frame(id, 1, &self.commits.to_string(), self.value)
    }

    /// A new epoch, with the newest commit as it was if there is one.
    fn reconnect(&mut self, id: u64) -> String {
        self.epoch += 1;
        (self.seq, self.acked) = (0, 0);
        self.sent.clear();
        match self.committed.get(&self.commits) {
            Some(p) => self.frame(id, 1, &self.commits.to_string(), *p),
            None => self.preview(id),
        }
    }

    fn frame(&mut self, id: u64, phase: u8, commit: &str, p: u64) -> String {
        self.epoch = self.epoch.max(1);
        self.seq += 1;
        self.sent.insert(self.seq, p);
        let patch = match self.seq == 1 || phase == 1 {
            true => format!("{{\"c\":{},\"p\":{p}}}", self.commits),
            false => format!("{{\"p\":{p}}}"),
        };
        self.repeat(id, self.epoch, self.seq, phase, commit, &patch)
    }

    /// A result says what it was computed from.
    fn check(&self, seq: u64, result: &RawPayload) {
        let model: BTreeMap<String, u64> = json::from_raw(result).unwrap();
        assert_eq!(model["p"], self.sent[&seq], "for other values");
    }

    fn repeat(
        &self,
        id: u64,
        epoch: u64,
        seq: u64,
        phase: u8,
        commit: &str,
        patch: &str,
    ) -> String {
        let name = name(id);
        format!("[[20,{id},\"{name}\",{epoch},{seq},{phase},{commit},{patch}]]")
    }
}

fn name(group: u64) -> &'static str {
    if group == 1 { "equaliser" } else { "other" }
}

#[derive(Debug, Default)]
struct Client {
    groups: BTreeMap<u64, Group>,
    requested: u64,
    answered: BTreeSet<u64>,
    cancelled: BTreeSet<u64>,
    /// The commits that took effect, by group name and id.
    effects: BTreeSet<(String, u64)>,
    seen: BTreeSet<JobId>,
}

impl Client {
    fn step(&mut self, driver: &mut Driver, step: &Step) {
        match *step {
            Step::Preview(id) => driver.say(&self.groups.entry(id).or_default().preview(id)),
            Step::Commit(id) => driver.say(&self.groups.entry(id).or_default().commit(id)),
            Step::Duplicate(id) => {
                let group = self.groups.entry(id).or_default();
                if group.seq > 0 {
                    let (epoch, seq) = (group.epoch, group.seq);
                    driver.say(&group.repeat(id, epoch, seq, 0, "null", "{\"p\":-1}"));
                }
            }
            Step::Reconnect(id) => {
                let group = self.groups.entry(id).or_default();
                if group.epoch > 0 {
                    driver.say(&group.reconnect(id));
                }
            }
            Step::Straggler(id) => {
                let group = self.groups.entry(id).or_default();
                if group.epoch > 1 {
                    let epoch = group.epoch - 1;
                    driver.say(&group.repeat(id, epoch, 999, 1, "999", "{\"p\":-1}"));
                }
            }
            Step::Request => {
                self.requested += 1;
                driver.say(&format!("[[10,{},\"sum\",0]]", self.requested));
            }
            Step::CancelNewest => {
                driver.say(&format!("[[13,{}]]", self.requested));
                if !self.answered.contains(&self.requested) {
                    self.cancelled.insert(self.requested);
                }
            }
            Step::Partial(index) => {
                if let Some(job) = pick(driver, index) {
                    driver.partial(job, &result(driver, job));
                }
            }
            Step::Finish(index, ok) => match pick(driver, index) {
                Some(job) if ok => driver.succeed(job, &result(driver, job)),
                Some(job) => driver.fail(job, "no"),
                None => {}
            },
            Step::Pass(ms) => driver.pass_ms(ms),
        }
        self.check(driver);
    }

    fn check(&mut self, driver: &mut Driver) {
        for frame in frames(&driver.sent()) {
            match frame {
                ServerFrame::LiveAck(ack) => {
                    let group = self.groups.get_mut(&ack.group).expect("a known group");
                    assert_eq!(ack.epoch, group.epoch, "an answer to an old epoch");
                    assert!(group.acked < ack.seq && ack.seq <= group.seq, "{ack:?}, {group:?}");
                    group.acked = ack.seq;
                    if let Ok(result) = ack.outcome {
                        group.check(ack.seq, &result);
                    }
                }
                ServerFrame::LivePartial { group, epoch, seq, result } => {
                    let group = self.groups.get_mut(&group).expect("a known group");
                    assert_eq!(epoch, group.epoch, "a coarse result of an old epoch");
                    assert!(seq > group.acked, "a coarse result after the full one");
                    group.check(seq, &result);
                }
                ServerFrame::Reply { id, .. } | ServerFrame::Error { id, .. } => {
                    assert!(self.answered.insert(id), "{id} is answered twice");
                    assert!(!self.cancelled.contains(&id), "{id} is answered though cancelled");
                }
                ServerFrame::Ping(nonce) => driver.say(&format!("[[3,{nonce}]]")),
                other => panic!("an unexpected {other:?}"),
            }
        }
        let mut running = BTreeSet::new();
        for (id, (work, _)) in &driver.jobs {
            let Work::Live { name, model, phase } = work else { continue };
            assert!(running.insert(name), "two jobs of {name} overlap");
            if self.seen.insert(*id) && phase.number() == 1 {
                let model: BTreeMap<String, i64> = serde_json::from_str(model).unwrap();
                assert_ne!(model["p"], -1, "an ignored patch was taken in");
                let commit = u64::try_from(model["c"]).unwrap();
                assert!(self.effects.insert((name.clone(), commit)), "twice: {model:?}");
                let group = &self.groups[if name == "equaliser" { &1 } else { &2 }];
                assert_eq!(group.committed[&commit].to_string(), model["p"].to_string());
            }
        }
    }
}

proptest! {
    /// However patches, commits, new epochs and handlers interleave: a group's
    /// jobs never overlap, answers only go forward and are for the values that
    /// they say, a commit takes effect once and with the values that were
    /// committed, and in the end everything is answered.
    #[test]
    fn an_honest_client_is_served(
        preempt in prop::option::of(0_u64..30),
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let preempt_after = preempt.map(|ms| ("equaliser", Duration::from_millis(ms)));
        let preempt_after = preempt_after.into_iter().collect();
        let mut driver = Driver::open(Config { requests: 999, preempt_after, ..Config::default() });
        let mut client = Client::default();
        for step in &steps {
            client.step(&mut driver, step);
        }
        while let Some(job) = driver.jobs.keys().next().copied() {
            let result = result(&driver, job);
            driver.succeed(job, &result);
            client.check(&mut driver);
        }
        for group in client.groups.values() {
            prop_assert_eq!(group.acked, group.seq);
        }
        for id in 1..=client.requested {
            prop_assert!(client.answered.contains(&id) != client.cancelled.contains(&id));
        }
        prop_assert_eq!(driver.close, None);
    }
}
