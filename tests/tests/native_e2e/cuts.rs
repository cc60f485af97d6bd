//! A short conversation over real sockets, cut at every byte in either direction:
//! of the WebSocket's handshake, of its frames, and between them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fader_core::{BackoffConfig, Config, Delivery, Event, Holder, Patch, Policy, RawPayload};
use fader_protocol::json;
use fader_server::{LiveGroup, Method, NoError, Server, ServerBuilder};
use fader_tests::native::Native;
use fader_tests::proxy::{Direction, Proxy, Stats};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::server::TestServer;

/// Remembers that it was called.
struct Note;

impl Method for Note {
    const NAME: &'static str = "note";
    type Params = u64;
    type Reply = u64;
    type Error = NoError;
}

struct Level;

#[derive(Clone, Serialize, Deserialize)]
struct Height {
    x: u64,
}

impl LiveGroup for Level {
    const NAME: &'static str = "level";
    type Model = Height;
    type Result = u64;
}

/// How often each number was noted.
type Notes = Arc<Mutex<BTreeMap<u64, u32>>>;

fn server(notes: &Notes) -> ServerBuilder {
    let notes = Arc::clone(notes);
    Server::builder()
        .allow_missing_origin(true)
        .method::<Note>(move |_, number| {
            *notes.lock().expect("notes").entry(number).or_default() += 1;
            async move { Ok(number) }
        })
        .live::<Level>(async |_, height: Height| Ok(height.x))
}

pub(crate) fn eager() -> Config {
    let (base, budget) = (Duration::from_millis(2), 1000);
    let backoff = BackoffConfig { base, cap: base * 4, budget, ..BackoffConfig::default() };
    Config { backoff, ..Config::default() }
}

fn raw(number: u64) -> RawPayload {
    json::to_raw(&number).expect("a number")
}

/// What becomes of a conversation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fate {
    /// Its first connection is cut there, and perhaps the second.
    pub(crate) cut: Option<(Direction, u64)>,
    /// It is chopped into pieces of so many bytes at most.
    chop: Option<usize>,
}

impl Fate {
    /// The way through which it comes about.
    pub(crate) async fn begin(self, server: SocketAddr, seed: u64) -> Proxy {
        let proxy = Proxy::start(server, seed).await.expect("a proxy");
        proxy.change(|faults| faults.chop(self.chop));
        if let Some((way, at)) = self.cut {
            proxy.change(|faults| faults.cut_after(way, Some(at)));
        }
        proxy
    }

    /// Once there was a cut, the next connection is to last.
    pub(crate) fn spare(self, proxy: &Proxy) {
        if let Some((way, _)) = self.cut.filter(|_| proxy.stats().connections > 1) {
            proxy.change(|faults| faults.cut_after(way, None));
        }
    }

    /// A cut at every byte of a conversation of so many.
    pub(crate) fn cuts(Stats { up, down, .. }: Stats) -> impl Iterator<Item = Self> {
        let up = (0..up).map(|at| (Direction::Up, at));
        let cuts = up.chain((0..down).map(|at| (Direction::Down, at)));
        cuts.map(|cut| Self { cut: Some(cut), chop: None })
    }
}

/// Two requests and a gesture, one after the other. Gives what went through.
async fn talk(server: SocketAddr, number: u64, fate: Fate, notes: &Notes) -> Stats {
    let what = format!("{fate:?}");
    let proxy = fate.begin(server, number).await;
    let mut client = Native::connect(format!("ws://{}/fader", proxy.address()), eager());
    for (number, delivery) in
        [(number, Delivery::Once), (number + 1, Delivery::Keyed(format!("key {number}")))]
    {
        let params = raw(number);
        let id = client.core.request(client.now(), Note::NAME, params.clone(), delivery, None);
        let reply = |client: &mut Native| {
            fate.spare(&proxy);
            client.events.iter().find_map(|event| match event {
                Event::Settled { id: settled, outcome } if *settled == id => Some(outcome.clone()),
                _ => None,
            })
        };
        assert_eq!(client.until(&what, reply).await, Ok(params), "{what}");
        assert_eq!(notes.lock().expect("notes")[&number], 1, "{what}");
    }
    let model = |x| Patch::from([("x".to_owned(), raw(x))]);
    let group = client.core.live_open(client.now(), Level::NAME, model(0), Policy::default());
    let group = group.expect("a group");
    client.core.live_set(client.now(), group, model(7)).expect("set");
    client.core.live_commit(client.now(), group, Holder::APP);
    let shown = |client: &mut Native| {
        fate.spare(&proxy);
        let shown = |event: &Event<RawPayload>| match event {
            Event::LiveResult { outcome: Ok(result), .. } => result.get() == "7",
            _ => false,
        };
        let is_shown = client.events.iter().any(shown);
        let status = client.core.live_status(client.now(), group).expect("an open group");
        (is_shown && !status.pending).then_some(())
    };
    client.until(&what, shown).await;
    let stats = client.core.stats();
    assert!(stats.connects <= 3, "{what}: {stats:?}");
    proxy.stats()
}

#[tokio::test]
async fn a_cut_at_any_byte_loses_and_doubles_nothing() {
    let notes = Notes::default();
    let server = TestServer::start(server(&notes)).await;
    let stats = talk(server.addr, 0, Fate::default(), &notes).await;
    assert!(stats.up > 300 && stats.down > 400, "{stats:?} is no conversation");
    let talks = Fate::cuts(stats)
        .enumerate()
        .map(|(index, fate)| talk(server.addr, 10 * (index as u64 + 1), fate, &notes));
    stream::iter(talks).buffer_unordered(8).collect::<Vec<_>>().await;
}

#[tokio::test]
async fn a_conversation_that_arrives_byte_by_byte_is_the_same() {
    let notes = Notes::default();
    let server = TestServer::start(server(&notes)).await;
    for most in [1, 2, 3, 7, 64] {
        let fate = Fate { cut: None, chop: Some(most) };
        talk(server.addr, 10 * most as u64, fate, &notes).await;
    }
}
