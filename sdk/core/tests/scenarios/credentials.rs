//! Credentials: asked for before each attempt, and again before they expire.

use fader_core::{Config, Generation, Input, Lifecycle, State};
use fader_protocol::{ClientFrame, ServerFrame, Welcome, close};

use crate::support::{Rig, ms, s, welcome};

/// A client that has been asked for credentials.
fn asked() -> (Rig, Generation) {
    let config = Config { credentials: true, ..Config::default() };
    let mut rig = Rig::with(config, 1);
    rig.input(Input::Connect);
    let seen = rig.take();
    assert!(seen.dials.is_empty());
    assert_eq!(*rig.client.state(), State::Connecting { attempt: 1 });
    let [generation] = seen.asked[..] else { unreachable!("{:?}", seen.asked) };
    (rig, generation)
}

/// One that is connected, with credentials that expire after that many seconds.
fn open(expires: u64) -> Rig {
    let (mut rig, generation) = asked();
    rig.authorize(generation, Some("first"));
    rig.transport_opens();
    let expires_ms = Some(expires * 1000);
    rig.serve([ServerFrame::Welcome(Welcome { expires_ms, ..welcome(65_536) })]);
    assert_eq!(rig.take().hellos[0].credentials.as_deref(), Some("first"));
    rig
}

/// Lets time pass until the client asks for credentials.
fn next_asked(rig: &mut Rig) -> Generation {
    for _ in 0..1000 {
        if let Some(generation) = rig.take().asked.pop() {
            return generation;
        }
        rig.advance(ms(100));
    }
    unreachable!("never asks");
}

fn renewed(rig: &mut Rig) -> Vec<String> {
    let renewals = rig.take().frames.into_iter().filter_map(|frame| match frame {
        ClientFrame::Renew(credentials) => Some(credentials),
        _ => None,
    });
    renewals.collect()
}

#[test]
fn each_attempt_has_credentials_of_its_own() {
    let (mut rig, first) = asked();
    rig.advance(s(1));
    rig.authorize(first, Some("one"));
    rig.accept();
    assert_eq!(rig.take().hellos[0].credentials.as_deref(), Some("one"));
    rig.transport_closes(close::UNAUTHENTICATED, "expired");
    rig.advance(s(1));
    let seen = rig.take();
    assert!(seen.dials.is_empty());
    let [second] = seen.asked[..] else { unreachable!("{:?}", seen.asked) };
    assert_ne!(first, second);
    // Too late for that one.
    rig.authorize(first, Some("old"));
    assert!(rig.take().dials.is_empty());
    rig.authorize(second, Some("two"));
    rig.accept();
    assert_eq!(rig.take().hellos[0].credentials.as_deref(), Some("two"));
}

/// pladaria/reconnecting-websocket#134: a rejected `url()` callback locks the client for good.
#[test]
fn credentials_that_cannot_be_had_are_a_failed_attempt() {
    let (mut rig, mut generation) = asked();
    for attempt in 1..=5 {
        rig.authorize(generation, None);
        assert!(rig.take().waits_until().is_some(), "attempt {attempt}");
        generation = next_asked(&mut rig);
    }
    rig.authorize(generation, Some("at last"));
    rig.accept();
    assert_eq!(*rig.client.state(), State::Open);
}

#[test]
fn credentials_that_never_come_are_a_failed_attempt() {
    let (mut rig, generation) = asked();
    rig.advance(s(10) - ms(1));
    assert_eq!(rig.take().waits_until(), None);
    rig.advance(ms(1));
    assert!(rig.take().waits_until().is_some());
    rig.authorize(generation, Some("too late"));
    assert!(rig.take().dials.is_empty());
    rig.advance(s(1));
    assert_eq!(rig.take().asked.len(), 1);
}

#[test]
fn asking_counts_into_the_time_for_the_welcome() {
    let (mut rig, generation) = asked();
    rig.advance(s(9));
    rig.authorize(generation, Some("slow"));
    rig.advance(s(1));
    assert_eq!(rig.take().hang_ups, [(close::TIMED_OUT, "no welcome in time".into())]);
}

#[test]
fn nobody_is_asked_any_more_after_a_close_or_while_the_page_is_away() {
    let (mut rig, generation) = asked();
    rig.lifecycle(Lifecycle::Freeze);
    rig.authorize(generation, Some("meanwhile"));
    assert!(rig.take().dials.is_empty());
    rig.lifecycle(Lifecycle::Resume);
    let asked = rig.take().asked;
    rig.input(Input::Close);
    rig.authorize(asked[0], Some("afterwards"));
    assert!(rig.take().dials.is_empty());
    assert_eq!(rig.client.deadline(), None);
}

#[test]
fn what_expires_is_renewed_over_the_same_connection_before_that() {
    let mut rig = open(100);
    rig.advance(s(74));
    assert!(rig.take().asked.is_empty());
    rig.advance(s(1));
    let asked = rig.take().asked;
    assert_eq!(asked, [rig.generation()]);
    rig.authorize(asked[0], Some("second"));
    assert_eq!(renewed(&mut rig), ["second"]);
    rig.serve([ServerFrame::Renewed(Some(200_000))]);
    rig.advance(s(149));
    assert!(rig.take().asked.is_empty());
    rig.advance(s(1));
    assert_eq!(rig.take().asked, asked);
    // Those that cannot be had now are asked for again.
    rig.authorize(asked[0], None);
    assert!(renewed(&mut rig).is_empty());
    rig.advance(s(5));
    assert_eq!(rig.take().asked, asked);
    rig.authorize(asked[0], Some("third"));
    assert_eq!(renewed(&mut rig), ["third"]);
    // For ever.
    rig.serve([ServerFrame::Renewed(None)]);
    rig.advance(s(3000));
    assert!(rig.take().asked.is_empty());
}

#[test]
fn a_server_cannot_make_a_client_renew_without_end() {
    let mut rig = open(0);
    for _ in 0..20 {
        rig.serve([ServerFrame::Renewed(Some(0))]);
    }
    rig.advance(s(60));
    assert!(rig.take().asked.len() <= 12);
    rig.serve([ServerFrame::Renewed(Some(9_007_199_254_740_991))]);
    rig.advance(s(600));
    assert!(rig.take().asked.is_empty());
}

#[test]
fn a_client_without_credentials_is_never_asked() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.serve([ServerFrame::Welcome(Welcome { expires_ms: Some(1000), ..welcome(65_536) })]);
    rig.advance(s(60));
    assert!(rig.take().asked.is_empty());
}
