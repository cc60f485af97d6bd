//! Clients and handlers that do anything, in any order.

use std::fmt::Write as _;
use std::time::Duration;

use fader_protocol::link::LinkConfig;
use fader_protocol::{Goodbye, MessageLimits, Patch, RawPayload};
use fader_server::session::{Config, Input, JobId, Push};

use crate::scene::{Handler, Scene, text};

const SEEDS: u64 = 30;
const STEPS: usize = 1000;

/// What the tests allocate beside the session: its jobs, and the epoch of a secret.
const BESIDE: usize = 16 * 1024;

/// Limits that are soon reached.
fn config() -> Config {
    Config {
        link: LinkConfig { frames: 64, bytes: 16 * 1024 },
        requests: 6,
        subscriptions: 4,
        groups: 4,
        live_bytes: 64 * 1024,
        model_keys: 200,
        outbox_bytes: 256 * 1024,
        accepts: MessageLimits { message_bytes: 8 * 1024, ..MessageLimits::default() },
        sends: MessageLimits { message_bytes: 64 * 1024, ..MessageLimits::of_client() },
        ..Config::default()
    }
}

/// A client without scruples, and what it has said so far.
struct Hostile {
    rng: fastrand::Rng,
    /// What it does at all, by the tens of a step: some hide what others do.
    habits: [bool; 10],
    scene: Scene,
    /// The newest epoch and seq of each group.
    groups: [(u64, u64); 6],
    /// Keys are new again and again.
    last_key: usize,
    last_id: u64,
}

impl Hostile {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let habits = std::array::from_fn(|_| rng.u8(..3) > 0);
        Self {
            rng,
            habits,
            scene: Scene::new(config()),
            groups: [(0, 0); 6],
            last_key: 0,
            last_id: 0,
        }
    }

    fn step(&mut self) {
        let n = self.rng.u8(..100);
        match if self.habits[usize::from(n / 10)] { n } else { 0 } {
            0..40 => self.patches(),
            40..44 => {
                let group = self.rng.usize(..self.groups.len());
                self.say(&format!("[15,{group}]"));
            }
            44..60 => self.end_a_job(),
            60..64 => {
                for _ in 0..self.scene.jobs.len() {
                    self.end_a_job();
                }
            }
            64..68 => self.share(),
            68..73 => {
                let push = Push { name: "bag".into(), values: self.values() };
                self.scene.handle(Input::Push(push));
            }
            73..81 => self.calls(),
            81..84 => self.offer(),
            84..87 => {
                let event = text(self.rng.usize(..1000));
                self.scene.topics.publish("chat", event).expect("a good event");
            }
            87..91 if self.scene.session.has_news() => self.scene.handle(Input::News),
            91..93 => {
                let count = self.scene.received;
                self.say(&format!("[4,{count}]"));
            }
            93..95 => {
                self.scene.now += Duration::from_millis(self.rng.u64(..2000));
                self.scene.handle(Input::Timeout);
            }
            95..98 if self.scene.session.is_detached() => {
                self.scene.resume();
            }
            95 => self.scene.cut(),
            98.. if self.rng.u8(..200) == 0 => self.scene.handle(Input::Drain(Goodbye {
                after_ms: 1,
                spread_ms: 1,
                reason: "restart".into(),
            })),
            _ => {}
        }
    }

    fn say(&mut self, frames: &str) {
        self.scene.say(&format!("[{frames}]"));
    }

    /// Patches of one group, as many as a message may hold at most.
    fn patches(&mut self) {
        let count = if self.rng.u8(..5) == 0 { self.rng.usize(1..60) } else { 1 };
        let group = self.rng.usize(..self.groups.len());
        let name = if group == 5 { "other" } else { "bag" };
        let mut frames = String::new();
        for i in 0..count {
            let (epoch, seq) = &mut self.groups[group];
            match self.rng.u8(..10) {
                0..4 => (*epoch, *seq) = (*epoch + 1, 1),
                4 => *seq += self.rng.u64(..1 << 40),
                _ => *seq += 1,
            }
            let (epoch, seq) = (*epoch, *seq);
            let phase = self.rng.u8(..3);
            let commit = match self.rng.u8(..3) {
                0 => "null".into(),
                _ => self.rng.u64(..3).to_string(),
            };
            let patch = self.patch(if count > 1 { 4 } else { 400 });
            let comma = if i > 0 { "," } else { "" };
            let frame =
                format!(r#"{comma}[20,{group},"{name}",{epoch},{seq},{phase},{commit},{patch}]"#);
            // A larger message would end the session.
            if frames.len() + frame.len() > 8000 {
                break;
            }
            frames.push_str(&frame);
        }
        self.say(&frames);
    }

    /// A patch of up to so many keys: new ones or old, in descending order, short or long.
    fn patch(&mut self, most: usize) -> String {
        let count = self.rng.usize(..=most);
        if self.rng.bool() {
            self.last_key += count;
        }
        let key = match self.rng.u8(..4) {
            0 => "x".repeat(self.rng.usize(..=100)),
            1 => r#"\u0001"#.repeat(self.rng.usize(..=16)),
            _ => String::new(),
        };
        let value = match self.rng.u8(..4) {
            0 => format!("\"{}\"", "x".repeat(self.rng.usize(..4000))),
            1 => "[1,[2,3]]".into(),
            _ => "1".into(),
        };
        let mut patch = "{".to_owned();
        for i in 0..count {
            if patch.len() + key.len() + value.len() > 7000 {
                break;
            }
            let comma = if i > 0 { "," } else { "" };
            let _ =
                write!(patch, "{comma}\"{key}{:x}\":{value}", self.last_key - i.min(self.last_key));
        }
        patch + "}"
    }

    fn job(&mut self) -> Option<JobId> {
        let count = self.scene.jobs.len();
        let n = self.rng.usize(..count.max(1));
        self.scene.jobs.keys().nth(n).copied()
    }

    fn end_a_job(&mut self) {
        let Some(job) = self.job() else { return };
        let bytes = match self.rng.u8(..4) {
            _ if matches!(self.scene.jobs[&job], Handler::Subscribe) => 10,
            0 => self.rng.usize(..60_000),
            _ => self.rng.usize(..100),
        };
        self.scene.finish(job, text(bytes));
    }

    fn values(&mut self) -> Patch<RawPayload> {
        let count = self.rng.usize(..50);
        let bytes = if self.rng.bool() { 10 } else { self.rng.usize(2..500) };
        (0..count)
            .map(|i| (format!("{:x}", self.last_key.saturating_sub(i)), text(bytes)))
            .collect()
    }

    fn share(&mut self) {
        let Some(job) = self.job() else { return };
        let values = self.values();
        self.scene.handle(Input::Share { job, values });
        self.scene.handle(Input::Partial { job, result: text(100) });
    }

    fn calls(&mut self) {
        self.last_id += 1;
        let (id, old) = (self.last_id, self.rng.u64(..=self.last_id));
        let long = "x".repeat(self.rng.usize(..7000));
        let frame = match self.rng.u8(..10) {
            0..3 => format!(r#"[10,{id},"sum","{long}"]"#),
            3 => format!(r#"[30,{id},"search",9007199254740991,"{long}"]"#),
            4 => format!("[13,{old}]"),
            5 => format!(
                r#"[40,{id},"chat",{{"presence":true,"since":{{"epoch":"e","offset":1}}}}]"#
            ),
            6 => format!("[41,{old}]"),
            7 => format!(r#"[49,"chat","{long}"]"#),
            8 => format!(r#"[23,"{long}"]"#),
            _ => format!(r#"[7,{id},"{long}",1],[2,1],[99]"#),
        };
        self.say(&frame);
    }

    fn offer(&mut self) {
        let bytes = if self.rng.bool() { 1 } else { self.rng.usize(..4000) };
        for handler in self.scene.jobs.values() {
            if let Handler::Stream(feed) = handler {
                while feed.offer(text(bytes)).is_ok() {}
            }
        }
    }
}

#[test]
fn whatever_a_client_does_its_session_costs_no_more_than_its_limits() {
    let limit = config().session_bytes();
    let (mut most_cost, mut most_heap) = (0, 0);
    let mut steps = 0;
    for seed in 0..SEEDS {
        let mut hostile = Hostile::new(seed);
        for step in 0..STEPS {
            hostile.step();
            steps += 1;
            let (cost, heap) = (hostile.scene.session.cost(), hostile.scene.heap());
            (most_cost, most_heap) = (most_cost.max(cost), most_heap.max(heap));
            assert!(heap <= cost + BESIDE, "seed {seed}, step {step}: {heap} bytes, said {cost}");
            assert!(cost <= limit, "seed {seed}, step {step}: {cost} bytes, at most {limit}");
            if hostile.scene.is_over {
                break;
            }
        }
    }
    println!("{steps} steps, at most {most_heap} bytes, and said {most_cost}, of {limit}");
    // Or it would have tried nothing.
    assert!(most_cost > limit / 2, "{most_cost} of {limit}");
}
