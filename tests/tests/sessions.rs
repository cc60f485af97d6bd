//! What becomes of requests when a session is lost, and when it is not: the real
//! client core and the real server session.

use std::time::Duration;

use fader_core::{
    BackoffConfig, Delivery, Input, Lifecycle, Patch, Policy, RawPayload, RequestError, RequestId,
    State,
};
use fader_protocol::json;
use fader_protocol::link::LinkConfig;
use fader_server::session::{Config, WindowConfig};
use fader_tests::pair::{ECHO, Pair};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

type Outcome = Result<RawPayload, RequestError<RawPayload>>;

fn raw(value: &str) -> RawPayload {
    json::to_raw(value).expect("JSON")
}

fn open(server: Config) -> Pair {
    let pair = Pair::new(fader_core::Config::default(), server, &[]);
    assert_eq!(*pair.client.state(), State::Open);
    pair
}

/// A request that is at work at the server for 5 ms.
fn call(pair: &mut Pair, value: &str, delivery: Delivery) -> RequestId {
    let timeout = Some(600 * SECOND);
    let id = pair.client.request(pair.now, ECHO, raw(value), delivery, timeout);
    pair.settle();
    id
}

fn once_and_keyed(pair: &mut Pair) -> [RequestId; 2] {
    let keyed = Delivery::Keyed("key".into());
    [call(pair, "once", Delivery::Once), call(pair, "keyed", keyed)]
}

fn outcomes(pair: &Pair, ids: [RequestId; 2]) -> [Option<Outcome>; 2] {
    ids.map(|id| {
        let mut of_id = pair.settled.iter().filter(|(settled, _)| *settled == id);
        let outcome = of_id.next().map(|(_, outcome)| outcome.clone());
        assert!(of_id.next().is_none(), "{id:?} settled twice");
        outcome
    })
}

fn answered() -> [Option<Outcome>; 2] {
    [Some(Ok(raw("once"))), Some(Ok(raw("keyed")))]
}

#[test]
fn a_page_that_is_frozen_for_a_minute_misses_nothing() {
    let mut pair = open(Config::default());
    let ids = once_and_keyed(&mut pair);
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Freeze));
    pair.pass(60 * SECOND);
    assert_eq!(outcomes(&pair, ids), [None, None]);
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Resume));
    pair.settle();
    assert_eq!(outcomes(&pair, ids), answered());
    assert_eq!(pair.client.stats().resumes, 1);
    assert_eq!(pair.calls.len(), 2);
}

#[test]
fn after_a_night_what_was_sent_once_is_unknown_and_what_has_a_key_is_asked_for_again() {
    let mut pair = open(Config::default());
    let ids = once_and_keyed(&mut pair);
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Freeze));
    pair.pass(200 * SECOND);
    assert_eq!(pair.host.sessions(), 0);
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Resume));
    pair.settle();
    let remembered = Some(Ok(raw("keyed")));
    assert_eq!(outcomes(&pair, ids), [Some(Err(RequestError::Unknown)), remembered]);
    assert_eq!(pair.calls.len(), 2, "the outcome was stored");

    // The server may have forgotten the key by then.
    let mut pair = open(Config::default());
    let ids = once_and_keyed(&mut pair);
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Freeze));
    pair.pass(400 * SECOND);
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Resume));
    pair.settle();
    let unknown = || Some(Err(RequestError::Unknown));
    assert_eq!(outcomes(&pair, ids), [unknown(), unknown()]);
    assert_eq!(pair.calls.len(), 2);
}

#[test]
fn what_the_server_had_to_forget_early_is_unknown_and_not_sent_again() {
    let window = WindowConfig { requests_per_payer: 1, ..WindowConfig::default() };
    let mut pair = open(Config { window, ..Config::default() });
    let ids = ["a", "b"].map(|key| call(&mut pair, key, Delivery::Keyed(key.into())));
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Freeze));
    pair.pass(200 * SECOND);
    pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Resume));
    pair.settle();
    let unknown = || Some(Err(RequestError::Unknown));
    assert_eq!(outcomes(&pair, ids), [unknown(), unknown()]);
    assert_eq!(pair.calls.len(), 2, "it ran twice");
}

/// Work with a key goes on though its session was lost, and its outcome is found.
#[test]
fn work_with_a_key_is_not_begun_again_while_it_runs() {
    let backoff = BackoffConfig { base: MS, cap: MS, ..BackoffConfig::default() };
    let client = fader_core::Config { backoff, ..fader_core::Config::default() };
    let mut pair = Pair::new(client, Config { keep: Duration::ZERO, ..Config::default() }, &[]);
    let ids = once_and_keyed(&mut pair);
    pair.cut(true);
    pair.pass(Duration::ZERO);
    assert_eq!(pair.host.sessions(), 0);
    pair.pass(2 * MS);
    let stats = pair.client.stats();
    assert_eq!((stats.connects, stats.resumes, stats.in_flight), (2, 0, 1));
    pair.pass(10 * MS);
    let unknown = Some(Err(RequestError::Unknown));
    assert_eq!(outcomes(&pair, ids), [unknown, Some(Ok(raw("keyed")))]);
    assert_eq!(pair.calls.len(), 2);
}

#[test]
fn a_server_that_lost_its_memory_is_not_asked_for_what_it_may_have_done() {
    for is_answered in [false, true] {
        let mut pair = open(Config::default());
        let ids = once_and_keyed(&mut pair);
        if is_answered {
            pair.pass(10 * MS);
        }
        pair.replace_host(Pair::host("second", Config::default()));
        let waiting = call(&mut pair, "waited", Delivery::Keyed("other".into()));
        pair.pass(SECOND);
        let unknown = || Some(Err(RequestError::Unknown));
        let expected = if is_answered { answered() } else { [unknown(), unknown()] };
        assert_eq!(outcomes(&pair, ids), expected);
        assert_eq!(pair.calls.len(), 3);
        let [of_waiting, _] = outcomes(&pair, [waiting, waiting]);
        assert_eq!(of_waiting, Some(Ok(raw("waited"))), "it had never been sent");
    }
}

#[test]
fn more_replies_than_are_kept_cost_the_session_and_that_is_told() {
    let link = LinkConfig { frames: 3, bytes: 10_000 };
    for (requests, is_lost) in [(3, false), (4, true)] {
        let mut pair = open(Config { link, ..Config::default() });
        let sent: Vec<_> =
            (0..requests).map(|n| call(&mut pair, &n.to_string(), Delivery::Once)).collect();
        // The server ends them all while nobody is there.
        pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Freeze));
        pair.pass(SECOND);
        pair.client.handle(pair.now, Input::Lifecycle(Lifecycle::Resume));
        pair.settle();
        assert_eq!(pair.settled.len(), sent.len());
        assert_eq!(pair.client.stats().resumes, u64::from(!is_lost));
        for (_, outcome) in &pair.settled {
            assert_eq!(*outcome == Err(RequestError::Unknown), is_lost, "{outcome:?}");
        }
        assert_eq!(pair.host.sessions(), 1);
    }
}

#[test]
fn a_client_that_closes_leaves_nothing_behind_but_its_last_value() {
    let mut pair = open(Config::default());
    let ids = once_and_keyed(&mut pair);
    let model = |x: &str| Patch::from([("x".to_owned(), raw(x))]);
    let group = pair.client.live_open(pair.now, ECHO, model("before"), Policy::default());
    let group = group.expect("a group");
    pair.pass(MS);
    pair.client.live_set(pair.now, group, model("last")).expect("an open group");
    pair.client.handle(pair.now, Input::Close);
    pair.settle();
    let closed = || Some(Err(RequestError::Closed));
    assert_eq!(outcomes(&pair, ids), [closed(), closed()]);
    pair.pass(20 * MS);
    assert_eq!(pair.calls.last().map(String::as_str), Some(r#"{"x":"last"}"#));
    assert_eq!(pair.host.sessions(), 0);
}

/// The client notices nothing for long: its heartbeat does.
#[test]
fn a_connection_that_is_dead_in_silence_is_replaced_and_the_session_goes_on() {
    let mut pair = open(Config::default());
    pair.pass(SECOND);
    pair.go_silent();
    let ids = once_and_keyed(&mut pair);
    pair.pass(40 * SECOND);
    assert_eq!(outcomes(&pair, ids), answered());
    let stats = pair.client.stats();
    assert_eq!((stats.connects, stats.resumes), (2, 1));
    assert_eq!(pair.host.sessions(), 1);
}
