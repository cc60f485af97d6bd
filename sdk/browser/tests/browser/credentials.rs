use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use fader::{BackoffConfig, State};
use fader_test_page::{Page, turn, until};
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::builder;

fn eager() -> BackoffConfig {
    let (base, cap) = (Duration::from_millis(1), Duration::from_millis(2));
    BackoffConfig { base, cap, ..BackoffConfig::default() }
}

#[wasm_bindgen_test]
async fn each_attempt_asks_for_credentials_and_an_error_is_a_failed_one() {
    let page = Page::observe();
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let give = move || {
        counted.set(counted.get() + 1);
        let call = counted.get();
        async move {
            turn().await;
            if call == 1 { Err("no network") } else { Ok(format!("token {call}")) }
        }
    };
    let client = builder().backoff(eager()).credentials(give).connect().unwrap();
    assert_eq!(client.state(), State::Connecting { attempt: 1 });
    for call in [2, 3] {
        until("a socket", || page.sockets() == call - 1).await;
        let socket = page.socket();
        socket.open();
        assert_eq!(socket.sent()[0][0][1]["credentials"], json!(format!("token {call}")));
        socket.accept();
        assert_eq!(client.state(), State::Open);
        socket.end(4401, "expired");
    }
    drop(client);
}

#[wasm_bindgen_test]
async fn credentials_are_not_wanted_any_more_when_the_client_is_gone() {
    let page = Page::observe();
    let (give, wait) = futures_channel::oneshot::channel::<()>();
    let wait = RefCell::new(Some(wait));
    let client = builder()
        .credentials(move || {
            let wait = wait.borrow_mut().take();
            async move {
                if let Some(wait) = wait {
                    let _ = wait.await;
                }
                Ok::<String, String>("late".into())
            }
        })
        .connect()
        .unwrap();
    turn().await;
    drop(client);
    let _ = give.send(());
    turn().await;
    assert_eq!((page.sockets(), page.timers()), (0, 0));
}

#[wasm_bindgen_test]
async fn after_a_failed_attempt_the_next_url_is_tried() {
    let page = Page::observe();
    let builder =
        builder().fallback_url("wss://second.test/").fallback_url("/third").backoff(eager());
    let client = builder.connect().unwrap();
    let mut urls = Vec::new();
    for attempt in 1..=4 {
        until("the next attempt", || page.sockets() == attempt).await;
        urls.push(page.socket().url());
        page.socket().fail();
    }
    assert_eq!(urls[..2], ["ws://server.test/fader", "wss://second.test/"]);
    assert!(urls[2].ends_with("/third"), "{urls:?}");
    assert_eq!(urls[3], urls[0]);
    drop(client);
}
