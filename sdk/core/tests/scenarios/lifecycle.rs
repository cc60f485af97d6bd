//! A page that is left, frozen and shown again.

use fader_core::{Input, Lifecycle, State};
use fader_protocol::{ClientFrame, Phase, close};

use crate::support::{Rig, json, model, reply, s};

const LEAVING: [Lifecycle; 2] = [Lifecycle::PageHide, Lifecycle::Freeze];
const RETURNING: [Lifecycle; 4] =
    [Lifecycle::PageShow, Lifecycle::Resume, Lifecycle::Visible, Lifecycle::Online];

#[test]
fn a_page_that_is_left_hangs_up_and_one_that_returns_dials() {
    for leaving in LEAVING {
        for returning in RETURNING {
            let mut rig = Rig::open();
            rig.lifecycle(leaving);
            let seen = rig.take();
            assert_eq!(seen.hang_ups, [(close::SUSPENDED, "page hidden".into())]);
            assert_eq!(seen.states, [State::Idle]);
            assert_eq!(rig.client.deadline(), None, "nothing is to be done in a frozen page");

            rig.now += s(24 * 3600);
            rig.lifecycle(returning);
            assert_eq!(rig.take().dials.len(), 1, "{leaving:?}, {returning:?}");
            rig.accept();
            assert_eq!(*rig.client.state(), State::Open);
        }
    }
}

#[test]
fn a_page_that_is_left_while_connecting_or_waiting_becomes_idle_too() {
    for leaving in LEAVING {
        let mut rig = Rig::new();
        rig.input(Input::Connect);
        rig.take();
        rig.lifecycle(leaving);
        let seen = rig.take();
        assert_eq!(seen.hang_ups.len(), 1);
        assert_eq!(seen.states, [State::Idle]);

        let mut rig = Rig::open();
        rig.cut();
        rig.take();
        rig.lifecycle(leaving);
        let seen = rig.take();
        assert!(seen.hang_ups.is_empty());
        assert_eq!(seen.states, [State::Idle]);
        assert_eq!(rig.client.deadline(), None);
        rig.lifecycle(Lifecycle::PageShow);
        assert_eq!(rig.take().dials.len(), 1);
    }
}

#[test]
fn leaving_twice_is_leaving_once() {
    let mut rig = Rig::open();
    rig.lifecycle(Lifecycle::PageHide);
    rig.take();
    rig.lifecycle(Lifecycle::Freeze);
    assert!(rig.take().is_nothing());
}

#[test]
fn what_was_sent_is_answered_when_the_page_returns_and_what_waits_leaves_then() {
    let mut rig = Rig::open();
    let sent = rig.request("sent");
    rig.drain();
    rig.lifecycle(Lifecycle::Freeze);
    let queued = rig.request("queued");
    rig.advance(s(5));
    assert!(rig.take().settled.is_empty());
    rig.lifecycle(Lifecycle::Resume);
    rig.continue_session(1);
    assert_eq!(rig.take().requests(), [2]);
    rig.serve([reply(1, "a"), reply(2, "b")]);
    assert_eq!(rig.take().settled, [(sent, Ok(json("a"))), (queued, Ok(json("b")))]);
}

#[test]
fn what_was_asked_in_the_same_turn_still_leaves() {
    let mut rig = Rig::open();
    rig.request("last words");
    rig.lifecycle(Lifecycle::PageHide);
    let seen = rig.take();
    assert_eq!(seen.requests(), [1]);
    assert_eq!(seen.hang_ups.len(), 1);
}

/// The person cannot let go of the control any more.
#[test]
fn a_gesture_is_committed_before_the_client_hangs_up() {
    for leaving in LEAVING {
        let mut rig = Rig::open();
        let group = rig.live_open(model([("x", 0)]));
        rig.drain();
        rig.begin(group);
        rig.set(group, model([("x", 5)]));
        rig.take();
        rig.lifecycle(leaving);
        let seen = rig.take();
        let last = seen.patches().pop().expect("a patch");
        assert_eq!(last.phase, Phase::Commit);
        assert_eq!(last.patch, model([("x", 5)]));
        assert_eq!(seen.hang_ups.len(), 1);
        let status = rig.status(group);
        assert!(!status.gesture && status.pending);

        rig.lifecycle(Lifecycle::PageShow);
        rig.accept();
        let again = rig.take().patches();
        assert_eq!(again[0].commit, last.commit, "the same commit, not another");
        assert_eq!(again[0].patch, model([("x", 5)]));
    }
}

#[test]
fn a_gesture_that_set_nothing_is_not_committed() {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 0)]));
    rig.drain();
    rig.begin(group);
    rig.take();
    rig.lifecycle(Lifecycle::PageHide);
    assert!(!rig.take().frames.iter().any(|frame| matches!(frame, ClientFrame::Live(_))));
}

#[test]
fn a_page_that_never_connected_is_not_connected_by_being_shown() {
    let mut rig = Rig::new();
    rig.lifecycle(Lifecycle::PageHide);
    rig.lifecycle(Lifecycle::PageShow);
    assert!(rig.take().is_nothing());
}
