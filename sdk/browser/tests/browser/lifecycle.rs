use fader::State;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::{builder, connected, is_waiting};
use crate::contract::{Area, Sides, UNIT};
use fader_test_page::Page;

#[wasm_bindgen_test]
fn a_page_that_is_left_hangs_up_and_comes_back() {
    for (leave, come_back) in [("pagehide", "pageshow"), ("freeze", "resume")] {
        let page = Page::observe();
        let (client, socket) = connected(&page);
        let tell = |event: &str| match event {
            "freeze" | "resume" => page.tell_document(event),
            _ => page.tell_window(event),
        };
        tell(leave);
        let closed_with = socket.closed_with().unwrap();
        assert!(closed_with.starts_with("4001 "), "{leave}: {closed_with}");
        assert_eq!(client.state(), State::Idle, "{leave}");
        assert_eq!(page.timers(), 0, "{leave}");
        tell(come_back);
        assert_eq!(page.sockets(), 2, "{come_back}");
        page.socket().welcome();
        assert_eq!(client.state(), State::Open, "{come_back}");
    }
}

#[wasm_bindgen_test]
fn what_was_set_last_leaves_before_the_page_is_frozen() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    let area = client.live::<Area>(UNIT).unwrap();
    area.begin();
    area.set(Sides { width: 5, height: 1 }).unwrap();
    // In the same turn: nothing of the client's would run after this.
    page.tell_document("freeze");
    assert!(socket.closed_with().is_some());
    let frames = socket.sent().concat();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0][5], json!(1), "a commit: {frames:?}");
    assert_eq!(frames[0][7], json!({"width": 5, "height": 1}));
}

#[wasm_bindgen_test]
fn when_the_network_is_back_the_client_tries_at_once() {
    let page = Page::observe();
    let (client, socket) = connected(&page);
    socket.end(1006, "");
    assert!(is_waiting(&client), "{:?}", client.state());
    page.tell_window("offline");
    assert_eq!(client.state(), State::Offline);
    assert_eq!(page.sockets(), 1);
    page.tell_window("online");
    assert_eq!(page.sockets(), 2);
    assert_eq!(client.state(), State::Connecting { attempt: 2 });
}

#[wasm_bindgen_test]
fn a_page_may_begin_without_a_network() {
    let page = Page::observe();
    page.set_online(false);
    let client = builder().connect().unwrap();
    // The browser may be wrong.
    page.socket().fail();
    assert_eq!(client.state(), State::Offline);
    page.set_online(true);
    page.tell_window("online");
    page.socket().welcome();
    assert_eq!(client.state(), State::Open);
}

#[wasm_bindgen_test]
fn a_page_that_is_seen_again_asks_whether_the_server_is_there() {
    let page = Page::observe();
    let (_client, socket) = connected(&page);
    // The ping that follows the welcome is answered, so the next one is a new one.
    assert!(socket.was_pinged());
    socket.receive("[[3,1]]");
    page.tell_document("visibilitychange");
    assert!(socket.was_pinged());
}
