//! What an attempt of the past reports changes nothing.

use fader_core::{Generation, Input};
use fader_protocol::{Message, close};

use crate::support::{Rig, json, reply, s};

/// Everything that a transport can report, under a generation of the past.
fn stale(generation: Generation) -> Vec<Input<Message>> {
    let closed = |code| Input::Closed { generation, code, reason: "stale".into() };
    let message = |text: &str| Input::Message { generation, message: text.into() };
    vec![
        Input::Opened { generation },
        message(r#"[[1,{"session":"stale","heartbeat_ms":1000,"message_bytes":2048}]]"#),
        message(r#"[[11,1,"stale"],[12,1,"failed","stale",null]]"#),
        message("[[5,0,0,\"stale\"]]"),
        message("[[2,1]]"),
        message("not even JSON"),
        closed(close::ABNORMAL),
        closed(close::SERVICE_RESTART),
        closed(close::UNSUPPORTED_VERSION),
    ]
}

/// Feeds the client with the past and expects no reaction.
fn check_ignored(rig: &mut Rig, old: Generation) {
    rig.take();
    let before = rig.client.deadline();
    for input in stale(old) {
        let what = format!("{input:?} in {:?}", rig.client.state());
        rig.input(input);
        let seen = rig.take();
        assert!(seen.is_nothing(), "{what}: {seen:?}");
        assert_eq!(rig.client.deadline(), before, "{what}");
    }
}

#[test]
fn reports_of_a_transport_that_closed_are_ignored_in_every_later_state() {
    let mut rig = Rig::open();
    let old = rig.generation();
    rig.cut();
    check_ignored(&mut rig, old);
    rig.input(Input::Connect);
    check_ignored(&mut rig, old);
    rig.transport_opens();
    check_ignored(&mut rig, old);
    rig.welcome(65_536);
    let id = rig.request("of the present");
    check_ignored(&mut rig, old);
    rig.serve([reply(1, "present")]);
    assert_eq!(rig.take().settled, [(id, Ok(json("present")))]);
    rig.input(Input::Close);
    check_ignored(&mut rig, old);
}

#[test]
fn reports_of_a_transport_that_the_client_gave_up_are_ignored() {
    let mut rig = Rig::open();
    let old = rig.generation();
    rig.pongs = false;
    rig.advance(s(35));
    assert_eq!(rig.take().hang_ups.len(), 1);
    check_ignored(&mut rig, old);
}

#[test]
fn reports_of_a_dial_that_timed_out_are_ignored() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    let old = rig.generation();
    rig.advance(s(10));
    check_ignored(&mut rig, old);
}

#[test]
fn a_transport_opens_once() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.transport_opens();
    assert_eq!(rig.take().hellos.len(), 1);
    let generation = rig.generation();
    rig.input(Input::Opened { generation });
    assert!(rig.take().is_nothing());
    rig.welcome(65_536);
    rig.take();
    rig.input(Input::Opened { generation });
    assert!(rig.take().is_nothing());
}

#[test]
fn a_message_of_a_transport_that_is_not_open_yet_is_ignored() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.take();
    let generation = rig.generation();
    rig.input(Input::Message { generation, message: "[[2,1]]".into() });
    rig.input(Input::Message { generation, message: "nonsense".into() });
    assert!(rig.take().is_nothing());
}
