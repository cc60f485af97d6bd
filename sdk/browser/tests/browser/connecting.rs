use std::time::Duration;

use fader::{BackoffConfig, BuildError, Client, CloseReason, ConfigError, State};
use js_sys::Uint8Array;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::{builder, connected, is_waiting};
use fader_test_page::{FakeSocket, Page, turn, until};

#[wasm_bindgen_test]
fn dials_at_once_and_says_hello() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    assert_eq!(client.state(), State::Connecting { attempt: 1 });
    let socket = page.socket();
    assert_eq!(socket.url(), "ws://server.test/fader");
    assert_eq!(socket.protocols(), ["fader.1.json"]);

    socket.open();
    let sent = socket.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0][0][0], json!(0));
    assert_eq!(sent[0][0][1]["version"], json!(1));
    assert_eq!(client.state(), State::Connecting { attempt: 1 });

    socket.accept();
    assert_eq!(client.state(), State::Open);
    assert_eq!(client.stats().connects, 1);
}

#[wasm_bindgen_test]
fn a_relative_url_is_the_pages() {
    let page = Page::observe();
    let _client = Client::builder("/fader?x=1").connect().unwrap();
    let host = web_sys::window().unwrap().location().host().unwrap();
    assert_eq!(page.socket().url(), format!("ws://{host}/fader?x=1"));
}

#[wasm_bindgen_test]
fn a_bad_url_or_option_is_an_error_of_connect() {
    let page = Page::observe();
    let connect = |url| Client::builder(url).connect().err();
    assert_eq!(connect("http://"), Some(BuildError::BadUrl("http://".into())));
    assert_eq!(connect(""), Some(BuildError::BadUrl(String::new())));
    assert_eq!(connect("ftp://a.test/"), Some(BuildError::Scheme("ftp".into())));
    assert_eq!(connect("/fader#top"), Some(BuildError::Fragment));
    let hasty = builder().request_timeout(Duration::ZERO).connect().err();
    let expected = ConfigError::ZeroDuration("request_timeout");
    assert_eq!(hasty, Some(BuildError::Config(expected)));
    let backoff = BackoffConfig { cap: Duration::from_millis(1), ..BackoffConfig::default() };
    let refused = builder().backoff(backoff).connect().err();
    assert_eq!(refused, Some(BuildError::Config(ConfigError::CapBelowBase)));
    assert_eq!((page.sockets(), page.listeners(), page.timers()), (0, 0, 0));
}

#[wasm_bindgen_test]
async fn a_constructor_that_throws_is_a_failed_attempt() {
    let page = Page::observe();
    page.refuse_sockets(Some("not today"));
    let client = builder().connect().unwrap();
    assert!(is_waiting(&client), "{:?}", client.state());
    page.refuse_sockets(None);
    client.retry_now();
    turn().await;
    page.socket().welcome();
    assert_eq!(client.state(), State::Open);
}

#[wasm_bindgen_test]
async fn an_error_without_a_close_is_a_failed_attempt() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    let socket = page.socket();
    socket.fail();
    assert!(is_waiting(&client), "{:?}", client.state());
    assert_eq!(socket.handlers(), 0);
}

#[wasm_bindgen_test]
async fn a_socket_that_never_opens_is_given_up() {
    let page = Page::observe();
    let client = builder().dial_timeout(Duration::from_millis(20)).connect().unwrap();
    let socket = page.socket();
    until("the dial timeout", || socket.closed_with().is_some()).await;
    // Its close event never comes, and nobody waits for it.
    assert!(is_waiting(&client), "{:?}", client.state());
    assert_eq!(socket.handlers(), 0);
}

#[wasm_bindgen_test]
async fn a_lost_connection_is_made_again() {
    let page = Page::observe();
    let backoff = BackoffConfig { base: Duration::from_millis(10), ..BackoffConfig::default() };
    let client = builder().backoff(backoff).connect().unwrap();
    page.socket().welcome();
    page.socket().end(1012, "restart");
    assert!(is_waiting(&client), "{:?}", client.state());
    until("the next attempt", || page.sockets() == 2).await;
    page.socket().welcome();
    assert_eq!(client.state(), State::Open);
    assert_eq!(client.stats().connects, 2);
}

#[wasm_bindgen_test]
fn a_refusal_is_final() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    socket.end(4406, "another version");
    let State::Closed(CloseReason::Refused(cause)) = client.state() else {
        panic!("{:?}", client.state());
    };
    assert_eq!(cause.to_string(), "version (4406, another version)");
    assert_eq!(client.last_cause(), Some(cause));
    assert_eq!((page.listeners(), page.timers()), (0, 0));
}

#[wasm_bindgen_test]
fn what_cannot_be_understood_ends_the_connection() {
    let bad: [fn(&FakeSocket); 3] = [
        |socket| socket.receive("neither fish nor fowl"),
        |socket| socket.receive_binary(Uint8Array::from([0, 0, 1, 0, 2].as_slice())),
        FakeSocket::receive_blob,
    ];
    for receive in bad {
        let page = Page::observe();
        let (client, socket) = connected(&page);
        receive(&socket);
        let closed_with = socket.closed_with().unwrap();
        assert!(closed_with.starts_with("4400 "), "{closed_with}");
        assert!(is_waiting(&client), "{:?}", client.state());
    }
}

#[wasm_bindgen_test]
fn a_frame_that_cannot_be_understood_harms_nothing() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    socket.receive(r#"[[999,"new"],[11],[6,"bad-frame","what?"]]"#);
    assert_eq!(client.state(), State::Open);
}

#[wasm_bindgen_test]
async fn a_server_that_is_not_there_is_waited_for() {
    let page = Page::observe();
    page.use_real_sockets();
    let client = Client::builder("ws://127.0.0.1:1/").connect().unwrap();
    until("the browser to give up", || is_waiting(&client)).await;
}

#[wasm_bindgen_test]
async fn a_connection_that_the_page_forbids_is_a_failed_attempt() {
    let page = Page::observe();
    page.use_forbidden_sockets().await;
    let client = Client::builder("ws://127.0.0.1:65000/").connect().unwrap();
    until("the browser to refuse", || is_waiting(&client)).await;
}
