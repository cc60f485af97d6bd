use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use fader::{GapReason, SubscribeError, TopicItem, TopicOptions};
use fader_leptos::{TopicSignals, use_client, use_topic, use_topic_with};
use fader_test_page::{Page, turn, until};
use leptos::prelude::*;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::component::mount;
use crate::contract::Chat;

fn with_presence() -> TopicOptions {
    TopicOptions { presence: true, ..TopicOptions::default() }
}

fn newest(chat: TopicSignals<Chat>) -> Option<String> {
    untrack(|| chat.event().map(|event| event.to_string()))
}

#[wasm_bindgen_test]
async fn events_gaps_and_members_are_signals() {
    let page = Page::observe();
    let component = mount(&page, || use_topic::<Chat>(with_presence()));
    let (chat, socket) = (component.signals, &component.socket);
    socket.welcome();
    assert!(!untrack(|| chat.subscribed()));
    socket.receive(r#"[[42,1,{"epoch":"e","offset":7}],[46,1,1],[47,1,"1","Ada"]]"#);
    turn().await;
    assert!(untrack(|| chat.subscribed()) && newest(chat).is_none());
    let members = untrack(|| chat.members());
    assert_eq!(*members, BTreeMap::from([("1".to_owned(), "Ada".to_owned())]));

    socket.receive(r#"[[43,1,8,"hello"],[43,1,11,"again"],[48,1,"1"]]"#);
    turn().await;
    assert_eq!(newest(chat).as_deref(), Some("again"));
    assert_eq!(untrack(|| (chat.gaps(), chat.position().unwrap().offset)), (1, 11));
    assert_eq!(untrack(|| chat.gap()).unwrap().reason, GapReason::Unannounced);
    assert!(untrack(|| chat.members()).is_empty());

    socket.end(1006, "");
    turn().await;
    assert!(!untrack(|| chat.subscribed()));
    until("the next attempt", || page.sockets() == 2).await;
    page.socket().resume(0);
    page.socket().receive(r#"[[45,1,"forbidden","members only",null]]"#);
    turn().await;
    assert_eq!(untrack(|| chat.refused()).unwrap().code, "forbidden");
}

#[wasm_bindgen_test]
async fn every_item_is_passed_on() {
    let page = Page::observe();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let to_heard = heard.clone();
    let component = mount(&page, move || {
        use_topic_with::<Chat>(TopicOptions::default(), move |item| {
            if let TopicItem::Event { event, .. } = item {
                to_heard.borrow_mut().push(event.to_string());
            }
        })
    });
    component.socket.welcome();
    component.socket.receive(r#"[[42,1,{"epoch":"e","offset":7}],[43,1,8,"a"],[43,1,9,"b"]]"#);
    turn().await;
    assert_eq!(*heard.borrow(), ["a", "b"]);
    assert_eq!(newest(component.signals).as_deref(), Some("b"));
}

#[wasm_bindgen_test]
async fn a_topic_that_cannot_be_asked_for_says_why() {
    let page = Page::observe();
    let component = mount(&page, || {
        use_client().close();
        use_topic::<Chat>(TopicOptions::default())
    });
    assert_eq!(untrack(|| component.signals.error()), Some(SubscribeError::Closed));
}

#[wasm_bindgen_test]
async fn unmounting_unsubscribes() {
    let page = Page::observe();
    let component = mount(&page, || (use_client(), use_topic::<Chat>(TopicOptions::default())));
    let socket = component.socket.clone();
    socket.welcome();
    let _ = socket.sent();
    let client = component.signals.0.client();
    drop(component);
    turn().await;
    assert_eq!(socket.sent(), [[json!([41, 1])]]);
    assert_eq!(client.stats().subscriptions, 0);
    drop(client);
    assert_eq!((page.timers(), socket.handlers()), (0, 0));
}
