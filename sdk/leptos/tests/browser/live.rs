use fader::{LiveError, ModelError, Policy};
use fader_leptos::{LiveSignals, use_client, use_live, use_live_with};
use fader_test_page::{FakeSocket, Page, turn, until};
use leptos::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::component::mount;
use crate::contract::{Area, Sides, UNIT};

fn read(area: LiveSignals<Area>) -> (Sides, Option<i32>, bool) {
    untrack(|| (area.local(), area.result().map(|result| *result), area.pending()))
}

fn model_error(area: LiveSignals<Area>) -> Option<ModelError> {
    untrack(|| area.model_error())
}

/// The live frame that the client sends next: its sequence number and its patch.
async fn next_patch(socket: &FakeSocket) -> (u64, Value) {
    let mut frames = Vec::new();
    while frames.is_empty() {
        turn().await;
        frames = socket.sent().concat();
    }
    assert_eq!((frames.len(), &frames[0][0]), (1, &json!(20)), "{frames:?}");
    (frames[0][4].as_u64().unwrap(), frames[0][7].clone())
}

async fn answer(socket: &FakeSocket, seq: u64, result: i32) {
    socket.receive(&json!([[21, 1, 1, seq, 0, 0, result]]).to_string());
    turn().await;
}

#[wasm_bindgen_test]
async fn input_and_results_are_signals() {
    let page = Page::observe();
    let component = mount(&page, || use_live::<Area>(UNIT));
    let (area, socket) = (component.signals, &component.socket);
    assert_eq!(read(area), (UNIT, None, true));
    socket.welcome();
    let (seq, _) = next_patch(socket).await;
    answer(socket, seq, 1).await;
    assert_eq!(read(area), (UNIT, Some(1), false));

    area.begin();
    area.update(|sides| sides.width = 5);
    // The thumb does not wait for anything.
    assert_eq!(read(area).0, Sides { width: 5, height: 1 });
    let (seq, patch) = next_patch(socket).await;
    assert_eq!(patch, json!({"width": 5}));
    assert!(read(area).2 && untrack(|| area.status().gesture));
    answer(socket, seq, 5).await;
    assert_eq!(read(area), (Sides { width: 5, height: 1 }, Some(5), false));

    area.cancel();
    assert_eq!(read(area).0, UNIT);
    let (seq, _) = next_patch(socket).await;
    answer(socket, seq, 1).await;
    area.set(Sides { width: 2, height: 2 });
    area.commit();
    let (seq, patch) = next_patch(socket).await;
    assert_eq!(patch, json!({"width": 2, "height": 2}));
    answer(socket, seq, 4).await;
    assert_eq!(read(area), (Sides { width: 2, height: 2 }, Some(4), false));
    assert_eq!(untrack(|| area.status()).counters.inputs, 2);
}

#[wasm_bindgen_test]
async fn the_rates_go_down_by_themselves_and_then_nothing_runs() {
    let page = Page::observe();
    let component = mount(&page, || use_live::<Area>(UNIT));
    let (area, socket) = (component.signals, &component.socket);
    socket.welcome();
    let (seq, _) = next_patch(socket).await;
    answer(socket, seq, 1).await;
    let rates = || {
        let status = untrack(|| area.status());
        (status.frames_per_second, status.results_per_second)
    };
    assert_eq!(rates(), (1, 1));
    until("the rates are zero", || rates() == (0, 0)).await;
}

#[wasm_bindgen_test]
async fn values_from_elsewhere_move_the_model() {
    let page = Page::observe();
    let component = mount(&page, || use_live::<Area>(UNIT));
    let (area, socket) = (component.signals, &component.socket);
    socket.welcome();
    let (seq, _) = next_patch(socket).await;
    answer(socket, seq, 1).await;
    socket.receive(r#"[[25,1,1,1,{"width":7}]]"#);
    turn().await;
    assert_eq!(read(area).0, Sides { width: 7, height: 1 });
}

#[wasm_bindgen_test]
async fn a_server_that_does_not_answer_is_said_to_be_stalled() {
    let page = Page::observe();
    let component = mount(&page, || use_live::<Area>(UNIT));
    component.socket.welcome();
    next_patch(&component.socket).await;
    assert!(!untrack(|| component.signals.stalled()));
    until("the stall", || untrack(|| component.signals.stalled())).await;
}

#[wasm_bindgen_test]
async fn a_refused_model_changes_nothing_but_says_so() {
    let page = Page::observe();
    let component = mount(&page, || use_live::<Area>(UNIT));
    let area = component.signals;
    // It is left out of the JSON when it is zero.
    area.update(|sides| sides.height = 0);
    assert_eq!(model_error(area), Some(ModelError::MissingKey("height".into())));
    assert_eq!(read(area).0, UNIT);
    area.update(|sides| sides.height = 2);
    assert_eq!(model_error(area), None);
}

#[wasm_bindgen_test]
async fn a_group_that_cannot_be_opened_says_why() {
    let page = Page::observe();
    let component = mount(&page, || {
        use_client().close();
        use_live::<Area>(UNIT)
    });
    let area = component.signals;
    area.set(Sides { width: 2, height: 2 });
    area.commit();
    turn().await;
    assert_eq!(model_error(area), Some(LiveError::Closed.into()));
    assert_eq!(read(area), (UNIT, None, false));
}

#[wasm_bindgen_test]
async fn unmounting_commits_and_closes_the_group() {
    let page = Page::observe();
    let component = mount(&page, || use_live::<Area>(UNIT));
    let socket = component.socket.clone();
    socket.welcome();
    let (seq, _) = next_patch(&socket).await;
    answer(&socket, seq, 1).await;
    component.signals.begin();
    component.signals.update(|sides| sides.width = 3);
    drop(component);
    turn().await;
    let frames = socket.sent().concat();
    assert_eq!(frames[0][5], json!(1), "a commit: {frames:?}");
    assert_eq!(frames[0][7], json!({"width": 3}));
    assert_eq!(frames.len(), 1, "the close of the connection closes the group too");
    assert_eq!(socket.closed_with().as_deref(), Some("1000 "));
    assert_eq!((page.timers(), socket.handlers()), (0, 0));
}

#[wasm_bindgen_test]
async fn the_model_is_a_signal_and_the_policy_the_apps() {
    let page = Page::observe();
    let component = mount(&page, || {
        let area = use_live_with::<Area>(UNIT, Policy::OnCommit);
        (area, Memo::new(move |_| area.model().with(|sides| sides.width * 10)))
    });
    let ((area, tenfold), socket) = (component.signals, &component.socket);
    socket.welcome();
    let (seq, _) = next_patch(socket).await;
    answer(socket, seq, 1).await;
    area.begin();
    area.update(|sides| sides.width = 5);
    assert_eq!(untrack(|| tenfold.get()), 50);
    turn().await;
    assert_eq!(socket.sent().concat(), [] as [Value; 0], "nothing leaves before the commit");
    area.commit();
    assert_eq!(next_patch(socket).await.1, json!({"width": 5}));
}
