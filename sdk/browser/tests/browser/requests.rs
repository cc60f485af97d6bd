use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use fader::{Bytes, NotSent, Request, RequestError, code};
use futures_util::FutureExt;
use futures_util::future::join3;
use js_sys::Uint8Array;
use serde_json::json;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::{builder, connected};
use crate::contract::{Divide, Reverse, Sum, Unspeakable};
use fader_test_page::{Page, turn, until};

type SumOutcome = <Request<Sum> as Future>::Output;

/// A request at work, and how it ended.
fn start(request: Request<Sum>) -> Rc<RefCell<Option<SumOutcome>>> {
    let slot = Rc::new(RefCell::new(None));
    let result = slot.clone();
    spawn_local(async move {
        let outcome = request.await;
        result.replace(Some(outcome));
    });
    slot
}

#[wasm_bindgen_test]
async fn a_request_is_answered() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let outcome = start(client.request(&vec![1, 2]));
    turn().await;
    assert_eq!(socket.sent(), [[json!([10, 1, "sum", [1, 2]])]]);
    assert_eq!(*outcome.borrow(), None);
    socket.receive("[[11,1,3]]");
    turn().await;
    assert_eq!(*outcome.borrow(), Some(Ok(3)));
}

fn binary(text: &str, bytes: &[u8]) -> Uint8Array {
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    [&length, text.as_bytes(), bytes].concat().as_slice().into()
}

#[wasm_bindgen_test]
async fn bytes_travel_in_binary_messages() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let outcome = Rc::new(RefCell::new(None));
    let (request, result) = (client.request::<Reverse>(&Bytes(vec![1, 2])), outcome.clone());
    spawn_local(async move { drop(result.replace(Some(request.await))) });
    turn().await;
    let sent: Vec<_> = socket.take_sent_binary().iter().map(Uint8Array::to_vec).collect();
    assert_eq!(sent, [binary(r#"[[10,1,"reverse",[0,2]]]"#, &[1, 2]).to_vec()]);
    socket.receive_binary(binary("[[11,1,[0,2]]]", &[2, 1]));
    turn().await;
    assert_eq!(outcome.take(), Some(Ok(Bytes(vec![2, 1]))));
}

#[wasm_bindgen_test]
async fn bytes_in_the_place_of_json_are_a_bad_reply() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let outcome = start(client.request(&vec![1, 2]));
    turn().await;
    socket.receive_binary(binary("[[11,1,[0,1]]]", &[3]));
    turn().await;
    let Some(Err(RequestError::Rejected(rejection))) = outcome.take() else { panic!() };
    assert_eq!(rejection.code, code::BAD_REPLY);
    assert_eq!(rejection.message, "not what the contract says: JSON was expected, and bytes came");
}

#[wasm_bindgen_test]
async fn an_answer_may_come_while_sending() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    socket.answer_at_once("[[11,1,3]]");
    assert_eq!(client.request::<Sum>(&vec![1, 2]).await, Ok(3));
}

#[wasm_bindgen_test]
async fn nothing_is_sent_before_the_first_poll() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let request = client.request::<Sum>(&vec![1]);
    turn().await;
    drop(request);
    turn().await;
    assert!(socket.sent().is_empty());
}

#[wasm_bindgen_test]
async fn the_requests_of_one_turn_leave_in_one_message() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let all = Rc::new(RefCell::new(None));
    let result = all.clone();
    spawn_local(async move {
        let three = join3(
            client.request::<Sum>(&vec![1]),
            client.request::<Sum>(&vec![2]),
            client.request::<Divide>(&(6, 2)),
        );
        let three = three.await;
        result.replace(Some(three));
    });
    turn().await;
    let expected = [vec![
        json!([10, 1, "sum", [1]]),
        json!([10, 2, "sum", [2]]),
        json!([10, 3, "divide", [6, 2]]),
    ]];
    assert_eq!(socket.sent(), expected);
    socket.receive("[[11,3,3],[11,1,1],[11,2,2]]");
    turn().await;
    assert_eq!(*all.borrow(), Some((Ok(1), Ok(2), Ok(3))));
}

#[wasm_bindgen_test]
async fn requests_wait_for_the_connection() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    let first = start(client.request(&vec![1]));
    turn().await;
    let second = start(client.request(&vec![2]));
    turn().await;
    assert_eq!(client.stats().queued, 2);
    let socket = page.socket();
    socket.open();
    assert_eq!(socket.sent().len(), 1, "only the hello");
    socket.accept();
    let expected = [[json!([10, 1, "sum", [1]]), json!([10, 2, "sum", [2]])]];
    assert_eq!(socket.sent(), expected);
    socket.receive("[[11,1,1],[11,2,2]]");
    turn().await;
    assert_eq!((first.take(), second.take()), (Some(Ok(1)), Some(Ok(2))));
}

#[wasm_bindgen_test]
async fn dropping_a_request_that_left_tells_the_server() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut request = client.request::<Sum>(&vec![1]);
    assert!((&mut request).now_or_never().is_none());
    turn().await;
    assert_eq!(socket.sent(), [[json!([10, 1, "sum", [1]])]]);
    drop(request);
    turn().await;
    assert_eq!(socket.sent(), [[json!([13, 1])]]);
    // A late answer is normal.
    socket.receive("[[11,1,1]]");
    assert_eq!(client.stats().in_flight, 0);
}

#[wasm_bindgen_test]
async fn dropping_a_request_that_waits_takes_it_out_of_the_queue() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    let mut request = client.request::<Sum>(&vec![1]);
    assert!((&mut request).now_or_never().is_none());
    assert_eq!(client.stats().queued, 1);
    drop(request);
    assert_eq!(client.stats().queued, 0);
    page.socket().welcome();
    turn().await;
    assert!(page.socket().sent().is_empty());
}

#[wasm_bindgen_test]
async fn a_request_times_out() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let outcome = start(client.request(&vec![1]).timeout(Duration::from_millis(20)));
    until("the timeout", || outcome.borrow().is_some()).await;
    let timed_out = outcome.take();
    assert!(matches!(timed_out, Some(Err(RequestError::TimedOut(_)))), "{timed_out:?}");
    assert_eq!(socket.sent(), [[json!([10, 1, "sum", [1]])], [json!([13, 1])]]);
}

#[wasm_bindgen_test]
async fn the_clients_timeout_is_the_default() {
    let _page = Page::observe();
    let client = builder().request_timeout(Duration::from_millis(20)).connect().unwrap();
    let outcome = start(client.request(&vec![1]));
    until("the timeout", || outcome.borrow().is_some()).await;
    let timed_out = outcome.take();
    assert!(matches!(timed_out, Some(Err(RequestError::TimedOut(_)))), "{timed_out:?}");
}

#[wasm_bindgen_test]
async fn failures_are_typed() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let divide = client.request::<Divide>(&(1, 0));
    spawn_local(async move {
        turn().await;
        socket.receive(r#"[[12,1,"failed","no","by zero"]]"#);
        turn().await;
        socket.receive(r#"[[12,2,"failed","no",{"odd":true}]]"#);
        turn().await;
        socket.receive(r#"[[11,3,"three"]]"#);
    });
    assert_eq!(divide.await, Err(RequestError::Failed("by zero".into())));

    let Err(RequestError::Rejected(rejection)) = client.request::<Divide>(&(1, 0)).await else {
        panic!("not rejected")
    };
    // An error of another form than the contract's.
    assert_eq!((rejection.code.as_str(), rejection.message.as_str()), (code::FAILED, "no"));
    assert_eq!(rejection.data.unwrap().get(), r#"{"odd":true}"#);

    let Err(RequestError::Rejected(rejection)) = client.request::<Sum>(&vec![1]).await else {
        panic!("not rejected")
    };
    assert_eq!(rejection.code, code::BAD_REPLY);
}

#[wasm_bindgen_test]
async fn params_without_a_json_form_are_not_sent() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let outcome = client.request::<Unspeakable>(&[((1, 2), 3)].into()).await;
    assert_eq!(outcome, Err(RequestError::NotSent(NotSent::Unserializable)));
    turn().await;
    assert!(socket.sent().is_empty());
}

#[wasm_bindgen_test]
async fn what_was_sent_into_a_lost_session_is_unknown() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let outcome = start(client.request(&vec![1]));
    turn().await;
    socket.end(1006, "");
    turn().await;
    assert_eq!(*outcome.borrow(), None, "the session may go on");
    until("the next attempt", || page.sockets() == 2).await;
    page.socket().welcome();
    turn().await;
    assert_eq!(outcome.take(), Some(Err(RequestError::Unknown)));
}

#[wasm_bindgen_test]
async fn a_request_outlives_its_connection() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let outcomes = [start(client.request(&vec![1])), start(client.request(&vec![2]))];
    turn().await;
    socket.end(1006, "");
    until("the next attempt", || page.sockets() == 2).await;
    // The server has the first one.
    page.socket().resume(1);
    assert_eq!(page.socket().sent(), [[json!([10, 2, "sum", [2]])]]);
    page.socket().receive("[[11,1,1],[11,2,2]]");
    turn().await;
    assert_eq!(outcomes.map(|outcome| outcome.take()), [Some(Ok(1)), Some(Ok(2))]);
    assert_eq!(client.stats().resumes, 1);
}

#[wasm_bindgen_test]
async fn a_request_may_be_named_or_be_of_use_only_now() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    let named = start(client.request(&vec![1]).idempotency_key("my key"));
    let volatile = start(client.request(&vec![2]).volatile());
    turn().await;
    assert_eq!(*named.borrow(), None);
    assert_eq!(volatile.take(), Some(Err(RequestError::NotSent(NotSent::NotConnected))));
    page.socket().welcome();
    let volatile = start(client.request(&vec![3]).volatile());
    turn().await;
    let sent = page.socket().sent().concat();
    assert_eq!(sent, [json!([14, 1, "sum", "my key", [1]]), json!([7, 3, "sum", [3]])]);
    page.socket().end(1006, "");
    turn().await;
    assert_eq!(volatile.take(), Some(Err(RequestError::Unknown)));
    assert_eq!(*named.borrow(), None);
    until("the next attempt", || page.sockets() == 2).await;
    page.socket().resume(1);
    page.socket().receive("[[11,1,1]]");
    turn().await;
    assert_eq!(named.take(), Some(Ok(1)));
}

#[wasm_bindgen_test]
async fn a_request_outlives_the_last_client_handle() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let outcome = start(client.request(&vec![1, 2]));
    drop(client);
    turn().await;
    assert_eq!(socket.closed_with(), None);
    socket.receive("[[11,1,3]]");
    turn().await;
    assert_eq!(outcome.take(), Some(Ok(3)));
    assert_eq!(socket.closed_with().as_deref(), Some("1000 "));
}
