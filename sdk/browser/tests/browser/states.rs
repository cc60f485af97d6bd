use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake};

use fader::{Client, CloseReason, Request, RequestError, State};
use futures_util::{FutureExt, Stream, StreamExt};
use serde_json::json;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::{builder, connected};
use crate::contract::Sum;
use fader_test_page::{Page, turn};

#[wasm_bindgen_test]
async fn a_reader_gets_the_latest_state_and_no_backlog() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    let mut states = client.states();
    assert_eq!(states.next().await, Some(State::Connecting { attempt: 1 }));
    page.socket().welcome();
    page.socket().end(1012, "");
    client.close();
    let closed = State::Closed(CloseReason::ByApp);
    assert_eq!(states.next().await, Some(closed.clone()));
    // It stays so: a reader who comes later gets it, and then the end.
    let mut late = client.states();
    drop(client);
    assert_eq!(late.next().await, Some(closed));
    assert_eq!(late.next().await, None);
    assert_eq!(states.next().await, None);
}

#[wasm_bindgen_test]
async fn the_stream_ends_with_the_client() {
    let page = Page::observe();
    let (client, _) = connected(&page);
    let mut states = client.states();
    assert_eq!(states.next().await, Some(State::Open));
    drop(client);
    assert_eq!(states.next().await, None);
}

#[wasm_bindgen_test]
async fn a_reader_may_use_the_client() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    let seen = Rc::new(RefCell::new(Vec::new()));
    spawn_local(follow(client.clone(), seen.clone()));
    turn().await;
    page.socket().welcome();
    turn().await;
    assert_eq!(page.socket().sent(), [[json!([10, 1, "sum", [1]])]]);
    page.socket().receive("[[11,1,7]]");
    turn().await;
    assert_eq!(client.state(), State::Closed(CloseReason::ByApp));
    let closed = format!("{:?}", State::Closed(CloseReason::ByApp));
    assert_eq!(*seen.borrow(), ["Connecting { attempt: 1 }", "Open", "Ok(7)", &closed]);
}

/// Calls a method when the client is open, and closes it when that is answered.
async fn follow(client: Client, seen: Rc<RefCell<Vec<String>>>) {
    let mut states = client.states();
    while let Some(state) = states.next().await {
        seen.borrow_mut().push(format!("{state:?}"));
        if state == State::Open {
            let reply = client.request::<Sum>(&vec![1]).await;
            seen.borrow_mut().push(format!("{reply:?}"));
            client.close();
        }
    }
}

thread_local! {
    static CLIENT: RefCell<Option<Client>> = const { RefCell::new(None) };
    static REQUEST: RefCell<Option<Request<Sum>>> = const { RefCell::new(None) };
}

/// Runs its reader at once, in the midst of what the client does.
struct Eager;

impl Wake for Eager {
    fn wake(self: Arc<Self>) {
        let client = CLIENT.take().unwrap();
        let mut request = client.request::<Sum>(&vec![1]);
        assert!((&mut request).now_or_never().is_none());
        assert_eq!(client.stats().in_flight + client.stats().queued, 1);
        client.close();
        REQUEST.set(Some(request));
    }
}

#[wasm_bindgen_test]
fn a_waker_may_use_the_client_at_once() {
    let page = Page::observe();
    let client = builder().connect().unwrap();
    let mut states = client.states();
    assert!(states.next().now_or_never().is_some());
    let waker = Arc::new(Eager).into();
    assert!(Pin::new(&mut states).poll_next(&mut Context::from_waker(&waker)).is_pending());
    CLIENT.set(Some(client.clone()));
    page.socket().welcome();
    assert_eq!(client.state(), State::Closed(CloseReason::ByApp));
    let outcome = REQUEST.take().unwrap().now_or_never();
    assert_eq!(outcome, Some(Err(RequestError::Closed)));
    assert_eq!(page.socket().closed_with().as_deref(), Some("1000 "));
    assert_eq!((page.listeners(), page.timers()), (0, 0));
}

#[wasm_bindgen_test]
async fn close_is_final() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let request = client.request::<Sum>(&vec![1]);
    client.close();
    assert_eq!(socket.closed_with().as_deref(), Some("1000 "));
    client.retry_now();
    client.close();
    page.tell_window("online");
    page.tell_document("resume");
    socket.receive("[[11,1,1]]");
    turn().await;
    assert_eq!(client.state(), State::Closed(CloseReason::ByApp));
    assert_eq!(request.await, Err(RequestError::Closed));
    assert_eq!(page.sockets(), 1);
    assert_eq!((page.listeners(), page.timers(), socket.handlers()), (0, 0, 0));
}

#[wasm_bindgen_test]
async fn the_round_trip_is_measured() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let mut rtt = client.rtts();
    assert_eq!(rtt.next().await, Some(None));
    // The first ping leaves with the welcome.
    socket.receive("[[3,1]]");
    let measured = rtt.next().await.flatten();
    assert!(measured.is_some());
    assert_eq!(client.stats().rtt, measured);
}
