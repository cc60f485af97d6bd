use std::time::Duration;

use fader::{CloseReason, State};
use fader_leptos::{Connection, use_client, use_connection};
use fader_test_page::{Page, turn, until};
use leptos::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::component::mount;

/// What the signals say, read as an event handler would.
fn read(connection: Connection) -> (State, Option<Duration>, Option<Duration>) {
    untrack(|| (connection.state.get(), connection.retry_in.get(), connection.rtt.get()))
}

#[wasm_bindgen_test]
async fn the_state_and_the_round_trip_are_followed() {
    let page = Page::observe();
    let component = mount(&page, use_connection);
    assert_eq!(read(component.signals), (State::Connecting { attempt: 1 }, None, None));
    component.socket.welcome();
    turn().await;
    assert_eq!(read(component.signals), (State::Open, None, None));
    component.socket.receive("[[3,1]]");
    turn().await;
    assert!(read(component.signals).2.is_some());
}

#[wasm_bindgen_test]
async fn the_countdown_runs_only_while_waiting() {
    let page = Page::observe();
    let component = mount(&page, || (use_connection(), use_client()));
    let (connection, client) = &component.signals;
    component.socket.welcome();
    turn().await;
    let timers_while_open = page.timers();
    component.socket.receive(r#"[[5,60000,0,"come back in a minute"]]"#);
    component.socket.end(1012, "restart");
    turn().await;
    let (state, retry_in, _) = read(*connection);
    assert!(matches!(state, State::Waiting { .. }), "{state:?}");
    let first = retry_in.unwrap();
    assert!(first > Duration::from_secs(55), "{first:?}");
    assert_eq!(page.timers(), timers_while_open + 1);
    until("the countdown", || read(*connection).1.is_some_and(|now| now < first)).await;

    client.retry_now();
    turn().await;
    page.socket().welcome();
    turn().await;
    assert_eq!(read(*connection), (State::Open, None, None));
    assert_eq!(page.timers(), timers_while_open);
}

#[wasm_bindgen_test]
async fn a_closed_client_is_seen_and_costs_nothing() {
    let page = Page::observe();
    let component = mount(&page, || (use_connection(), use_client()));
    let (connection, client) = &component.signals;
    client.close();
    turn().await;
    assert_eq!(read(*connection).0, State::Closed(CloseReason::ByApp));
    assert_eq!(page.timers(), 0);
}

#[wasm_bindgen_test]
async fn nothing_is_left_after_unmounting() {
    // Not what another test leaves until its next turn.
    turn().await;
    let page = Page::observe();
    for waiting in [false, true] {
        let component = mount(&page, use_connection);
        let socket = component.socket.clone();
        socket.welcome();
        if waiting {
            socket.end(1012, "restart");
        }
        turn().await;
        drop(component);
        turn().await;
        assert_eq!((page.listeners(), page.timers(), socket.handlers()), (0, 0, 0));
    }
}
