//! Nothing is left in the page when the last handle is dropped.

use fader::TopicOptions;
use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::{builder, connected, is_waiting};
use crate::contract::{Area, Chat, Countdown, Sides, Sum, UNIT};
use fader_test_page::{Page, turn};

/// What a client keeps in the page.
fn kept(page: &Page) -> (i32, usize) {
    (page.listeners(), page.timers())
}

#[wasm_bindgen_test]
fn while_dialing() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    assert_eq!(kept(&page), (7, 1));
    drop(client.clone());
    assert_eq!(kept(&page), (7, 1));
    drop(client);
    assert_eq!(kept(&page), (0, 0));
    assert_eq!(page.socket().closed_with().as_deref(), Some("1000 "));
    assert_eq!(page.socket().handlers(), 0);
}

#[wasm_bindgen_test]
async fn while_open() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    assert_eq!((kept(&page), socket.handlers()), ((7, 1), 4));
    drop(client);
    assert_eq!((kept(&page), socket.handlers()), ((0, 0), 0));
    assert_eq!(socket.closed_with().as_deref(), Some("1000 "));
    turn().await;
    assert_eq!(page.sockets(), 1);
}

#[wasm_bindgen_test]
fn while_waiting() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    socket.end(1006, "");
    assert!(is_waiting(&client));
    assert_eq!((kept(&page), socket.handlers()), ((7, 1), 0));
    drop(client);
    assert_eq!(kept(&page), (0, 0));
}

#[wasm_bindgen_test]
async fn while_a_request_and_a_live_group_are_at_work() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut request = client.request::<Sum>(&vec![1]);
    assert!((&mut request).now_or_never().is_none());
    let area = client.live::<Area>(UNIT).unwrap();
    let _states = client.states();
    drop(client);
    turn().await;
    assert_eq!((page.listeners(), socket.closed_with()), (7, None), "the handles hold it");
    drop(area);
    assert_eq!(socket.closed_with(), None, "the request holds it");
    drop(request);
    assert_eq!((kept(&page), socket.handlers()), ((0, 0), 0));
    assert_eq!(socket.closed_with().as_deref(), Some("1000 "));
}

#[wasm_bindgen_test]
fn what_was_said_last_leaves_before_the_socket_is_closed() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    area.set(Sides { width: 2, height: 3 }).unwrap();
    drop(client);
    drop(area);
    let frames = socket.sent().concat();
    assert_eq!(frames[0][7], json!({"width": 2, "height": 3}), "{frames:?}");
    assert_eq!(socket.closed_with().as_deref(), Some("1000 "));
}

#[wasm_bindgen_test]
fn a_hundred_clients_leave_nothing() {
    let page = Page::observe();
    for _ in 0..100 {
        let (client, socket) = connected(&page);
        let _area = client.live::<Area>(UNIT).unwrap();
        socket.end(1012, "");
        client.retry_now();
    }
    assert_eq!(kept(&page), (0, 0));
}

#[wasm_bindgen_test]
async fn while_a_subscription_and_a_stream_are_open() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let chat = client.subscribe::<Chat>(TopicOptions::default()).unwrap();
    let mut countdown = client.stream::<Countdown>(&3);
    assert!(countdown.next().now_or_never().is_none());
    drop(client);
    turn().await;
    assert_eq!(socket.sent().len(), 1, "the handles keep the client");
    drop(countdown);
    assert_eq!(kept(&page), (7, 1));
    drop(chat);
    turn().await;
    assert_eq!((kept(&page), socket.handlers()), ((0, 0), 0));
    assert_eq!(socket.sent(), [[json!([13, 1]), json!([41, 1])]]);
}
