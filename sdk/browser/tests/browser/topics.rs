//! Topics: what is published, who is here, and what is missing.

use std::collections::BTreeMap;

use fader::{
    Gap, GapReason, NotSent, Position, RequestError, SubscribeError, Subscription, TopicItem,
    TopicOptions,
};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::{builder, connected};
use crate::contract::Chat;
use fader_test_page::{FakeSocket, Page, turn, until};

type Item = TopicItem<String>;

fn at(offset: u64) -> Position {
    Position { epoch: "e".into(), offset }
}

fn begins(offset: u64, recovered: bool) -> Item {
    TopicItem::Subscribed { position: at(offset), recovered }
}

fn said(offset: u64, text: &str) -> Item {
    TopicItem::Event { position: at(offset), event: text.into() }
}

fn missing(from: u64, to: u64, reason: GapReason) -> Item {
    TopicItem::Gap(Gap { from, to, reason })
}

/// A subscription that the server has accepted after offset 7.
async fn listening(page: &Page, options: TopicOptions) -> (Subscription<Chat>, FakeSocket) {
    let (client, socket) = connected(page);
    let chat = client.subscribe::<Chat>(options).unwrap();
    turn().await;
    let _ = socket.sent();
    socket.receive(r#"[[42,1,{"epoch":"e","offset":7}]]"#);
    (chat, socket)
}

/// All that waits.
fn all(chat: &mut Subscription<Chat>) -> Vec<Item> {
    std::iter::from_fn(|| chat.next().now_or_never().flatten()).collect()
}

#[wasm_bindgen_test]
async fn what_is_published_comes() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let options = TopicOptions { last: true, presence: true, ..TopicOptions::default() };
    let mut chat = client.subscribe::<Chat>(options).unwrap();
    turn().await;
    let expected = json!([40, 1, "chat", {"last": true, "presence": true}]);
    assert_eq!(socket.sent(), [[expected]]);
    assert!(!chat.is_subscribed() && chat.position().is_none());
    socket.receive(r#"[[42,1,{"epoch":"e","offset":7}],[43,1,8,"hello"]]"#);
    assert!(chat.is_subscribed());
    assert_eq!(chat.next().await, Some(begins(7, false)));
    assert_eq!(chat.next().await, Some(said(8, "hello")));
    assert_eq!(chat.position(), Some(at(8)));
}

#[wasm_bindgen_test]
async fn a_cut_is_not_noticed_but_for_what_is_missing() {
    let page = Page::observe();
    let (mut chat, socket) = listening(&page, TopicOptions::default()).await;
    socket.receive(r#"[[43,1,8,"hello"]]"#);
    socket.end(1006, "");
    until("the next attempt", || page.sockets() == 2).await;
    let socket = page.socket();
    socket.resume(0);
    let since = json!({"epoch": "e", "offset": 8});
    assert_eq!(socket.sent(), [[json!([40, 1, "chat", {"since": since}])]]);
    socket.receive(r#"[[42,1,{"epoch":"e","offset":8,"recovered":true}],[43,1,9,"again"]]"#);
    socket.receive(r#"[[43,1,9,"twice"],[43,1,12,"later"]]"#);
    let gap = missing(10, 11, GapReason::Unannounced);
    let expected = [
        begins(7, false),
        said(8, "hello"),
        begins(8, true),
        said(9, "again"),
        gap,
        said(12, "later"),
    ];
    assert_eq!(all(&mut chat), expected);
}

#[wasm_bindgen_test]
async fn a_slow_reader_is_told_what_it_missed() {
    let page = Page::observe();
    let options = TopicOptions { buffer: 2, ..TopicOptions::default() };
    let (mut chat, socket) = listening(&page, options).await;
    for offset in 8..100 {
        socket.receive(&json!([[43, 1, offset, "hello"]]).to_string());
    }
    let gap = missing(8, 97, GapReason::Overflow);
    assert_eq!(all(&mut chat), [begins(7, false), gap, said(98, "hello"), said(99, "hello")]);
}

#[wasm_bindgen_test]
async fn an_event_that_is_not_of_the_contract_is_missing() {
    let page = Page::observe();
    let (mut chat, socket) = listening(&page, TopicOptions::default()).await;
    socket.receive(r#"[[43,1,8,{"odd":true}],[43,1,9,"hello"]]"#);
    let gap = missing(8, 8, GapReason::Unreadable);
    assert_eq!(all(&mut chat), [begins(7, false), gap, said(9, "hello")]);
}

#[wasm_bindgen_test]
async fn members_come_and_go() {
    let page = Page::observe();
    let options = TopicOptions { presence: true, ..TopicOptions::default() };
    let (chat, socket) = listening(&page, options).await;
    let mut changes = chat.member_changes();
    assert!(changes.next().now_or_never().is_none());
    socket.receive(r#"[[46,1,2],[47,1,"1","Ada"],[47,1,"2",{"odd":true}]]"#);
    assert_eq!(changes.next().now_or_never(), Some(Some(())));
    assert_eq!(chat.members(), BTreeMap::from([("1".to_owned(), "Ada".to_owned())]));
    socket.receive(r#"[[48,1,"1"]]"#);
    assert_eq!(changes.next().now_or_never(), Some(Some(())));
    assert!(chat.members().is_empty());
    drop(chat);
    assert_eq!(changes.next().await, None);
}

#[wasm_bindgen_test]
async fn a_refusal_ends_it() {
    let page = Page::observe();
    let (mut chat, socket) = listening(&page, TopicOptions::default()).await;
    socket.receive(r#"[[45,1,"forbidden","members only",null]]"#);
    assert_eq!(chat.next().await, Some(begins(7, false)));
    let Some(TopicItem::Ended(rejection)) = chat.next().await else { panic!("not ended") };
    assert_eq!(rejection.code, "forbidden");
    assert_eq!(chat.next().await, None);
}

#[wasm_bindgen_test]
async fn closing_ends_it_and_no_other_begins() {
    let _page = Page::observe();
    let client = builder().connect().unwrap();
    let mut chat = client.subscribe::<Chat>(TopicOptions::default()).unwrap();
    client.close();
    assert_eq!(chat.next().await, None);
    let late = client.subscribe::<Chat>(TopicOptions::default());
    assert_eq!(late.err(), Some(SubscribeError::Closed));
}

#[wasm_bindgen_test]
async fn publishing_says_where_it_is() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut publish = client.publish::<Chat>(&"hello".into()).idempotency_key("key");
    assert!((&mut publish).now_or_never().is_none());
    turn().await;
    assert_eq!(socket.sent(), [[json!([34, 1, "chat", "key", "hello"])]]);
    socket.receive(r#"[[11,1,{"epoch":"e","offset":8}]]"#);
    assert_eq!(publish.await, Ok(at(8)));

    let refused = client.publish::<Chat>(&"hello".into());
    socket.answer_at_once(r#"[[12,2,"forbidden","no",{"why":"not"}]]"#);
    let Err(RequestError::Rejected(rejection)) = refused.await else { panic!("not rejected") };
    assert_eq!(rejection.data.unwrap().get(), r#"{"why":"not"}"#);
}

#[wasm_bindgen_test]
async fn what_is_volatile_leaves_now_or_never() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    assert_eq!(client.publish_volatile::<Chat>(&"now".into()), Ok(()));
    turn().await;
    assert_eq!(socket.sent(), [[json!([49, "chat", "now"])]]);
    socket.end(1006, "");
    let refused = client.publish_volatile::<Chat>(&"later".into());
    assert_eq!(refused, Err(NotSent::NotConnected));
}
