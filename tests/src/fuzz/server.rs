use std::collections::BTreeSet;
use std::time::Duration;

use fader_protocol::link::LinkConfig;
use fader_protocol::{
    Bytes, Goodbye, Instant, Message, MessageLimits, Patch, RawPayload, Rejection, ServerFrame,
    code, json,
};
use fader_server::session::{Config, Names, Push, Work};
use fader_server::topics::TopicConfig;

use super::{binary, number, steps};
use crate::host::{Effect, Host, TaskId};

/// A server with hostile clients and unreliable handlers.
///
/// | step | means |
/// |---|---|
/// | `open L` | connection L, a number, opens |
/// | `say L text` | a message arrives over it |
/// | `send L bytes text` | a binary message arrives over it |
/// | `gone L code` | it is closed |
/// | `ok N`, `file N`, `err N` | the Nth handler at work ends |
/// | `coarse N` | the Nth handler at work has a coarse result |
/// | `offer N` | the Nth handler at work, if it is a stream's, has an item |
/// | `push N text` | values for live groups come from elsewhere: N keys, each this text |
/// | `share N text` | as if the Nth handler at work gave them to others |
/// | `large N bytes` | the Nth handler at work ends with a result of so many bytes |
/// | `publish`, `upload` | something is published, JSON or bytes |
/// | `full`, `room` | from now on no connection has room, or every one has |
/// | `wait ms` | time passes |
/// | `drain` | the server goes away |
///
/// # Panics
/// If the server panics, sends what no client can read, has more at work than
/// it allows, or keeps more of a session than its limits say.
pub fn server(input: &[u8]) {
    server_counted(input, || 0);
}

/// As [`server`], in a process that knows how many bytes are allocated: a session takes
/// no more than it says.
///
/// # Panics
/// As [`server`] does.
pub fn server_counted(input: &[u8], allocated: fn() -> usize) {
    let steps = steps(input);
    let mut world = World::default();
    let before = allocated();
    for (word, rest) in steps {
        world.step(&word, &rest);
        world.settle();
        let taken = allocated().saturating_sub(before);
        let most = world.most();
        assert!(taken <= most, "{taken} bytes are allocated, and at most {most} allowed");
    }
}

const REQUESTS: usize = 4;
const GROUPS: usize = 3;
const SUBSCRIPTIONS: usize = 3;
const CONNECTIONS: usize = 4;
/// In bytes.
const MESSAGE: usize = 4096;
/// What a world may take in memory without its sessions, in bytes.
const BESIDE: usize = 1024 * 1024;

struct World {
    host: Host<u64>,
    /// The most that a session may cost.
    session_bytes: usize,
    now: Instant,
    /// The connections that are open for the network.
    open: BTreeSet<u64>,
    tasks: Vec<(TaskId, Work)>,
    has_room: bool,
}

impl Default for World {
    fn default() -> Self {
        let config = Config {
            requests: REQUESTS,
            groups: GROUPS,
            subscriptions: SUBSCRIPTIONS,
            link: LinkConfig { frames: 32, bytes: 4096 },
            live_bytes: 16 * 1024,
            model_keys: 20,
            outbox_bytes: 64 * 1024,
            accepts: MessageLimits { message_bytes: MESSAGE, ..MessageLimits::default() },
            sends: MessageLimits { message_bytes: 32 * 1024, ..MessageLimits::of_client() },
            ..Config::default()
        };
        let topic = TopicConfig { events: 4, members: 2, ..TopicConfig::default() };
        let names = Names {
            methods: BTreeSet::from(["sum", "slow"]),
            streams: BTreeSet::from(["count"]),
            groups: BTreeSet::from(["area", "colour"]),
        };
        Self {
            session_bytes: config.session_bytes(),
            host: Host::new("s", config, names).with_topics([("chat", topic)]),
            now: Instant::from_millis(1_000_000),
            open: BTreeSet::new(),
            tasks: Vec::new(),
            has_room: true,
        }
    }
}

impl World {
    fn step(&mut self, word: &str, rest: &str) {
        let (first, second) = rest.split_once(' ').unwrap_or((rest, ""));
        let link = number(first);
        match word {
            "open" if self.open.len() < CONNECTIONS && self.open.insert(link) => {
                self.host.opened(self.now, link);
            }
            "send" if self.open.contains(&link) => {
                self.host.received(self.now, link, &binary(second));
            }
            "say" if self.open.contains(&link) => self.host.received(self.now, link, second),
            "gone" if self.open.remove(&link) => {
                let code = u16::try_from(number(second)).unwrap_or(1006);
                self.host.gone(self.now, link, code);
            }
            "push" => {
                let push = Push { name: "area".into(), values: values(link, second) };
                self.host.push(self.now, &push);
            }
            "share" => {
                if let Some((task, _)) = self.nth(link) {
                    self.host.shared(self.now, *task, values(3, second));
                }
            }
            "ok" | "file" | "err" | "large" => {
                let Some((task, _)) = self.nth(link) else { return };
                let task = *task;
                self.forget(task);
                let outcome = match word {
                    "ok" => Ok(one()),
                    "file" => Ok(file()),
                    "large" => Ok(Bytes(vec![0; number(second).min(40_000) as usize]).into()),
                    _ => Err(Rejection::new(code::FAILED, "no")),
                };
                self.host.ended(self.now, task, outcome);
            }
            "coarse" => {
                if let Some((task, _)) = self.nth(link) {
                    self.host.reported(self.now, *task, one());
                }
            }
            "offer" => {
                if let Some((_, Work::Stream { feed, .. })) = self.nth(link) {
                    let _ = feed.offer(one());
                }
            }
            "publish" => {
                self.host.topics().publish("chat", one()).expect("a good event");
            }
            "upload" => {
                self.host.topics().publish("chat", file()).expect("a good event");
            }
            "full" | "room" => self.has_room = word == "room",
            "wait" => self.pass(Duration::from_millis(link.min(1_000_000))),
            "drain" => {
                let goodbye = Goodbye { after_ms: 1, spread_ms: 1, reason: "fuzz".into() };
                self.host.drain(self.now, &goodbye);
            }
            _ => {}
        }
    }

    fn nth(&self, n: u64) -> Option<&(TaskId, Work)> {
        self.tasks.get(usize::try_from(n).ok()?)
    }

    fn forget(&mut self, task: TaskId) {
        self.tasks.retain(|(other, _)| *other != task);
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.host.deadline().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.host.tick(self.now);
            self.settle();
            let next = self.host.deadline();
            assert!(next.is_none_or(|next| next > self.now), "a timer that spins");
        }
        self.now = until;
    }

    /// Does what the server wants done.
    fn settle(&mut self) {
        self.do_all();
        while self.host.news(self.now, |_| self.has_room) {
            self.do_all();
        }
        // Those of sessions that are over ended with them, whoever counts them here.
        assert!(self.host.sessions() <= MOST_SESSIONS);
        let cost = self.host.greatest_cost();
        assert!(cost <= self.session_bytes, "a session costs {cost} bytes");
        assert!(self.host.topics().subscriptions("chat") <= CONNECTIONS * SUBSCRIPTIONS);
    }

    /// The most bytes that may be allocated: what the sessions may cost, the topic, the
    /// window's outcomes, and what handlers at work were called with.
    fn most(&self) -> usize {
        let tasks = self.tasks.len() * (1024 + MESSAGE);
        self.host.sessions() * (self.session_bytes + 8 * 1024) + tasks + BESIDE
    }

    fn do_all(&mut self) {
        while let Some(effect) = self.host.poll() {
            match effect {
                Effect::Send(link, message) => {
                    if self.open.contains(&link) {
                        read_by_client(&message);
                    }
                }
                Effect::Close(link, code, reason) => {
                    assert!(reason.len() <= 123 && (1000..5000).contains(&code));
                    self.open.remove(&link);
                }
                Effect::Run(task, _, work) => self.tasks.push((task, work)),
                Effect::Stop(task) => {
                    // As the shell has it: what is stopped ends.
                    if self.tasks.iter().any(|(other, _)| *other == task) {
                        self.forget(task);
                        let outcome = Err(Rejection::new(code::INTERNAL, "stopped"));
                        self.host.ended(self.now, task, outcome);
                    }
                }
                Effect::Over(_) => {}
            }
        }
    }
}

/// One for each hello, and each takes a step.
const MOST_SESSIONS: usize = 200;

fn values(count: u64, text: &str) -> Patch<RawPayload> {
    let value = json::to_raw(text).expect("a string has a JSON form");
    (0..count.min(40)).map(|key| (key.to_string(), value.clone())).collect()
}

fn file() -> RawPayload {
    Bytes(vec![0; 10]).into()
}

fn one() -> RawPayload {
    json::to_raw(&1).expect("a number has a JSON form")
}

fn read_by_client(message: &Message) {
    let frames = json::decode::<ServerFrame<RawPayload>>(message, &MessageLimits::of_client());
    for frame in frames.expect("a message that clients take") {
        frame.expect("a frame that clients know");
    }
}
