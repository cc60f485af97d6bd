//! Ten thousand real client cores and one server that restarts: they must not come
//! back all at once, and must come back soon.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use fader_core::{Client, Config, Fader, Generation, Input, Instant, JsonCodec, Output, State};
use fader_protocol::{Goodbye, RawPayload, ServerFrame, close, json};

const CLIENTS: usize = 10_000;

/// So many connections a second the server can take.
const RATE: u64 = 500;

/// The way to the server.
const LATENCY: Duration = Duration::from_millis(20);

const BEGIN: Instant = Instant::from_millis(100_000);

/// What a client meets when it dials.
enum Answer {
    /// Nobody is there.
    Refused,
    Welcome,
    /// The server takes it in, and sends it away for so long.
    Goodbye {
        after: Duration,
        spread: Duration,
    },
}

struct Herd {
    clients: Vec<Client<Fader<JsonCodec>>>,
    /// When something is due for a client.
    due: BinaryHeap<Reverse<(Instant, usize, Due)>>,
    /// Attempts that reached a server, by the second.
    attempts: BTreeMap<u64, u64>,
    last_back: Instant,
    back: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Timer,
    Reaches(Generation),
}

impl Herd {
    /// All are connected, and have been for a while.
    fn connected() -> Self {
        // As a page draws its seed.
        let mut seeds = fastrand::Rng::with_seed(1);
        let mut herd = Self {
            clients: (0..CLIENTS as u64).map(|n| connected(n, seeds.u64(..))).collect(),
            due: BinaryHeap::new(),
            attempts: BTreeMap::new(),
            last_back: BEGIN,
            back: 0,
        };
        (0..CLIENTS).for_each(|client| herd.keep_time(client));
        herd
    }

    fn each(&mut self, mut what: impl FnMut(&mut Client<Fader<JsonCodec>>)) {
        for client in 0..CLIENTS {
            what(&mut self.clients[client]);
            self.drain(BEGIN, client);
        }
    }

    /// Lives until all are back. `answer` is what a server says to whoever comes.
    fn live(&mut self, mut answer: impl FnMut(Instant) -> Answer) {
        while self.back < CLIENTS
            && let Some(Reverse((now, client, due))) = self.due.pop()
        {
            assert!(now < BEGIN + Duration::from_secs(600), "{} are back", self.back);
            let core = &mut self.clients[client];
            match due {
                Due::Timer if core.deadline().is_none_or(|due| due > now) => continue,
                Due::Timer => core.handle(now, Input::Tick),
                Due::Reaches(generation) => match answer(now) {
                    Answer::Refused => end(core, now, generation, close::ABNORMAL),
                    Answer::Welcome => {
                        *self.attempts.entry((now - BEGIN).as_secs()).or_default() += 1;
                        welcome(core, now, generation);
                        self.last_back = self.last_back.max(now);
                        self.back += 1;
                        // Nobody answers its pings here: it is left in peace.
                        core.handle(now, Input::Close);
                    }
                    Answer::Goodbye { after, spread } => {
                        *self.attempts.entry((now - BEGIN).as_secs()).or_default() += 1;
                        open(core, now, generation);
                        goodbye(core, now, generation, after, spread);
                        end(core, now, generation, close::SERVICE_RESTART);
                    }
                },
            }
            self.drain(now, client);
        }
    }

    fn drain(&mut self, now: Instant, client: usize) {
        while let Some(output) = self.clients[client].poll() {
            if let Output::Dial { generation } = output {
                self.due.push(Reverse((now + LATENCY, client, Due::Reaches(generation))));
            }
        }
        self.keep_time(client);
    }

    fn keep_time(&mut self, client: usize) {
        if let Some(due) = self.clients[client].deadline() {
            self.due.push(Reverse((due, client, Due::Timer)));
        }
    }

    fn peak(&self) -> u64 {
        self.attempts.values().copied().max().unwrap_or_default()
    }
}

fn connected(number: u64, seed: u64) -> Client<Fader<JsonCodec>> {
    let dialect = Fader::<JsonCodec>::default();
    let mut client = Client::new(Config::default(), dialect, seed).expect("a configuration");
    // Long ago, at different times.
    let began = Instant::from_millis(1000 + number * 7);
    client.handle(began, Input::Connect);
    let Some(Output::Dial { generation }) = client.poll() else { unreachable!("it dials") };
    while client.poll().is_some() {}
    welcome(&mut client, began, generation);
    while client.poll().is_some() {}
    message(&mut client, began, generation, &ServerFrame::Pong(1));
    // Nothing is missed: each ping was answered.
    for nonce in 2.. {
        let due = client.deadline().expect("a heartbeat");
        if due >= BEGIN {
            return client;
        }
        client.handle(due, Input::Tick);
        while client.poll().is_some() {}
        message(&mut client, due, generation, &ServerFrame::Pong(nonce));
    }
    client
}

fn open(client: &mut Client<Fader<JsonCodec>>, now: Instant, generation: Generation) {
    client.handle(now, Input::Opened { generation });
    while client.poll().is_some() {}
}

fn welcome(client: &mut Client<Fader<JsonCodec>>, now: Instant, generation: Generation) {
    open(client, now, generation);
    let text = r#"[[1,{"session":"s","secret":"t","heartbeat_ms":25000,"message_bytes":65536}]]"#;
    client.handle(now, Input::Message { generation, message: text.into() });
    assert_eq!(*client.state(), State::Open);
}

fn goodbye(
    client: &mut Client<Fader<JsonCodec>>,
    now: Instant,
    generation: Generation,
    after: Duration,
    spread: Duration,
) {
    let millis = |time: Duration| u64::try_from(time.as_millis()).expect("a short time");
    let (after_ms, spread_ms) = (millis(after), millis(spread));
    let goodbye = Goodbye { after_ms, spread_ms, reason: "restart".into() };
    message(client, now, generation, &ServerFrame::Goodbye(goodbye));
}

fn message(
    client: &mut Client<Fader<JsonCodec>>,
    now: Instant,
    generation: Generation,
    frame: &ServerFrame<RawPayload>,
) {
    let message = json::encode([frame]);
    client.handle(now, Input::Message { generation, message });
}

fn end(client: &mut Client<Fader<JsonCodec>>, now: Instant, generation: Generation, code: u16) {
    client.handle(now, Input::Closed { generation, code, reason: String::new() });
}

/// The generation of a client's first connection.
fn first() -> Generation {
    let dialect = Fader::<JsonCodec>::default();
    let mut client = Client::new(Config::default(), dialect, 1).expect("a configuration");
    client.handle(BEGIN, Input::Connect);
    let Some(Output::Dial { generation }) = client.poll() else { unreachable!("it dials") };
    generation
}

/// N clients at that rate, and the longest wait between two attempts.
fn soon_enough() -> Duration {
    Duration::from_secs(CLIENTS as u64 / RATE) + Config::default().backoff.cap
}

/// The server says when to come back, spread so that it can take them in.
#[test]
fn a_server_that_is_restarted_in_order_is_not_overrun() {
    let generation = first();
    let mut herd = Herd::connected();
    let after = Duration::from_secs(2);
    // A quarter more than it would take if all came as in a row.
    let spread = Duration::from_secs(CLIENTS as u64 / RATE) * 5 / 4;
    herd.each(|client| {
        goodbye(client, BEGIN, generation, after, spread);
        end(client, BEGIN, generation, close::SERVICE_RESTART);
    });
    let up = BEGIN + after;
    herd.live(|now| if now < up { Answer::Refused } else { Answer::Welcome });
    let (peak, took) = (herd.peak(), herd.last_back - BEGIN);
    println!("peak {peak} attempts a second, all back after {took:?}");
    assert!(peak <= RATE, "{peak} attempts in a second");
    assert!(took <= soon_enough(), "all back after {took:?}");
}

/// The server dies without a word. When it is up again, it takes in what it can, and
/// gives the others a place in the row.
#[test]
fn a_server_that_crashed_admits_what_it_can_and_all_are_back_in_time() {
    let generation = first();
    let mut herd = Herd::connected();
    herd.each(|client| end(client, BEGIN, generation, close::ABNORMAL));
    let up = BEGIN + Duration::from_secs(2);
    // When the next one in the row may come.
    let mut next = up;
    let slot = Duration::from_secs(1) / u32::try_from(RATE).expect("a small number");
    let mut admitted = BTreeMap::<u64, u64>::new();
    herd.live(|now| {
        if now < up {
            return Answer::Refused;
        }
        let second = admitted.entry((now - BEGIN).as_secs()).or_default();
        if *second < RATE {
            *second += 1;
            return Answer::Welcome;
        }
        next = next.max(now) + slot;
        Answer::Goodbye { after: next - now, spread: Duration::from_secs(1) }
    });
    let (attempts, took) = (herd.attempts.values().sum::<u64>(), herd.last_back - BEGIN);
    // Five seconds after the server is up, everybody has been told when to come.
    let in_row = herd.attempts.range((up - BEGIN).as_secs() + 5..).map(|(_, attempts)| *attempts);
    let peak = in_row.max().expect("some");
    println!(
        "peak {peak} attempts a second in the row, {attempts} in all, all back after {took:?}"
    );
    assert!(peak <= RATE * 3 / 2, "{peak} attempts in a second");
    assert!(took <= soon_enough(), "all back after {took:?}");
    // Each is turned away a few times at most.
    assert!(attempts < 3 * CLIENTS as u64, "{attempts} attempts");
}
