//! Why there is no connection, and what the client does about it.

use fader_core::{CauseKind, CloseReason, Config, Input, Lifecycle, State};
use fader_protocol::{ClientFrame, ServerFrame, Welcome, close};

use crate::support::{Rig, Seen, ms, s, welcome};

/// What was told of causes: each with its kind, close code and reason, and whether it is new.
fn told(seen: &Seen) -> Vec<(CauseKind, u16, &str, bool)> {
    seen.causes
        .iter()
        .map(|(cause, is_new)| (cause.kind, cause.code, cause.reason.as_str(), *is_new))
        .collect()
}

/// Something that ends a connection.
type Happening = fn(&mut Rig);

/// A client with credentials that dials.
fn dialing() -> Rig {
    let mut rig = Rig::with(Config { credentials: true, ..Config::default() }, 1);
    rig.input(Input::Connect);
    answer(&mut rig, "wrong");
    rig
}

/// The app gives these credentials where it is asked for some.
fn answer(rig: &mut Rig, credentials: &str) {
    let seen = rig.take();
    let [generation] = seen.asked[..] else { unreachable!("{seen:?}") };
    rig.authorize(generation, Some(credentials));
    rig.drain();
}

/// The server refuses the credentials.
fn refuse(rig: &mut Rig) -> Seen {
    rig.transport_opens();
    rig.transport_closes(close::UNAUTHENTICATED, "a wrong token");
    rig.take()
}

/// Refused for good: it takes the app to go on.
fn refused() -> Rig {
    let mut rig = dialing();
    refuse(&mut rig);
    rig.redial();
    answer(&mut rig, "wrong");
    refuse(&mut rig);
    assert!(matches!(rig.client.state(), State::Refused { .. }));
    rig
}

#[test]
fn a_refused_login_says_so() {
    let mut rig = dialing();
    let seen = refuse(&mut rig);
    let refused = |is_new| (CauseKind::RefusedCredentials, 4401, "a wrong token", is_new);
    assert_eq!(told(&seen), [refused(true)]);
    // The first may just have expired.
    let Some(State::Waiting { cause: Some(cause), .. }) = seen.states.last() else {
        unreachable!("{:?}", seen.states);
    };
    assert_eq!((cause.kind, cause.attempt), (CauseKind::RefusedCredentials, 1));

    rig.redial();
    answer(&mut rig, "wrong");
    let seen = refuse(&mut rig);
    assert_eq!(told(&seen), [refused(false)]);
    let Some(State::Refused { cause, .. }) = seen.states.last() else {
        unreachable!("{:?}", seen.states);
    };
    assert_eq!((cause.kind, cause.attempt), (CauseKind::RefusedCredentials, 2));
}

#[test]
fn a_server_that_refuses_the_credentials_is_not_hammered() {
    let mut rig = refused();
    let mut attempts = 0;
    for _ in 0..600 {
        rig.advance(s(1));
        let seen = rig.take();
        assert!(told(&seen).iter().all(|(.., is_new)| !is_new), "told once");
        if let [generation] = seen.asked[..] {
            attempts += 1;
            rig.authorize(generation, Some("wrong"));
            rig.drain();
            refuse(&mut rig);
        }
    }
    assert!((8..=20).contains(&attempts), "{attempts} in ten minutes");
}

#[test]
fn other_credentials_wake_a_client_that_was_refused() {
    let mut rig = refused();
    rig.client.renew_credentials(rig.now);
    answer(&mut rig, "right");
    rig.accept();
    assert_eq!(*rig.client.state(), State::Open);
    assert_eq!(rig.take().hellos.last().unwrap().credentials.as_deref(), Some("right"));
    // From here on, refusals are counted anew.
    rig.transport_closes(close::UNAUTHENTICATED, "expired");
    assert!(matches!(rig.client.state(), State::Waiting { .. }));
}

#[test]
fn other_credentials_are_used_at_once_over_an_open_connection() {
    let mut rig = dialing();
    rig.accept();
    rig.take();
    rig.client.renew_credentials(rig.now);
    answer(&mut rig, "newer");
    let frames = rig.take().frames;
    assert!(frames.iter().any(|frame| matches!(frame, ClientFrame::Renew(c) if c == "newer")));
    assert_eq!(*rig.client.state(), State::Open);
    // They are somebody else's, and the server closes for it: the next connection is theirs.
    let request = rig.request("under way");
    rig.take();
    rig.transport_closes(close::UNAUTHENTICATED, "of somebody else");
    rig.redial();
    answer(&mut rig, "newer");
    rig.accept();
    let seen = rig.take();
    assert_eq!(seen.hellos.last().unwrap().credentials.as_deref(), Some("newer"));
    assert_eq!(seen.settled, [(request, Err(fader_core::RequestError::Unknown))]);
}

#[test]
fn credentials_given_while_others_are_under_way_replace_them() {
    // While the app is asked.
    let mut rig = Rig::with(Config { credentials: true, ..Config::default() }, 1);
    rig.input(Input::Connect);
    let first = rig.take().asked[0];
    rig.client.renew_credentials(rig.now);
    let second = rig.take().asked[0];
    rig.authorize(first, Some("old"));
    assert!(rig.take().dials.is_empty());
    rig.authorize(second, Some("new"));
    rig.accept();
    assert_eq!(rig.take().hellos[0].credentials.as_deref(), Some("new"));

    // While it is dialing.
    let mut rig = dialing();
    rig.client.renew_credentials(rig.now);
    answer(&mut rig, "new");
    rig.accept();
    assert_eq!(rig.take().hellos[0].credentials.as_deref(), Some("new"));
}

#[test]
fn nobody_in_particular_connects_without_credentials() {
    let mut rig = Rig::with(Config { credentials: true, ..Config::default() }, 1);
    rig.input(Input::Connect);
    let generation = rig.take().asked[0];
    rig.input(Input::Credentials { generation, credentials: Ok(None) });
    rig.accept();
    assert_eq!(rig.take().hellos[0].credentials, None);
    assert_eq!(*rig.client.state(), State::Open);
}

#[test]
fn a_logout_ends_the_session_and_goes_on_as_nobody_in_particular() {
    let mut rig = dialing();
    rig.accept();
    rig.take();
    rig.client.renew_credentials(rig.now);
    let generation = rig.take().asked[0];
    rig.input(Input::Credentials { generation, credentials: Ok(None) });
    let seen = rig.take();
    assert_eq!(seen.hang_ups, [(close::NORMAL, "other credentials".into())]);
    let generation = seen.asked[0];
    rig.input(Input::Credentials { generation, credentials: Ok(None) });
    rig.accept();
    assert_eq!(rig.take().hellos[0].credentials, None);
    assert_eq!(*rig.client.state(), State::Open);
}

#[test]
fn a_foreign_origin_is_refused_at_once_and_tried_rarely() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.transport_closes(close::FORBIDDEN, "pages of http://a.example may not connect");
    let seen = rig.take();
    let Some(State::Refused { cause, until, .. }) = seen.states.last() else {
        unreachable!("{:?}", seen.states);
    };
    assert_eq!(cause.kind, CauseKind::Origin);
    assert!(cause.reason.contains("a.example"));
    assert!((s(30)..=s(60)).contains(&(*until - rig.now)));
    rig.redial();
    rig.accept();
    assert_eq!(*rig.client.state(), State::Open);
}

#[test]
fn each_new_cause_is_told_as_new_once() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.take();
    let mut new = Vec::new();
    for round in 0..20 {
        let seen = if round % 2 == 0 {
            rig.cut();
            rig.take()
        } else {
            rig.transport_opens();
            rig.transport_closes(close::TRY_AGAIN_LATER, "busy");
            rig.take()
        };
        new.extend(told(&seen).into_iter().filter(|(.., is_new)| *is_new).map(|(kind, ..)| kind));
        rig.redial();
        rig.drain();
    }
    assert_eq!(new, [CauseKind::Unreachable, CauseKind::ServerBusy]);
    // After a while in which all was well, it is new.
    rig.accept();
    rig.advance(s(6));
    rig.take();
    rig.cut();
    let seen = rig.take();
    assert_eq!(told(&seen), [(CauseKind::Lost, 1006, "", true)]);
    rig.redial();
    rig.drain();
    rig.cut();
    assert_eq!(told(&rig.take()), [(CauseKind::Unreachable, 1006, "", true)]);
}

#[test]
fn what_happens_has_the_kind_that_it_is_of() {
    let cases: [(CauseKind, Happening); 12] = [
        (CauseKind::Lost, Rig::cut),
        (CauseKind::Offline, |rig| {
            rig.lifecycle(Lifecycle::Offline);
            rig.cut();
        }),
        (CauseKind::Timeout, |rig| {
            rig.pongs = false;
            rig.advance(s(60));
        }),
        (CauseKind::Timeout, |rig| rig.transport_closes(close::TIMED_OUT, "")),
        (CauseKind::Protocol, |rig| rig.serve_text("neither fish nor fowl")),
        (CauseKind::TooLarge, |rig| rig.transport_closes(close::MESSAGE_TOO_BIG, "")),
        (CauseKind::TooSlow, |rig| rig.transport_closes(close::TOO_SLOW, "")),
        (CauseKind::Replaced, |rig| rig.transport_closes(close::TAKEN_OVER, "")),
        (CauseKind::ServerGoing, |rig| rig.transport_closes(close::SERVICE_RESTART, "")),
        (CauseKind::ServerGoing, |rig| rig.transport_closes(close::GOING_AWAY, "")),
        (CauseKind::ServerBusy, |rig| rig.transport_closes(close::TRY_AGAIN_LATER, "")),
        (CauseKind::Closed, |rig| rig.transport_closes(4321, "for a reason of its own")),
    ];
    for (kind, happen) in cases {
        let mut rig = Rig::open();
        rig.take();
        happen(&mut rig);
        let seen = rig.take();
        assert_eq!(seen.causes[0].0.kind, kind, "{:?}", seen.causes);
    }
    for (code, kind) in
        [(4406, CauseKind::Version), (4400, CauseKind::Protocol), (1002, CauseKind::Protocol)]
    {
        let mut rig = Rig::open();
        rig.transport_closes(code, "why");
        let State::Closed(CloseReason::Refused(cause)) = rig.client.state() else {
            unreachable!("{code}");
        };
        assert_eq!((cause.kind, cause.code, cause.reason.as_str()), (kind, code, "why"));
    }
}

#[test]
fn a_handshake_that_hangs_and_credentials_that_cannot_be_had_are_causes() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.take();
    rig.advance(s(10));
    assert_eq!(told(&rig.take()), [(CauseKind::Timeout, 4408, "no welcome in time", true)]);

    let mut rig = Rig::with(Config { credentials: true, ..Config::default() }, 1);
    rig.input(Input::Connect);
    let generation = rig.take().asked[0];
    let credentials = Err("the login service is down".into());
    rig.input(Input::Credentials { generation, credentials });
    let seen = rig.take();
    assert_eq!(told(&seen), [(CauseKind::NoCredentials, 0, "the login service is down", true)]);
    rig.redial();
    rig.advance(s(10) + ms(1));
    assert_eq!(told(&rig.take())[0].2, "the app gave none in time");
}

#[test]
fn renewing_without_credentials_only_wakes_a_client_that_waits() {
    let mut rig = Rig::open();
    rig.client.renew_credentials(rig.now);
    assert!(rig.take().asked.is_empty());
    rig.cut();
    rig.take();
    rig.client.renew_credentials(rig.now);
    rig.drain();
    rig.transport_opens();
    rig.serve([ServerFrame::Welcome(Welcome { ..welcome(65_536) })]);
    assert_eq!(*rig.client.state(), State::Open);
    rig.input(Input::Close);
    rig.take();
    rig.client.renew_credentials(rig.now);
    assert!(rig.take().is_nothing());
}

#[test]
fn a_request_without_an_answer_says_whether_it_left_and_why_there_is_no_connection() {
    let text = |rig: &mut Rig| {
        rig.advance(s(2));
        let mut seen = rig.take();
        let (_, outcome) = seen.settled.remove(0);
        outcome.unwrap_err().to_string()
    };
    // While the login is refused.
    let mut rig = refused();
    rig.request_within("never", Some(s(2)));
    assert_eq!(
        text(&mut rig),
        "no answer within 2000 ms; not sent, without a connection: refused-credentials (4401, a wrong token)"
    );
    // While all is well, but for the handler.
    let mut rig = Rig::open();
    rig.request_within("slow", Some(s(2)));
    rig.take();
    assert_eq!(text(&mut rig), "no answer within 2000 ms; sent");
    // When the connection is lost meanwhile, also if there is another since.
    for comes_back in [false, true] {
        let mut rig = Rig::open();
        rig.request_within("slow", Some(s(2)));
        rig.take();
        rig.cut();
        if comes_back {
            rig.resume(1);
        } else {
            rig.lifecycle(Lifecycle::Offline);
        }
        assert_eq!(
            text(&mut rig),
            "no answer within 2000 ms; sent, then the connection was lost: lost (1006)"
        );
    }
}
