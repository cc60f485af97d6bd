use fader::RequestError;
use fader_leptos::{StreamSignals, use_stream};
use fader_test_page::{Page, turn};
use leptos::prelude::*;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::component::mount;
use crate::contract::Countdown;

fn read(countdown: StreamSignals<Countdown>) -> (Option<u32>, usize, bool) {
    untrack(|| (countdown.last().map(|last| *last), countdown.count(), countdown.running()))
}

#[wasm_bindgen_test]
async fn items_come_and_the_end() {
    let page = Page::observe();
    let component = mount(&page, use_stream::<Countdown>);
    let (countdown, socket) = (component.signals, &component.socket);
    socket.welcome();
    assert_eq!(read(countdown), (None, 0, false));
    let (sender, seen) = std::sync::mpsc::channel();
    countdown.start_with(&2, move |item| sender.send(*item).unwrap());
    turn().await;
    assert_eq!(read(countdown), (None, 0, true));
    let _ = socket.sent();
    socket.receive("[[32,1,2],[32,1,1]]");
    turn().await;
    turn().await;
    assert_eq!(read(countdown), (Some(1), 2, true));
    socket.receive(r#"[[12,1,"failed","no","stuck"]]"#);
    turn().await;
    turn().await;
    assert_eq!(read(countdown), (Some(1), 2, false));
    let error = untrack(|| countdown.error()).unwrap();
    assert_eq!(*error, RequestError::Failed("stuck".into()));
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [2, 1]);
}

#[wasm_bindgen_test]
async fn who_stops_or_leaves_stops_the_server() {
    let page = Page::observe();
    let component = mount(&page, use_stream::<Countdown>);
    let (countdown, socket) = (component.signals, component.socket.clone());
    socket.welcome();
    countdown.start(&9);
    turn().await;
    let _ = socket.sent();
    countdown.stop();
    turn().await;
    assert_eq!(socket.sent(), [[json!([13, 1])]]);
    assert!(!untrack(|| countdown.running()));

    countdown.start(&9);
    turn().await;
    let _ = socket.sent();
    drop(component);
    turn().await;
    assert_eq!(socket.sent()[0][0], json!([13, 2]));
}
