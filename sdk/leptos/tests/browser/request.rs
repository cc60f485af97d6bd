use std::rc::Rc;

use fader::RequestError;
use fader_leptos::{RequestSignals, use_request};
use fader_test_page::{Page, turn};
use leptos::prelude::*;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::component::mount;
use crate::contract::Sum;

type Error = RequestError<fader::NoError>;

fn read(sum: RequestSignals<Sum>) -> (Option<i32>, Option<Rc<Error>>, bool) {
    untrack(|| (sum.reply().map(|reply| *reply), sum.error(), sum.pending()))
}

#[wasm_bindgen_test]
async fn a_call_is_pending_and_then_answered() {
    let page = Page::observe();
    let component = mount(&page, use_request::<Sum>);
    let (sum, socket) = (component.signals, &component.socket);
    socket.welcome();
    assert_eq!(read(sum), (None, None, false));
    sum.send(&vec![1, 2]);
    assert_eq!(read(sum), (None, None, true));
    turn().await;
    assert_eq!(socket.sent(), [[json!([10, 1, "sum", [1, 2]])]]);
    socket.receive("[[11,1,3]]");
    turn().await;
    assert_eq!(read(sum), (Some(3), None, false));

    // The reply stays while the next call is pending, and when it fails.
    sum.send(&vec![1, 2, 3]);
    turn().await;
    assert_eq!(read(sum), (Some(3), None, true));
    socket.receive(r#"[[12,2,"internal","oops"]]"#);
    turn().await;
    let (reply, error, pending) = read(sum);
    assert_eq!((reply, pending), (Some(3), false));
    assert_eq!(error.unwrap().to_string(), "rejected: internal: oops");

    sum.send(&vec![4]);
    turn().await;
    socket.receive("[[11,3,4]]");
    turn().await;
    assert_eq!(read(sum), (Some(4), None, false));
}

#[wasm_bindgen_test]
async fn a_newer_call_cancels_the_one_before() {
    let page = Page::observe();
    let component = mount(&page, use_request::<Sum>);
    let (sum, socket) = (component.signals, &component.socket);
    socket.welcome();
    sum.send(&vec![1]);
    turn().await;
    sum.send(&vec![2]);
    turn().await;
    let frames = socket.sent().concat();
    assert_eq!(frames.len(), 3, "{frames:?}");
    assert!(frames.contains(&json!([13, 1])), "{frames:?}");
    socket.receive("[[11,1,1],[11,2,2]]");
    turn().await;
    assert_eq!(read(sum), (Some(2), None, false));
}

#[wasm_bindgen_test]
async fn unmounting_cancels_the_call() {
    let page = Page::observe();
    let component = mount(&page, use_request::<Sum>);
    let socket = component.socket.clone();
    socket.welcome();
    component.signals.send(&vec![1]);
    turn().await;
    drop(component);
    turn().await;
    assert_eq!(socket.sent(), [[json!([10, 1, "sum", [1]])], [json!([13, 1])]]);
    assert_eq!(socket.closed_with().as_deref(), Some("1000 "));
}
