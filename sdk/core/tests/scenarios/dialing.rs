//! From the dial to the welcome, which one timeout covers.

use fader_core::{Input, Lifecycle, State};
use fader_protocol::{ServerFrame, VERSION, close};

use crate::support::{Rig, json, model, ms, reply, s, welcome};

#[test]
fn a_transport_that_never_opens_is_given_up_after_ten_seconds() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.take();
    rig.advance(s(10) - ms(1));
    assert!(rig.take().is_nothing());
    rig.advance(ms(1));
    let seen = rig.take();
    assert_eq!(seen.hang_ups, [(close::TIMED_OUT, "no welcome in time".into())]);
    assert!(seen.waits_until().is_some());
    assert!(seen.messages.is_empty());
}

#[test]
fn the_same_ten_seconds_cover_the_handshake() {
    for opens_after in [s(0), s(5), s(9)] {
        let mut rig = Rig::new();
        rig.input(Input::Connect);
        rig.advance(opens_after);
        rig.transport_opens();
        rig.take();
        rig.advance(s(10) - opens_after - ms(1));
        assert!(rig.take().is_nothing());
        rig.advance(ms(1));
        let seen = rig.take();
        assert_eq!(seen.hang_ups.len(), 1, "opened after {opens_after:?}");
        assert!(seen.waits_until().is_some());
    }
}

#[test]
fn a_server_that_talks_but_does_not_welcome_is_given_up_too() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.transport_opens();
    for _ in 0..9 {
        rig.advance(s(1));
        rig.serve_text("[[2,7],[3,1],[11,1,null],[9999],[1,{}]]");
    }
    rig.take();
    rig.advance(s(1));
    assert_eq!(rig.take().hang_ups.len(), 1);
}

#[test]
fn the_first_frame_is_a_hello_and_nothing_else_leaves_before_the_welcome() {
    let mut rig = Rig::new();
    let early = rig.request("early");
    let group = rig.live_open(model([("x", 1)]));
    rig.input(Input::Connect);
    assert!(rig.take().messages.is_empty());

    rig.transport_opens();
    let seen = rig.take();
    assert_eq!(seen.messages.len(), 1);
    assert_eq!(seen.hellos.len(), 1);
    assert_eq!(seen.hellos[0].version, VERSION);
    assert!(seen.hellos[0].agent.as_ref().is_some_and(|agent| agent.starts_with("fader/")));
    assert!(seen.frames.is_empty() && seen.pings.is_empty());

    rig.request("later");
    rig.set(group, model([("x", 2)]));
    for lifecycle in [Lifecycle::Online, Lifecycle::Visible, Lifecycle::Offline] {
        rig.lifecycle(lifecycle);
    }
    rig.advance(s(5));
    let seen = rig.take();
    assert!(seen.messages.is_empty(), "{:?}", seen.messages);

    rig.welcome(65_536);
    let seen = rig.take();
    assert_eq!(seen.requests(), [1, 2]);
    assert_eq!(seen.patches().len(), 1);
    rig.serve([reply(1, "early")]);
    assert_eq!(rig.take().settled, [(early, Ok(json("early")))]);
}

#[test]
fn what_answers_nothing_is_ignored_before_the_welcome() {
    let mut rig = Rig::new();
    rig.request("waiting");
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.take();
    rig.serve([reply(1, "too early")]);
    let seen = rig.take();
    assert!(seen.settled.is_empty());
}

#[test]
fn a_second_welcome_changes_nothing() {
    let mut rig = Rig::open();
    rig.serve([ServerFrame::Welcome(welcome(1024))]);
    assert!(rig.take().is_nothing());
    assert_eq!(rig.client.stats().connects, 1);
    rig.request("x".repeat(10_000));
    assert_eq!(rig.take().requests().len(), 1, "the first welcome's limit holds");
}

#[test]
fn nothing_of_the_connection_before_is_sent_over_one_that_is_not_open_yet() {
    let mut rig = Rig::open();
    let id = rig.request("sent");
    rig.drain();
    rig.cancel(id);
    // Before the cancel frame was drained, the transport closes.
    rig.cut();
    rig.lifecycle(Lifecycle::Visible);
    assert!(matches!(rig.client.state(), State::Connecting { .. }));
    rig.take();
    rig.advance(s(10));
    let seen = rig.take();
    assert_eq!(seen.hang_ups.len(), 1);
    assert!(seen.messages.is_empty(), "{:?}", seen.messages);
}
