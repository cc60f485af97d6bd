//! Which state follows which, and what the app is told of it.

use fader_core::{CauseKind, Input, Lifecycle, State};

use crate::support::{Rig, ms, s};

#[test]
fn a_new_client_is_idle_and_wants_nothing() {
    let mut rig = Rig::new();
    assert_eq!(*rig.client.state(), State::Idle);
    assert_eq!(rig.client.deadline(), None);
    rig.advance(s(3600));
    for lifecycle in [Lifecycle::Online, Lifecycle::Visible, Lifecycle::PageShow] {
        rig.lifecycle(lifecycle);
    }
    assert!(rig.take().is_nothing());
}

#[test]
fn connecting_ends_with_the_welcome() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    let seen = rig.take();
    assert_eq!(seen.states, [State::Connecting { attempt: 1 }]);
    assert_eq!(seen.dials.len(), 1);

    rig.transport_opens();
    assert!(rig.take().states.is_empty(), "an open transport is not an open connection");

    rig.welcome(65_536);
    assert_eq!(rig.take().states, [State::Open]);
    assert_eq!(rig.client.stats().connects, 1);
}

#[test]
fn a_lost_connection_is_waited_for_and_dialled_again_at_the_instant_that_was_told() {
    let mut rig = Rig::open();
    rig.cut();
    let seen = rig.take();
    let until = seen.waits_until().expect("waiting");
    let [State::Waiting { attempt: 2, cause: Some(cause), .. }] = &seen.states[..] else {
        unreachable!("{:?}", seen.states);
    };
    assert_eq!((cause.kind, cause.attempt, cause.at), (CauseKind::Lost, 1, rig.now));
    assert!(seen.dials.is_empty());

    rig.advance(until - rig.now - ms(1));
    assert!(rig.take().dials.is_empty());
    rig.advance(ms(1));
    let seen = rig.take();
    assert_eq!(seen.states, [State::Connecting { attempt: 2 }]);
    assert_eq!(seen.dials.len(), 1);
}

#[test]
fn connect_while_waiting_skips_the_wait() {
    let mut rig = Rig::open();
    rig.cut();
    rig.take();
    rig.input(Input::Connect);
    let seen = rig.take();
    assert_eq!(seen.states, [State::Connecting { attempt: 2 }]);
    assert_eq!(seen.dials.len(), 1);
}

#[test]
fn connect_changes_nothing_while_connecting_or_open() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.take();
    rig.input(Input::Connect);
    assert!(rig.take().is_nothing());
    rig.accept();
    rig.take();
    rig.input(Input::Connect);
    assert!(rig.take().is_nothing());
}

#[test]
fn offline_while_waiting_dials_on_online() {
    let mut rig = Rig::open();
    rig.cut();
    rig.take();
    rig.lifecycle(Lifecycle::Offline);
    assert_eq!(rig.take().states, [State::Offline]);

    rig.advance(s(29));
    assert!(rig.take().is_nothing());
    rig.lifecycle(Lifecycle::Online);
    let seen = rig.take();
    assert_eq!(seen.states.last(), Some(&State::Connecting { attempt: 2 }));
    assert_eq!(seen.dials.len(), 1);
}

/// The browser's word is not proof: a network that it does not see may be there.
#[test]
fn offline_dials_now_and_then_all_the_same() {
    let mut rig = Rig::open();
    rig.cut();
    rig.lifecycle(Lifecycle::Offline);
    rig.take();
    for attempt in 2..6 {
        rig.advance(s(30));
        let seen = rig.take();
        assert_eq!(seen.states, [State::Connecting { attempt }]);
        rig.cut();
        assert_eq!(rig.take().states, [State::Offline]);
    }
    rig.advance(s(30));
    rig.accept();
    assert_eq!(*rig.client.state(), State::Open);
}

#[test]
fn a_connection_that_outlives_the_offline_event_stays_open() {
    let mut rig = Rig::open();
    rig.lifecycle(Lifecycle::Offline);
    rig.advance(s(20));
    let seen = rig.take();
    assert_eq!(seen.states, []);
    assert_eq!(seen.pings.len(), 1, "it is asked whether it is still there");
}

#[test]
fn a_connection_that_died_with_the_network_is_given_up_and_offline_is_told() {
    let mut rig = Rig::open();
    rig.pongs = false;
    rig.lifecycle(Lifecycle::Offline);
    rig.advance(s(3));
    let seen = rig.take();
    assert_eq!(seen.states, [State::Offline]);
    assert_eq!(seen.hang_ups.len(), 1);
}

#[test]
fn online_is_told_as_waiting_where_the_budget_forbids_to_dial() {
    let mut rig = Rig::open();
    rig.cut();
    // Use the budget up.
    for _ in 0..9 {
        rig.input(Input::Connect);
        rig.cut();
    }
    rig.lifecycle(Lifecycle::Offline);
    rig.take();
    rig.lifecycle(Lifecycle::Online);
    let seen = rig.take();
    assert!(seen.dials.is_empty());
    assert!(matches!(seen.states.last(), Some(State::Waiting { .. })), "{:?}", seen.states);
}
