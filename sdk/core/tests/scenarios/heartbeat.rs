//! Whether the server is still there: asked now and then, and sooner where
//! there is reason for doubt.

use fader_core::{Input, Lifecycle, State};
use fader_protocol::{ServerFrame, close};

use crate::support::{Rig, ms, reply, s, welcome};

const EVIDENCE: [Lifecycle; 5] = [
    Lifecycle::Online,
    Lifecycle::Offline,
    Lifecycle::Visible,
    Lifecycle::PageShow,
    Lifecycle::Resume,
];

/// An open client whose server does not answer pings by itself.
fn silent() -> Rig {
    let mut rig = Rig::open();
    rig.pongs = false;
    rig
}

#[test]
fn asks_at_once_and_then_every_25_seconds_and_measures_the_round_trip() {
    let mut rig = Rig::new();
    rig.pongs = false;
    rig.input(Input::Connect);
    rig.accept();
    let seen = rig.take();
    assert_eq!(seen.pings.len(), 1);
    assert_eq!(rig.client.stats().rtt, None);
    rig.advance(ms(40));
    rig.serve([ServerFrame::Pong(seen.pings[0])]);
    assert_eq!(rig.client.stats().rtt, Some(ms(40)));

    rig.pongs = true;
    rig.advance(s(25) - ms(41));
    assert!(rig.take().pings.is_empty());
    rig.advance(s(100));
    assert_eq!(rig.take().pings.len(), 4);
    assert_eq!(rig.client.stats().rtt, Some(ms(0)));
}

#[test]
fn a_pong_to_another_ping_measures_nothing() {
    let mut rig = silent();
    rig.advance(s(25));
    rig.serve([ServerFrame::Pong(1), ServerFrame::Pong(77)]);
    assert_eq!(rig.client.stats().rtt, Some(ms(0)));
}

#[test]
fn a_server_that_is_silent_for_ten_seconds_after_a_ping_is_given_up() {
    let mut rig = silent();
    rig.advance(s(35) - ms(1));
    assert!(rig.take().hang_ups.is_empty());
    rig.advance(ms(1));
    let seen = rig.take();
    assert_eq!(seen.hang_ups, [(close::TIMED_OUT, "no answer to a ping".into())]);
    assert!(seen.waits_until().is_some());
}

#[test]
fn whatever_the_server_says_shows_that_it_lives() {
    let mut rig = silent();
    for _ in 0..8 {
        rig.advance(s(9));
        rig.serve([reply(99, "to nobody")]);
    }
    assert_eq!(*rig.client.state(), State::Open);
}

/// The other direction is dead.
#[test]
fn a_server_that_never_answers_a_ping_does_not_hear_whatever_it_says() {
    let mut rig = silent();
    for _ in 0..8 {
        rig.advance(s(9));
        rig.serve([reply(99, "to nobody")]);
    }
    rig.advance(s(9));
    assert_ne!(*rig.client.state(), State::Open);
}

#[test]
fn a_ping_of_the_server_is_no_answer() {
    let mut rig = silent();
    rig.advance(s(30));
    rig.serve([ServerFrame::Ping(1)]);
    rig.advance(s(4));
    assert_eq!(*rig.client.state(), State::Open);
    rig.advance(s(1));
    assert_ne!(*rig.client.state(), State::Open);
}

#[test]
fn the_servers_ping_is_answered_with_its_number() {
    let mut rig = Rig::open();
    rig.serve([ServerFrame::Ping(7), ServerFrame::Ping(9_007_199_254_740_991)]);
    let seen = rig.take();
    assert_eq!(seen.pongs, [7, 9_007_199_254_740_991]);
    assert_eq!(seen.messages.len(), 1);
}

#[test]
fn a_timer_that_fires_late_is_forgiven_once() {
    let mut rig = silent();
    rig.advance(s(25));
    rig.take();
    // The answer was due 10 s later, but nothing ran for a minute.
    rig.sleep(s(60));
    let seen = rig.take();
    assert!(seen.hang_ups.is_empty());
    assert_eq!(seen.pings.len(), 1);
    // And again.
    rig.sleep(s(60));
    assert_eq!(rig.take().hang_ups.len(), 1);
}

#[test]
fn a_late_timer_is_forgiven_again_after_an_answer() {
    let mut rig = silent();
    for _ in 0..10 {
        rig.advance(s(25));
        rig.sleep(s(60));
        assert_eq!(*rig.client.state(), State::Open);
        let nonce = rig.take().pings.pop().expect("a ping");
        rig.serve([ServerFrame::Pong(nonce)]);
    }
}

#[test]
fn after_forgiveness_the_answer_is_wanted_soon() {
    let mut rig = silent();
    rig.advance(s(25));
    rig.sleep(s(60));
    rig.take();
    rig.advance(s(3) - ms(1));
    assert!(rig.take().hang_ups.is_empty());
    rig.advance(ms(1));
    assert_eq!(rig.take().hang_ups.len(), 1);
}

/// Chromium runs a hidden tab's timers once a minute; messages arrive on time.
#[test]
fn a_hidden_tab_stays_connected_for_hours() {
    let mut rig = silent();
    for _ in 0..240 {
        rig.sleep(s(60));
        for nonce in rig.take().pings {
            rig.now += ms(50);
            rig.serve([ServerFrame::Pong(nonce)]);
        }
        assert_eq!(*rig.client.state(), State::Open);
    }
}

#[test]
fn evidence_makes_it_ask_with_three_seconds_to_answer() {
    for evidence in EVIDENCE {
        let mut rig = silent();
        rig.advance(s(5));
        rig.lifecycle(evidence);
        assert_eq!(rig.take().pings.len(), 1, "{evidence:?}");
        rig.advance(s(3) - ms(1));
        assert!(rig.take().hang_ups.is_empty(), "{evidence:?}");
        rig.advance(ms(1));
        assert_eq!(rig.take().hang_ups.len(), 1, "{evidence:?}");
    }
}

/// The page cannot reach the server, which sends all the time; or what arrives was sent before.
#[test]
fn evidence_wants_a_pong_whatever_else_arrives() {
    for evidence in EVIDENCE {
        let mut rig = silent();
        rig.advance(s(5));
        rig.lifecycle(evidence);
        for _ in 0..2 {
            rig.advance(s(1));
            rig.serve([reply(99, "to nobody"), ServerFrame::Pong(1)]);
        }
        rig.advance(s(1));
        assert_eq!(rig.take().hang_ups.len(), 1, "{evidence:?}");
    }
}

#[test]
fn evidence_that_a_living_server_answers_changes_nothing() {
    for evidence in EVIDENCE {
        let mut rig = Rig::open();
        rig.advance(s(5));
        rig.lifecycle(evidence);
        rig.advance(s(15));
        let seen = rig.take();
        assert_eq!(seen.pings.len(), 1, "{evidence:?}");
        assert!(seen.states.is_empty(), "{evidence:?}");
    }
}

#[test]
fn several_pieces_of_evidence_are_one_question() {
    let mut rig = silent();
    rig.advance(s(5));
    for evidence in EVIDENCE {
        rig.lifecycle(evidence);
    }
    assert_eq!(rig.take().pings.len(), 1);
}

#[test]
fn evidence_shortens_a_question_that_is_under_way() {
    let mut rig = silent();
    rig.advance(s(25));
    rig.lifecycle(Lifecycle::Visible);
    rig.take();
    rig.advance(s(3));
    assert_eq!(rig.take().hang_ups.len(), 1);
}

#[test]
fn a_gap_in_time_is_evidence_whatever_ends_it() {
    let inputs: [fn(&mut Rig); 4] = [
        |rig| rig.input(Input::Tick),
        |rig| rig.input(Input::Connect),
        |rig| rig.lifecycle(Lifecycle::Offline),
        |rig| {
            let generation = rig.generation();
            rig.input(Input::Opened { generation });
        },
    ];
    for (case, input) in inputs.into_iter().enumerate() {
        let mut rig = silent();
        rig.now += s(3600);
        input(&mut rig);
        assert_eq!(rig.take().pings.len(), 1, "case {case}");
        rig.advance(s(3));
        assert_eq!(rig.take().hang_ups.len(), 1, "case {case}");
    }
}

/// Whatever timer was missed: it need not be the heartbeat's.
#[test]
fn a_gap_between_two_pings_is_evidence_too() {
    let mut rig = silent();
    rig.advance(s(1));
    rig.request_within("soon", Some(s(2)));
    rig.take();
    rig.sleep(s(7));
    assert!(rig.take().pings.is_empty(), "2 s and 5 s are no gap yet");
    rig.request_within("soon", Some(s(2)));
    rig.take();
    rig.sleep(s(8));
    assert_eq!(rig.take().pings.len(), 1);
}

#[test]
fn a_socket_that_died_in_a_sleep_is_replaced_within_seconds() {
    let mut rig = silent();
    rig.sleep(s(8 * 3600));
    rig.lifecycle(Lifecycle::Visible);
    rig.advance(s(4));
    assert!(matches!(rig.client.state(), State::Connecting { .. }), "{:?}", rig.client.state());
}

/// On a slow network the first answer is slow too, and that is no reason for doubt.
#[test]
fn a_slow_handshake_does_not_shorten_the_first_deadline() {
    let mut rig = Rig::new();
    rig.pongs = false;
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.advance(s(4));
    rig.serve([ServerFrame::Welcome(welcome(65_536))]);
    let ping = rig.take().pings[0];
    rig.advance(s(4));
    rig.serve([ServerFrame::Pong(ping)]);
    assert_eq!(*rig.client.state(), State::Open);
    assert_eq!(rig.client.stats().rtt, Some(s(4)));
}
