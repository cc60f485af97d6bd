//! How a connection ends, and how the client does.

use std::collections::BTreeMap;

use fader_core::{
    CauseKind, CloseReason, Config, Holder, Input, Lifecycle, LiveError, RequestError, State,
};
use fader_protocol::close;

use crate::support::{Rig, model, s};

#[test]
fn close_codes_that_another_attempt_may_mend_lead_to_one() {
    let codes = [
        close::NORMAL,
        close::GOING_AWAY,
        1005,
        close::ABNORMAL,
        close::MESSAGE_TOO_BIG,
        1011,
        close::SERVICE_RESTART,
        close::TRY_AGAIN_LATER,
        1014,
        1015,
        3000,
        4000,
        close::UNAUTHENTICATED,
        close::TIMED_OUT,
        close::TOO_SLOW,
        4999,
        0,
        u16::MAX,
    ];
    for code in codes {
        let mut rig = Rig::open();
        rig.transport_closes(code, "why");
        assert!(rig.take().waits_until().is_some(), "{code}");
        rig.reconnect();
        assert_eq!(*rig.client.state(), State::Open, "{code}");
    }
}

#[test]
fn close_codes_that_no_attempt_can_mend_end_the_client() {
    let codes = [1002, 1003, 1007, 1010, close::BAD_MESSAGE, close::UNSUPPORTED_VERSION];
    for code in codes {
        let mut rig = Rig::open();
        rig.transport_closes(code, "why");
        let [State::Closed(CloseReason::Refused(cause))] = &rig.take().states[..] else {
            unreachable!("{code}");
        };
        assert_eq!((cause.code, cause.reason.as_str()), (code, "why"));
    }
}

#[test]
fn a_refusal_during_the_handshake_ends_the_client_too() {
    let mut rig = Rig::new();
    let queued = rig.request("queued");
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.take();
    rig.transport_closes(close::UNSUPPORTED_VERSION, "only version 9");
    let seen = rig.take();
    let [State::Closed(CloseReason::Refused(cause))] = &seen.states[..] else {
        unreachable!("{:?}", seen.states);
    };
    assert_eq!(cause.kind, CauseKind::Version);
    assert_eq!(cause.to_string(), "version (4406, only version 9)");
    assert_eq!(seen.settled, [(queued, Err(RequestError::Closed))]);
}

#[test]
fn a_refused_client_settles_what_was_sent_as_unknown_and_what_waited_as_closed() {
    let mut config = Config::default();
    config.queue.in_flight = 1;
    let mut rig = Rig::open_with(config);
    let sent = rig.request("sent");
    let queued = rig.request("queued");
    let group = rig.live_open(model([("x", 1)]));
    rig.take();
    rig.transport_closes(close::UNSUPPORTED_VERSION, "");
    assert_eq!(
        rig.take().settled,
        [(sent, Err(RequestError::Unknown)), (queued, Err(RequestError::Closed))]
    );
    assert_eq!(rig.client.live_status(rig.now, group), None);
}

#[test]
fn close_settles_everything_as_closed_and_hangs_up() {
    let mut config = Config::default();
    config.queue.in_flight = 1;
    let mut rig = Rig::open_with(config);
    let sent = rig.request("sent");
    let queued = rig.request("queued");
    rig.take();
    rig.input(Input::Close);
    let seen = rig.take();
    assert_eq!(
        BTreeMap::from_iter(seen.settled),
        [(sent, Err(RequestError::Closed)), (queued, Err(RequestError::Closed))].into()
    );
    assert_eq!(seen.hang_ups, [(close::NORMAL, String::new())]);
    assert_eq!(seen.states, [State::Closed(CloseReason::ByApp)]);
}

#[test]
fn what_the_app_said_last_leaves_before_the_close() {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 0)]));
    rig.drain();
    rig.request("last words");
    rig.set(group, model([("x", 9)]));
    rig.commit(group);
    rig.input(Input::Close);
    let seen = rig.take();
    assert_eq!(seen.requests(), [1]);
    assert_eq!(seen.patches().last().map(|patch| patch.patch.clone()), Some(model([("x", 9)])));
    assert_eq!(seen.hang_ups.len(), 1);
}

/// Every state that a client can be closed in.
fn every_state() -> Vec<(&'static str, Rig)> {
    let mut dialing = Rig::new();
    dialing.input(Input::Connect);
    let mut handshake = Rig::new();
    handshake.input(Input::Connect);
    handshake.transport_opens();
    let mut waiting = Rig::open();
    waiting.cut();
    let mut offline = Rig::open();
    offline.cut();
    offline.lifecycle(Lifecycle::Offline);
    let mut suspended = Rig::open();
    suspended.lifecycle(Lifecycle::Freeze);
    let mut leaving = Rig::open();
    leaving.serve_text("[[5,1000,1000,\"restart\"]]");
    let mut refused = Rig::open();
    refused.transport_closes(close::UNSUPPORTED_VERSION, "");
    vec![
        ("idle", Rig::new()),
        ("dialing", dialing),
        ("handshake", handshake),
        ("open", Rig::open()),
        ("waiting", waiting),
        ("offline", offline),
        ("suspended", suspended),
        ("leaving", leaving),
        ("refused", refused),
    ]
}

#[test]
fn close_is_final_in_every_state() {
    for (state, mut rig) in every_state() {
        rig.take();
        rig.input(Input::Close);
        let closed = rig.take();
        assert!(matches!(rig.client.state(), State::Closed(_)), "{state}");
        assert_eq!(closed.states.len(), usize::from(state != "refused"), "{state}");
        assert_eq!(rig.client.deadline(), None, "{state}: no timer");

        let mut inputs = vec![Input::Connect, Input::Close, Input::Tick];
        inputs.extend(
            [
                Lifecycle::Online,
                Lifecycle::Offline,
                Lifecycle::Visible,
                Lifecycle::PageShow,
                Lifecycle::PageHide,
                Lifecycle::Freeze,
                Lifecycle::Resume,
            ]
            .map(Input::Lifecycle),
        );
        if !matches!(state, "idle") {
            let generation = rig.generation();
            inputs.push(Input::Opened { generation });
            inputs.push(Input::Message { generation, message: "[[2,1]]".into() });
            inputs.push(Input::Closed { generation, code: 1000, reason: String::new() });
        }
        for input in inputs {
            let what = format!("{state}, then {input:?}");
            rig.now += s(100);
            rig.input(input);
            assert!(rig.take().is_nothing(), "{what}");
            assert_eq!(rig.client.deadline(), None, "{what}");
        }
    }
}

#[test]
fn after_the_end_a_request_settles_at_once_and_a_group_is_refused() {
    for (state, mut rig) in every_state() {
        let group = rig.try_live_open(model([("x", 1)]));
        rig.input(Input::Close);
        rig.take();
        let id = rig.request("too late");
        assert_eq!(rig.take().settled, [(id, Err(RequestError::Closed))], "{state}");
        rig.cancel(id);

        let opened = rig.try_live_open(model([("x", 1)]));
        assert_eq!(opened, Err(LiveError::Closed), "{state}");
        if let Ok(group) = group {
            let set = rig.client.live_set(rig.now, group, model([("x", 2)]));
            assert_eq!(set, Err(LiveError::Closed), "{state}");
            assert_eq!(
                rig.client.live_begin(rig.now, group, Holder::APP, &[], None),
                Err(LiveError::Closed)
            );
            rig.commit(group);
            assert_eq!(rig.client.live_cancel(rig.now, group, Holder::APP), None);
            rig.client.live_close(rig.now, group);
            assert_eq!(rig.client.live_status(rig.now, group), None);
        }
        assert!(rig.take().is_nothing(), "{state}");
    }
}
