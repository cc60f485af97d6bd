//! Several people move the same sliders: pages as the protocol wants them, each
//! with a session, and a handler that shares its whole model.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fader_protocol::{Decoded, LivePush, Patch, RawPayload, ServerFrame, json};
use fader_server::session::{Config, Input, Push, Work};
use proptest::prelude::*;

use crate::driver::{Driver, raw};

const KEYS: [&str; 2] = ["a", "b"];

/// A page's half of one live group.
struct Page {
    values: BTreeMap<&'static str, i64>,
    epoch: u64,
    seq: u64,
    answered: u64,
    unsent: BTreeSet<&'static str>,
    snapshot_due: bool,
    refresh_due: bool,
    commit_due: bool,
    commits: u64,
    /// The last commit, until it is answered: its patch, its values, and what was
    /// set since.
    commit: Option<(u64, BTreeMap<&'static str, i64>, BTreeSet<&'static str>)>,
    /// The patch that last carried a key.
    carried: BTreeMap<&'static str, u64>,
    parked: BTreeMap<&'static str, (i64, u64)>,
}

impl Page {
    fn new() -> Self {
        Self {
            values: KEYS.map(|key| (key, 0)).into(),
            epoch: 1,
            seq: 0,
            answered: 0,
            unsent: BTreeSet::new(),
            snapshot_due: true,
            refresh_due: false,
            commit_due: false,
            commits: 0,
            commit: None,
            carried: BTreeMap::new(),
            parked: BTreeMap::new(),
        }
    }

    fn set(&mut self, key: &'static str, value: i64) {
        self.values.insert(key, value);
        self.unsent.insert(key);
        if let Some((_, _, changed)) = &mut self.commit {
            changed.insert(key);
        }
    }

    fn is_pending(&self) -> bool {
        self.snapshot_due || self.refresh_due || self.commit_due || !self.unsent.is_empty()
    }

    /// The next patch, with one unanswered at most, but for commits.
    fn send(&mut self) -> Option<String> {
        let may = self.commit_due || self.snapshot_due || self.answered == self.seq;
        if !self.is_pending() || !may {
            return None;
        }
        self.seq += 1;
        let unsent = std::mem::take(&mut self.unsent);
        let mut values = self.values.clone();
        let (mut phase, mut id) = (0, "null".to_owned());
        if std::mem::take(&mut self.snapshot_due) {
            if let Some((seq, model, changed)) = &mut self.commit
                && !self.commit_due
            {
                (phase, id, values) = (1, self.commits.to_string(), model.clone());
                *seq = self.seq;
                self.unsent = changed.clone();
            }
        } else {
            values.retain(|key, _| unsent.contains(key));
        }
        if std::mem::take(&mut self.commit_due) {
            self.commits += 1;
            (phase, id) = (1, self.commits.to_string());
            self.commit = Some((self.seq, self.values.clone(), BTreeSet::new()));
        }
        self.refresh_due = false;
        self.carried.extend(values.keys().map(|key| (*key, self.seq)));
        let patch: Vec<_> = values.iter().map(|(key, v)| format!("\"{key}\":{v}")).collect();
        let (epoch, seq, patch) = (self.epoch, self.seq, patch.join(","));
        Some(format!(r#"[[20,1,"equaliser",{epoch},{seq},{phase},{id},{{{patch}}}]]"#))
    }

    fn receive(&mut self, message: &str) {
        let frames: Decoded<ServerFrame<RawPayload>> =
            json::decode(message, &Config::default().sends);
        for frame in frames.expect("a message") {
            match frame.expect("a frame") {
                ServerFrame::LiveAck(ack) if ack.epoch == self.epoch => {
                    assert!(ack.seq > self.answered && ack.seq <= self.seq, "{ack:?}");
                    self.answered = ack.seq;
                    self.commit.take_if(|(seq, ..)| *seq <= ack.seq);
                }
                ServerFrame::LivePush(LivePush { epoch, seq, patch, .. })
                    if epoch == self.epoch =>
                {
                    for (key, value) in patch {
                        let key = KEYS.into_iter().find(|known| *known == key).expect("a key");
                        let value: f64 = json::from_raw(&value).expect("a number");
                        self.parked.insert(key, (value as i64, seq));
                    }
                }
                ServerFrame::LiveAck(_) | ServerFrame::LivePush(_) => {}
                other => panic!("an unexpected {other:?}"),
            }
        }
        self.apply();
    }

    /// Applies the values from elsewhere whose keys have no own change under way.
    fn apply(&mut self) {
        for key in KEYS {
            let carried = self.carried.get(key).copied().unwrap_or(0);
            if carried > self.answered || self.unsent.contains(key) {
                continue;
            }
            if let Some((value, seq)) = self.parked.remove(key)
                && carried <= seq
            {
                self.values.insert(key, value);
                if let Some((_, _, changed)) = &mut self.commit {
                    changed.insert(key);
                }
                self.refresh_due = true;
            }
        }
    }

    fn reconnect(&mut self) {
        self.epoch += 1;
        (self.seq, self.answered) = (0, 0);
        self.snapshot_due = true;
        self.carried.clear();
        self.parked.clear();
    }
}

/// A page, its session, and what is on its way.
struct Seat {
    page: Page,
    driver: Driver,
    up: VecDeque<String>,
    down: VecDeque<String>,
    /// Values from other sessions that this one has not taken yet.
    inbox: Patch<RawPayload>,
}

struct Room {
    seats: Vec<Seat>,
    /// Whether the handler shares on letting go only.
    on_commit: bool,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Set(usize, i64),
    Commit,
    Up,
    Down,
    /// The handler shares its model once more.
    Share,
    Finish,
    TakeInbox,
    Reconnect,
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let step = prop_oneof![
        4 => (0..2_usize, 1..100_i64).prop_map(|(key, value)| Step::Set(key, value)),
        1 => Just(Step::Commit),
        6 => Just(Step::Up),
        6 => Just(Step::Down),
        2 => Just(Step::Share),
        6 => Just(Step::Finish),
        6 => Just(Step::TakeInbox),
        1 => Just(Step::Reconnect),
    ];
    (0..3_usize, step)
}

impl Room {
    fn new(seats: usize, on_commit: bool) -> Self {
        let seat = || Seat {
            page: Page::new(),
            driver: Driver::open(Config::default()),
            up: VecDeque::new(),
            down: VecDeque::new(),
            inbox: Patch::new(),
        };
        let mut room = Self { seats: (0..seats).map(|_| seat()).collect(), on_commit };
        room.settle();
        room
    }

    /// Does the step, where there is anything to do. Says whether there was.
    fn step(&mut self, at: usize, step: Step) -> bool {
        let Seat { page, driver, up, down, inbox } = &mut self.seats[at];
        let did = match step {
            Step::Set(key, value) => {
                page.set(KEYS[key], value);
                true
            }
            Step::Commit => {
                page.commit_due = true;
                true
            }
            Step::Up => match up.pop_front() {
                Some(message) => {
                    driver.say(&message);
                    true
                }
                None => false,
            },
            Step::Down => match down.pop_front() {
                Some(message) => {
                    page.receive(&message);
                    true
                }
                None => false,
            },
            Step::Share | Step::Finish => match driver.jobs.keys().next().copied() {
                Some(job) => {
                    let Work::Live { model, phase, .. } = &driver.jobs[&job].0 else { panic!() };
                    if !self.on_commit || phase.number() == 1 {
                        // As a handler in Rust spells numbers that came as integers.
                        let model: BTreeMap<String, f64> = serde_json::from_str(model).unwrap();
                        driver.share(job, &serde_json::to_string(&model).unwrap());
                    }
                    if matches!(step, Step::Finish) {
                        driver.succeed(job, "0");
                    }
                    true
                }
                None => false,
            },
            Step::TakeInbox if inbox.is_empty() => false,
            Step::TakeInbox => {
                let values = std::mem::take(inbox);
                driver.handle(Input::Push(Push { name: "equaliser".into(), values }));
                true
            }
            Step::Reconnect => {
                page.reconnect();
                up.clear();
                down.clear();
                true
            }
        };
        up.extend(page.send());
        down.extend(driver.sent());
        for push in std::mem::take(&mut driver.pushes) {
            for (other, seat) in self.seats.iter_mut().enumerate() {
                if other == at {
                    // What was shared before, and not taken yet, is replaced.
                    seat.inbox.retain(|key, _| !push.values.contains_key(key));
                } else {
                    seat.inbox.extend(push.values.clone());
                }
            }
        }
        did
    }

    /// Everything that is on its way arrives, side by side. Says in how many steps.
    fn settle(&mut self) -> usize {
        let mut steps = 0;
        for at in 0..self.seats.len() {
            let Seat { page, up, .. } = &mut self.seats[at];
            up.extend(page.send());
        }
        loop {
            let before = steps;
            for step in [Step::Up, Step::TakeInbox, Step::Finish, Step::Down] {
                for at in 0..self.seats.len() {
                    steps += usize::from(self.step(at, step));
                }
            }
            if steps == before {
                return steps;
            }
            assert!(steps < 2000, "values go back and forth without end");
        }
    }

    fn values(&self) -> Vec<BTreeMap<&'static str, i64>> {
        self.seats.iter().map(|seat| seat.page.values.clone()).collect()
    }
}

/// Each takes hold of the same slider at the same time, and what they share
/// crosses on the way. The handlers share all they have at each call, and each
/// client asks for a fresh result when it was told of new values.
#[test]
fn values_do_not_go_back_and_forth() {
    let mut sessions = [1, 2].map(|value| {
        let mut driver = Driver::open(Config::default());
        driver.say(r#"[[20,1,"equaliser",1,1,0,null,{"a":0}]]"#);
        driver.succeed(driver.job(), "0");
        driver.sent();
        driver.say(&format!(r#"[[20,1,"equaliser",1,2,0,null,{{"a":{value}}}]]"#));
        driver
    });
    let mut shared = 0;
    for seq in 3..20 {
        for driver in &mut sessions {
            if let Some(job) = driver.jobs.keys().next().copied() {
                let model = driver.model().to_owned();
                driver.share(job, &model);
                driver.succeed(job, "0");
            }
        }
        let [one, other] = &mut sessions;
        let pushes = [std::mem::take(&mut one.pushes), std::mem::take(&mut other.pushes)];
        shared += pushes.iter().map(Vec::len).sum::<usize>();
        for (to, pushes) in [other, one].into_iter().zip(pushes) {
            pushes.into_iter().for_each(|push| to.handle(Input::Push(push)));
        }
        for driver in &mut sessions {
            if driver.sent().iter().any(|message| message.contains("[25,")) {
                driver.say(&format!(r#"[[20,1,"equaliser",1,{seq},0,null,{{}}]]"#));
            }
        }
    }
    assert_eq!(shared, 2, "each its own change, once");
}

#[test]
fn crossing_changes_end_in_the_same_value() {
    for on_commit in [false, true] {
        let mut room = Room::new(2, on_commit);
        for (at, value) in [(0, 1), (1, 2)] {
            room.step(at, Step::Set(0, value));
            room.step(at, Step::Commit);
        }
        let steps = room.settle();
        assert!(steps < 50, "{steps}");
        let values = room.values();
        assert_eq!(values[0], values[1]);
        assert_ne!(values[0]["a"], 0);
    }
}

#[test]
fn one_moves_and_all_follow() {
    let mut room = Room::new(3, false);
    for value in 1..=20 {
        room.step(0, Step::Set(0, value));
        for step in [Step::Up, Step::Finish, Step::Down] {
            room.step(0, step);
        }
    }
    room.settle();
    assert_eq!(room.values(), vec![BTreeMap::from([("a", 20), ("b", 0)]); 3]);
    let replies: u64 = room.seats.iter().map(|seat| seat.driver.session.stats().pushed).sum();
    assert_eq!(replies, 2, "who lags is told the newest only, and nothing comes back");
}

/// Pages write numbers in other ways than handlers do.
#[test]
fn one_spelling_of_a_number_is_no_change_of_another() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,0,null,{"a":1,"b":1}]]"#);
    driver.succeed(driver.job(), "0");
    driver.say(r#"[[20,1,"equaliser",1,2,0,null,{"a":2}]]"#);
    let values = [("a", "2.0"), ("b", "1e0")].map(|(key, text)| (key.to_owned(), raw(text))).into();
    driver.handle(Input::Share { job: driver.job(), values });
    assert_eq!(driver.pushed(), [r#"{"a":2.0}"#]);
}

proptest! {
    /// However the changes of three people cross, through lost connections too:
    /// when all is said, they see the same, and it ends.
    #[test]
    fn in_the_end_all_see_the_same(
        on_commit in any::<bool>(),
        steps in prop::collection::vec(step(), 0..150),
    ) {
        let mut room = Room::new(3, on_commit);
        for (at, step) in steps {
            room.step(at, step);
        }
        room.settle();
        // Everybody lets go.
        for at in 0..3 {
            room.step(at, Step::Commit);
        }
        room.settle();
        let values = room.values();
        prop_assert_eq!(&values[0], &values[1]);
        prop_assert_eq!(&values[0], &values[2]);
    }
}
