//! The client in a worker, which has no page.
#![cfg(test)]
#![cfg(target_arch = "wasm32")]

use fader::{Client, Method, NoError, State};
use fader_test_page::{Page, turn};
use futures_util::FutureExt;
use wasm_bindgen_test::wasm_bindgen_test;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Adds numbers.
struct Sum;

impl Method for Sum {
    const NAME: &'static str = "sum";
    type Params = Vec<i32>;
    type Reply = i32;
    type Error = NoError;
}

#[wasm_bindgen_test]
async fn a_worker_connects_and_calls() {
    let page = Page::observe();
    let client = Client::builder("/fader").connect().unwrap();
    let socket = page.socket();
    assert!(socket.url().ends_with("/fader"), "{}", socket.url());
    socket.welcome();
    assert_eq!(client.state(), State::Open);

    let mut sum = client.request::<Sum>(&vec![1, 2]);
    assert!((&mut sum).now_or_never().is_none());
    turn().await;
    assert_eq!(socket.sent().len(), 1);
    socket.receive("[[11,1,3]]");
    assert_eq!(sum.await, Ok(3));

    drop(client);
    assert_eq!(socket.closed_with().as_deref(), Some("1000 "));
    assert_eq!((page.listeners(), page.timers(), socket.handlers()), (0, 0, 0));
}
