//! Streams: many items, as fast as they are taken.

use fader::{RequestError, code};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::{builder, connected};
use crate::contract::Countdown;
use fader_test_page::{Page, turn};

#[wasm_bindgen_test]
async fn items_come_in_order_until_the_end() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut items = client.stream::<Countdown>(&2);
    turn().await;
    assert!(socket.sent().is_empty(), "nothing leaves before the first poll");
    assert!(items.next().now_or_never().is_none());
    turn().await;
    assert_eq!(socket.sent(), [[json!([30, 1, "countdown", 64, 2])]]);
    socket.receive("[[32,1,2],[32,1,1]]");
    socket.receive("[[32,1,0],[33,1]]");
    assert_eq!(items.collect::<Vec<_>>().await, [Ok(2), Ok(1), Ok(0)]);
}

#[wasm_bindgen_test]
async fn credit_is_given_as_items_are_taken() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut items = client.stream::<Countdown>(&100);
    assert!(items.next().now_or_never().is_none());
    turn().await;
    let all: Vec<_> = (0..64).map(|n| json!([32, 1, n])).collect();
    socket.receive(&json!(all).to_string());
    let _ = socket.sent();
    for n in 0..31 {
        assert_eq!(items.next().await, Some(Ok(n)));
    }
    turn().await;
    assert!(socket.sent().is_empty());
    assert_eq!(items.next().await, Some(Ok(31)));
    turn().await;
    assert_eq!(socket.sent(), [[json!([31, 1, 32])]]);
}

#[wasm_bindgen_test]
async fn dropping_it_tells_the_server() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut items = client.stream::<Countdown>(&2);
    assert!(items.next().now_or_never().is_none());
    turn().await;
    let _ = socket.sent();
    drop(items);
    turn().await;
    assert_eq!(socket.sent(), [[json!([13, 1])]]);
    // A late item is normal.
    socket.receive("[[32,1,2],[33,1]]");
    assert_eq!(client.stats().in_flight, 0);
}

#[wasm_bindgen_test]
async fn an_item_that_is_not_of_the_contract_ends_it() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut items = client.stream::<Countdown>(&2);
    assert!(items.next().now_or_never().is_none());
    turn().await;
    let _ = socket.sent();
    socket.receive(r#"[[32,1,2],[32,1,"one"],[32,1,0]]"#);
    assert_eq!(items.next().await, Some(Ok(2)));
    let Some(Err(RequestError::Rejected(rejection))) = items.next().await else { panic!() };
    assert_eq!(rejection.code, code::BAD_REPLY);
    assert_eq!(items.next().await, None);
    turn().await;
    assert_eq!(socket.sent(), [[json!([13, 1])]]);
}

#[wasm_bindgen_test]
async fn it_fails_after_the_items_that_came() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut items = client.stream::<Countdown>(&2);
    assert!(items.next().now_or_never().is_none());
    turn().await;
    socket.receive(r#"[[32,1,2],[12,1,"failed","no","stuck"]]"#);
    assert_eq!(items.next().await, Some(Ok(2)));
    assert_eq!(items.next().await, Some(Err(RequestError::Failed("stuck".into()))));
    assert_eq!(items.next().await, None);
}

#[wasm_bindgen_test]
async fn closing_ends_it() {
    let _page = Page::observe();
    let client = builder().connect().unwrap();
    let mut items = client.stream::<Countdown>(&2);
    assert!(items.next().now_or_never().is_none());
    client.close();
    assert_eq!(items.next().await, Some(Err(RequestError::Closed)));
    let mut late = client.stream::<Countdown>(&2);
    assert_eq!(late.next().await, Some(Err(RequestError::Closed)));
}
