//! Bugs that other realtime clients had, as scenarios: the real client core and the
//! real server session do better. Each test says what it shows, and where the bug was.

use std::time::Duration;

use fader_core::{
    Client, Config, Delivery, Event, Fader, Generation, Input, Instant, JsonCodec, Lifecycle,
    Output, Patch, Policy, RawPayload, RequestId, State,
};
use fader_protocol::{close, json};
use fader_server::session::Config as ServerConfig;
use fader_tests::pair::{ECHO, Pair};

const SECOND: Duration = Duration::from_secs(1);

fn raw(value: &str) -> RawPayload {
    json::to_raw(value).expect("JSON")
}

fn open() -> Pair {
    let pair = Pair::new(Config::default(), ServerConfig::default(), &[]);
    assert_eq!(*pair.client.state(), State::Open);
    pair
}

fn call(pair: &mut Pair, value: &str, delivery: Delivery) -> RequestId {
    let timeout = Some(10_000 * SECOND);
    let id = pair.client.request(pair.now, ECHO, raw(value), delivery, timeout);
    pair.settle();
    id
}

fn assert_answered(pair: &Pair, id: RequestId, value: &str) {
    let outcomes: Vec<_> = pair.settled.iter().filter(|(settled, _)| *settled == id).collect();
    assert_eq!(outcomes, [&(id, Ok(raw(value)))]);
}

/// The connection breaks, and the client comes back.
fn reconnect(pair: &mut Pair) {
    let before = pair.client.stats();
    pair.cut(false);
    pair.client.handle(pair.now, Input::Connect);
    pair.pass(SECOND);
    let after = pair.client.stats();
    assert_eq!((after.connects, after.resumes), (before.connects + 1, before.resumes + 1));
}

/// socketio/socket.io#4880
#[test]
fn the_silence_of_an_old_connection_does_not_end_the_session_that_went_on() {
    let mut pair = open();
    pair.pass(SECOND);
    pair.go_silent();
    // The server does not know that this one is dead, and the next one is there.
    pair.pass(20 * SECOND);
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Visible));
    pair.pass(10 * SECOND);
    assert_eq!(pair.client.stats().resumes, 1);
    // Long after the old one's silence was too long.
    pair.pass(200 * SECOND);
    let stats = pair.client.stats();
    assert_eq!((stats.connects, stats.resumes), (2, 1));
    let id = call(&mut pair, "after", Delivery::Once);
    pair.pass(SECOND);
    assert_answered(&pair, id, "after");
}

/// socketio/socket.io#5538
#[test]
fn a_session_in_which_nothing_was_said_yet_is_resumed() {
    let mut pair = open();
    reconnect(&mut pair);
    let id = call(&mut pair, "first", Delivery::Once);
    reconnect(&mut pair);
    assert_answered(&pair, id, "first");
}

/// socketio/socket.io#5539
#[test]
fn what_is_not_counted_does_not_disturb_the_count() {
    let mut pair = open();
    let model = Patch::from([("x".to_owned(), raw("a"))]);
    let group = pair.client.live_open(pair.now, ECHO, model, Policy::default());
    let group = group.expect("a group");
    for round in 0..20 {
        let volatile = call(&mut pair, "volatile", Delivery::Volatile);
        let once = call(&mut pair, &format!("once {round}"), Delivery::Once);
        let patch = Patch::from([("x".to_owned(), raw(&format!("{round}")))]);
        pair.client.live_set(pair.now, group, patch).expect("an open group");
        if round % 3 == 0 {
            reconnect(&mut pair);
        }
        pair.pass(SECOND);
        assert_answered(&pair, once, &format!("once {round}"));
        assert!(pair.settled.iter().any(|(id, _)| *id == volatile));
    }
}

/// socketio/socket.io#5282
#[test]
fn a_session_that_was_idle_for_a_day_is_resumed_all_the_same() {
    let mut pair = open();
    let before = call(&mut pair, "before", Delivery::Once);
    pair.pass(24 * 3600 * SECOND);
    assert_answered(&pair, before, "before");
    let id = call(&mut pair, "after", Delivery::Once);
    reconnect(&mut pair);
    assert_answered(&pair, id, "after");
}

/// socketio/socket.io#5334
#[test]
fn a_request_whose_reply_was_lost_runs_once() {
    for delivery in [Delivery::Once, Delivery::Keyed("key".into())] {
        let mut pair = open();
        let id = call(&mut pair, "order", delivery);
        for _ in 0..5 {
            reconnect(&mut pair);
        }
        assert_answered(&pair, id, "order");
        assert_eq!(pair.calls, ["\"order\""]);
    }
}

/// A client whose attempts all fail at once; gives how long it waits after each.
fn waits_of_failed_attempts(attempts: usize) -> Vec<Duration> {
    let mut client = client();
    let mut now = Instant::from_millis(1000);
    client.handle(now, Input::Connect);
    let mut waits = Vec::new();
    while waits.len() < attempts {
        while let Some(output) = client.poll() {
            if let Output::Dial { generation } = output {
                let (code, reason) = (close::ABNORMAL, String::new());
                client.handle(now, Input::Closed { generation, code, reason });
            }
        }
        let State::Waiting { until, .. } = *client.state() else { unreachable!("no wait") };
        waits.push(until - now);
        now = until;
        client.handle(now, Input::Tick);
    }
    waits
}

fn client() -> Client<Fader<JsonCodec>> {
    let dialect = Fader::<JsonCodec>::default();
    Client::new(Config::default(), dialect, 1).expect("a valid configuration")
}

/// socket.io's backo2: no jitter at the cap, and NaN from attempt 1017 on.
#[test]
fn after_thousands_of_attempts_the_waits_still_vary_and_stay_below_the_cap() {
    let waits = waits_of_failed_attempts(3000);
    let cap = Config::default().backoff.cap;
    assert!(waits.iter().all(|wait| *wait <= cap));
    for some in waits[100..].chunks(100) {
        let (least, most) = (some.iter().min().unwrap(), some.iter().max().unwrap());
        assert!(*least < cap / 4 && *most > cap * 3 / 4, "{least:?} to {most:?}");
    }
}

/// leptos-use: the count of attempts began anew whenever a socket opened.
#[test]
fn a_server_that_accepts_and_closes_is_asked_ever_more_rarely() {
    let mut client = client();
    let mut now = Instant::from_millis(1000);
    client.handle(now, Input::Connect);
    let mut dials = 0;
    let end = now + 600 * SECOND;
    while now < end {
        let mut dialled = None;
        while let Some(output) = client.poll() {
            if let Output::Dial { generation } = output {
                dialled = Some(generation);
            }
        }
        if let Some(generation) = dialled {
            dials += 1;
            accept_and_close(&mut client, now, generation);
        }
        now = client.deadline().expect("it goes on trying");
        client.handle(now, Input::Tick);
    }
    // The mean wait is half the cap.
    assert!((20..60).contains(&dials), "{dials} attempts in ten minutes");
}

fn accept_and_close(client: &mut Client<Fader<JsonCodec>>, now: Instant, generation: Generation) {
    client.handle(now, Input::Opened { generation });
    while client.poll().is_some() {}
    let message =
        r#"[[1,{"session":"s","secret":"t","heartbeat_ms":25000,"message_bytes":65536}]]"#;
    client.handle(now, Input::Message { generation, message: message.into() });
    assert_eq!(*client.state(), State::Open);
    while client.poll().is_some() {}
    let (code, reason) = (close::TRY_AGAIN_LATER, "busy".to_owned());
    client.handle(now, Input::Closed { generation, code, reason });
}

/// nats.js, ws_transport: a close that waits until all is written, which is never.
#[test]
fn a_close_does_not_wait_for_a_peer_that_does_not_read() {
    let mut pair = open();
    pair.go_silent();
    let ids: Vec<_> = (0..50).map(|n| call(&mut pair, &n.to_string(), Delivery::Once)).collect();
    pair.client.handle(pair.now, Input::Close);
    let (mut settled, mut hung_up) = (0, false);
    while let Some(output) = pair.client.poll() {
        match output {
            Output::Event(Event::Settled { .. }) => settled += 1,
            Output::HangUp { .. } => hung_up = true,
            Output::Dial { .. } => unreachable!("dials after the close"),
            Output::Authorize { .. } | Output::Send { .. } | Output::Event(_) => {}
        }
    }
    assert_eq!((settled, hung_up), (ids.len(), true));
    assert_eq!(pair.client.deadline(), None);
    pair.client.handle(pair.now + SECOND, Input::Lifecycle(Lifecycle::Online));
    pair.client.handle(pair.now + SECOND, Input::Connect);
    assert!(pair.client.poll().is_none(), "revived after the close");
}
