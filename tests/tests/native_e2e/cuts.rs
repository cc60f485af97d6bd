//! A short conversation over real sockets, cut at every byte in either direction:
//! of the WebSocket's handshake, of its frames, and between them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fader_core::{BackoffConfig, Config, Delivery, Event, Patch, Policy, RawJson};
use fader_protocol::json;
use fader_server::{LiveGroup, Method, NoError, Server, ServerBuilder};
use fader_tests::native::Native;
use fader_tests::proxy::{Fate, Proxy, Way};
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
        .method::<Note, _, _>(move |_, number| {
            *notes.lock().expect("notes").entry(number).or_default() += 1;
            async move { Ok(number) }
        })
        .live::<Level, _, _>(async |_, height: Height| Ok(height.x))
}

fn eager() -> Config {
    let (base, budget) = (Duration::from_millis(2), 1000);
    let backoff = BackoffConfig { base, cap: base * 4, budget, ..BackoffConfig::default() };
    Config { backoff, ..Config::default() }
}

fn raw(number: u64) -> RawJson {
    json::to_raw(&number).expect("a number")
}

/// Two requests and a gesture, one after the other. Gives how many bytes went each way.
async fn talk(server: SocketAddr, number: u64, fate: Fate, notes: &Notes) -> (usize, usize) {
    let what = format!("{fate:?}");
    let proxy = Proxy::start(server, fate).await;
    let mut client = Native::connect(format!("ws://{}/fader", proxy.addr), eager());
    for (number, delivery) in
        [(number, Delivery::Once), (number + 1, Delivery::Keyed(format!("key {number}")))]
    {
        let params = raw(number);
        let id = client.core.request(client.now(), Note::NAME, params.clone(), delivery, None);
        let reply = move |client: &mut Native| {
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
    client.core.live_commit(client.now(), group);
    let shown = move |client: &mut Native| {
        let shown = |event: &Event<RawJson>| match event {
            Event::LiveResult { outcome: Ok(result), .. } => result.get() == "7",
            _ => false,
        };
        let is_shown = client.events.iter().any(shown);
        let status = client.core.live_status(client.now(), group).expect("an open group");
        (is_shown && !status.pending).then_some(())
    };
    client.until(&what, shown).await;
    let stats = client.core.stats();
    assert!(stats.connects <= 2, "{what}: {stats:?}");
    (proxy.passed(Way::Up), proxy.passed(Way::Down))
}

#[tokio::test]
async fn a_cut_at_any_byte_loses_and_doubles_nothing() {
    let notes = Notes::default();
    let server = TestServer::start(server(&notes)).await;
    let whole = Fate { cut: None, piece: usize::MAX };
    let (up, down) = talk(server.addr, 0, whole, &notes).await;
    assert!(up > 300 && down > 400, "{up} and {down} bytes are no conversation");
    let cuts = (0..up).map(|at| (Way::Up, at)).chain((0..down).map(|at| (Way::Down, at)));
    let talks = cuts.enumerate().map(|(index, cut)| {
        let fate = Fate { cut: Some(cut), ..whole };
        talk(server.addr, 10 * (index as u64 + 1), fate, &notes)
    });
    stream::iter(talks).buffer_unordered(8).collect::<Vec<_>>().await;
}

#[tokio::test]
async fn a_conversation_that_arrives_byte_by_byte_is_the_same() {
    let notes = Notes::default();
    let server = TestServer::start(server(&notes)).await;
    for piece in [1, 2, 3, 7, 64] {
        talk(server.addr, 10 * piece as u64, Fate { cut: None, piece }, &notes).await;
    }
}
