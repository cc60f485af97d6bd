use std::cell::Cell;
use std::rc::Rc;

use fader::{LiveError, ModelError, code};
use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::connected;
use crate::contract::{Area, Bare, Sides, UNIT};
use fader_test_page::{FakeSocket, Page, turn, until};

const PREVIEW: u64 = 0;
const COMMIT: u64 = 1;
const CANCEL: u64 = 2;

/// A live frame: `[20, group, name, epoch, seq, phase, commit, patch]`.
fn live(seq: u64, phase: u64, commit: Option<u64>, patch: &Value) -> Value {
    json!([20, 1, "area", 1, seq, phase, commit, patch])
}

/// The frames that the client sends until there is one.
async fn next_frames(socket: &FakeSocket) -> Vec<Value> {
    let frames = Cell::new(Vec::new());
    until("a frame", || {
        frames.set(socket.sent().concat());
        let some = frames.take();
        let is_some = !some.is_empty();
        frames.set(some);
        is_some
    })
    .await;
    frames.take()
}

/// The server answers the patch `seq` with a result.
fn answer(socket: &FakeSocket, seq: u64, result: &Value) {
    socket.receive(&json!([[21, 1, 1, seq, 0, 0, result]]).to_string());
}

#[wasm_bindgen_test]
async fn the_model_goes_up_and_the_result_comes_down() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    assert_eq!((area.local(), area.result()), (UNIT, None));
    let snapshot = live(1, PREVIEW, None, &json!({"width": 1, "height": 1}));
    assert_eq!(next_frames(&socket).await, [snapshot]);
    assert!(area.status().pending);

    answer(&socket, 1, &json!(1));
    assert_eq!(area.result().as_deref(), Some(&1));
    let status = area.status();
    assert!(!status.pending && !status.gesture && status.error.is_none(), "{status:?}");
    assert_eq!(status.counters.results, 1);
}

#[wasm_bindgen_test]
async fn a_gesture_is_previewed_and_committed() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    next_frames(&socket).await;
    answer(&socket, 1, &json!(1));

    area.begin();
    assert!(area.status().gesture);
    // Set in one turn, sent in one patch, and only what changed.
    area.update(|sides| sides.width = 2).unwrap();
    area.update(|sides| sides.width = 3).unwrap();
    assert_eq!(area.local(), Sides { width: 3, height: 1 });
    assert_eq!(next_frames(&socket).await, [live(2, PREVIEW, None, &json!({"width": 3}))]);

    area.update(|sides| sides.height = 4).unwrap();
    area.commit();
    area.commit();
    turn().await;
    let expected = [[live(3, COMMIT, Some(1), &json!({"height": 4}))]];
    assert_eq!(socket.sent(), expected);
    assert!(!area.status().gesture);
    answer(&socket, 3, &json!(12));
    answer(&socket, 2, &json!(3));
    assert_eq!(area.result().as_deref(), Some(&12), "never an older one");
}

#[wasm_bindgen_test]
async fn a_cancelled_gesture_restores_the_model() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    next_frames(&socket).await;
    answer(&socket, 1, &json!(1));

    area.begin();
    area.set(Sides { width: 9, height: 9 }).unwrap();
    next_frames(&socket).await;
    // Another finger, in the same gesture.
    area.begin();
    area.cancel();
    assert_eq!(area.local(), UNIT);
    turn().await;
    let expected = [[live(3, CANCEL, Some(1), &json!({"width": 1, "height": 1}))]];
    assert_eq!(socket.sent(), expected);
    answer(&socket, 3, &json!(1));

    // What is set next is compared with what was restored.
    area.set(Sides { width: 1, height: 2 }).unwrap();
    assert_eq!(next_frames(&socket).await[0][7], json!({"height": 2}));
    // And there is nothing to cancel any more.
    area.cancel();
    assert_eq!(area.local(), Sides { width: 1, height: 2 });
}

#[wasm_bindgen_test]
async fn a_gesture_that_the_page_committed_cannot_be_cancelled() {
    let page = Page::observe();
    let (client, _) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    area.begin();
    area.set(Sides { width: 9, height: 9 }).unwrap();
    page.tell_window("pagehide");
    area.cancel();
    assert_eq!(area.local(), Sides { width: 9, height: 9 });
}

#[wasm_bindgen_test]
async fn values_from_elsewhere_move_the_model_but_not_what_is_held() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    next_frames(&socket).await;
    answer(&socket, 1, &json!(1));

    let mut versions = area.versions();
    area.begin_keys(&["width"]).unwrap();
    assert!(versions.next().now_or_never().is_none());
    socket.receive(r#"[[25,1,1,1,{"width":7,"height":8}]]"#);
    assert_eq!(area.local(), Sides { width: 1, height: 8 });
    assert_eq!(versions.next().now_or_never(), Some(Some(area.version())));
    area.cancel();
    until("the parked value", || area.local() == Sides { width: 7, height: 8 }).await;
    let unknown =
        LiveError::UnknownKey { key: "depth".into(), known: vec!["height".into(), "width".into()] };
    assert_eq!(area.begin_keys(&["depth"]), Err(unknown.clone().into()));
    assert_eq!(area.commit_keys(&["depth"]), Err(unknown.into()));
}

#[wasm_bindgen_test]
async fn what_cannot_be_read_is_an_error_in_the_status() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    next_frames(&socket).await;
    answer(&socket, 1, &json!("a lot"));
    assert_eq!(area.status().error.unwrap().code, code::BAD_REPLY);
    assert_eq!(area.result(), None);

    area.set(Sides { width: 2, height: 1 }).unwrap();
    next_frames(&socket).await;
    socket.receive(r#"[[22,1,1,2,0,0,"failed","too wide"]]"#);
    assert_eq!(area.status().error.unwrap().message, "too wide");

    area.set(Sides { width: 3, height: 1 }).unwrap();
    let frames = next_frames(&socket).await;
    answer(&socket, frames[0][4].as_u64().unwrap(), &json!(3));
    assert_eq!((area.status().error, area.result().as_deref()), (None, Some(&3)));
}

#[wasm_bindgen_test]
fn a_model_must_be_an_object_of_a_size_that_can_travel() {
    let page = Page::observe();
    let (client, _) = connected(&page);
    assert_eq!(client.live::<Bare>(1).err(), Some(ModelError::NotAnObject));
    client.close();
    assert_eq!(client.live::<Area>(UNIT).err(), Some(LiveError::Closed.into()));
}

#[wasm_bindgen_test]
async fn changes_come_once_however_many_there_were() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    next_frames(&socket).await;
    answer(&socket, 1, &json!(1));
    turn().await;

    let mut changes = area.changes();
    let seen = Rc::new(Cell::new(0));
    let counter = seen.clone();
    spawn_local(async move {
        while changes.next().await.is_some() {
            counter.set(counter.get() + 1);
        }
        counter.set(100);
    });
    turn().await;
    assert_eq!(seen.get(), 0);
    for width in 2..50 {
        area.set(Sides { width, height: 1 }).unwrap();
    }
    turn().await;
    assert_eq!(seen.get(), 1);
    drop(area);
    turn().await;
    assert_eq!(seen.get(), 100);
}

#[wasm_bindgen_test]
async fn a_closed_client_shows_in_the_status() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    next_frames(&socket).await;
    answer(&socket, 1, &json!(1));
    assert_eq!(area.status().counters.results, 1);
    let mut changes = area.changes();
    client.close();
    assert_eq!(changes.next().await, Some(()));
    let status = area.status();
    assert_eq!(status.error.unwrap().code, "closed");
    assert_eq!(status.counters.results, 1);
    assert_eq!(area.set(Sides { width: 2, height: 1 }), Err(LiveError::Closed.into()));
    assert_eq!((area.local(), area.result().as_deref()), (UNIT, Some(&1)));
}

#[wasm_bindgen_test]
async fn dropping_it_commits_and_closes_the_group() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    next_frames(&socket).await;
    answer(&socket, 1, &json!(1));
    area.begin();
    area.set(Sides { width: 2, height: 1 }).unwrap();
    drop(area);
    turn().await;
    assert_eq!(socket.sent(), [[live(2, COMMIT, Some(1), &json!({"width": 2}))]]);
    answer(&socket, 2, &json!(2));
    assert_eq!(socket.sent(), [[json!([15, 1])]]);
    drop(client);
}
