//! A session that outlives its connections.

use fader_core::{Config, Delivery, Input, NotSent, RequestError, State};
use fader_protocol::{ClientFrame, Resume, ServerFrame, Welcome, Window, close};

use crate::support::{Rig, json, model, ms, reply, s, welcome};

fn keyed(key: &str) -> Delivery {
    Delivery::Keyed(key.into())
}

/// Begins a new session with this memory of idempotency keys.
fn begin_session(rig: &mut Rig, window: Option<Window>) {
    rig.redial();
    rig.transport_opens();
    rig.serve([ServerFrame::Welcome(Welcome { window, ..welcome(65_536) })]);
}

#[test]
fn the_first_hello_names_no_session_and_the_next_the_last_welcomes() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.accept();
    assert_eq!(rig.take().hellos[0].resume, None);
    let id = rig.request("x");
    rig.take();
    rig.serve([reply(1, "ok")]);
    assert_eq!(rig.take().settled[0].0, id);
    rig.cut();
    rig.redial();
    rig.transport_opens();
    let (session, secret) = ("test".into(), "secret".into());
    assert_eq!(rig.take().hellos[0].resume, Some(Resume { session, secret, received: 1 }));
}

#[test]
fn the_secret_of_the_last_welcome_is_the_one_that_counts() {
    let mut rig = Rig::open();
    for round in 0..5 {
        rig.cut();
        rig.redial();
        rig.transport_opens();
        let resume = rig.take().hellos[0].resume.clone().expect("a session");
        let expected = if round == 0 { "secret".into() } else { format!("secret {}", round - 1) };
        assert_eq!(resume.secret, expected);
        let secret = format!("secret {round}");
        let welcome = Welcome { resumed: true, secret, ..welcome(65_536) };
        rig.serve([ServerFrame::Welcome(welcome)]);
        assert_eq!(*rig.client.state(), State::Open);
    }
    assert_eq!((rig.client.stats().connects, rig.client.stats().resumes), (6, 5));
}

#[test]
fn what_the_server_lacks_is_sent_again_before_what_is_new() {
    let mut rig = Rig::open();
    let ids: Vec<_> = (1..=4).map(|n| rig.request(n)).collect();
    rig.take();
    rig.cut();
    rig.cancel(ids[3]);
    rig.request(5);
    assert_eq!(rig.take().settled, [(ids[3], Err(RequestError::Cancelled))]);
    rig.resume(2);
    let seen = rig.take();
    assert_eq!(seen.requests(), [3, 4, 5]);
    assert_eq!(seen.frames[2], ClientFrame::Cancel { id: 4 });
    rig.serve([reply(5, "e"), reply(3, "c"), reply(1, "a"), reply(2, "b")]);
    let settled: Vec<_> = rig.take().settled.into_iter().map(|(id, _)| id).collect();
    assert_eq!(settled.len(), 4);
    assert_eq!(settled[1..], [ids[2], ids[0], ids[1]]);
}

#[test]
fn nothing_is_sent_again_that_the_server_has() {
    let mut rig = Rig::open();
    for n in 0..10 {
        rig.request(n);
    }
    rig.take();
    rig.serve([ServerFrame::Ack(7)]);
    assert_eq!(rig.client.stats().unacknowledged, 3);
    rig.cut();
    rig.resume(10);
    assert!(rig.take().requests().is_empty());
    assert_eq!(rig.client.stats().unacknowledged, 0);
}

#[test]
fn acknowledgements_travel_along_and_urgent_ones_alone() {
    let mut rig = Rig::open();
    let id = rig.request("x");
    rig.take();
    rig.serve([reply(1, "ok")]);
    let seen = rig.take();
    assert_eq!((seen.settled.len(), seen.messages.len()), (1, 0), "{id:?}");
    // Answers to nobody count too.
    for n in 1..7 {
        rig.serve([reply(100 + n, "?")]);
    }
    rig.request("y");
    assert!(rig.take().acks.is_empty(), "seven are not worth it");
    rig.serve([reply(100, "?")]);
    rig.request("z");
    let seen = rig.take();
    assert_eq!((seen.acks, seen.messages.len()), (vec![8], 1));
    for n in 0..127 {
        rig.serve([reply(200 + n, "?")]);
        assert!(rig.take().is_nothing());
    }
    rig.serve([reply(999, "?")]);
    let seen = rig.take();
    assert_eq!((seen.acks, seen.messages), (vec![136], vec!["[[4,136]]".into()]));
}

/// A server that waits for an acknowledgement pings.
#[test]
fn an_acknowledgement_travels_along_with_a_pong_however_little_it_says() {
    let mut rig = Rig::open();
    rig.serve([reply(1, "?"), ServerFrame::Ping(7)]);
    let seen = rig.take();
    assert_eq!((seen.acks, seen.messages), (vec![1], vec!["[[3,7],[4,1]]".into()]));
}

/// The two ends count by the code alone.
#[test]
fn what_cannot_be_understood_is_counted_all_the_same() {
    let mut rig = Rig::open();
    rig.serve_text(r#"[[11],[12,1],[19,"?"],[30],[99,1],[11,5,1]]"#);
    rig.serve_text(r#"[[6,"c","m"],[3,1],[29],[9],[7],["11"],[21,1,1,1,0,0,1]]"#);
    rig.cut();
    rig.redial();
    rig.transport_opens();
    assert_eq!(rig.take().hellos[0].resume.as_ref().map(|resume| resume.received), Some(6));
}

#[test]
fn what_comes_before_the_welcome_neither_counts_nor_answers() {
    let mut rig = Rig::open();
    rig.request("x");
    rig.take();
    rig.cut();
    rig.redial();
    rig.transport_opens();
    rig.serve_text(r#"[[11,1,"too early"],[99],[4,1]]"#);
    assert!(rig.take().settled.is_empty());
    rig.cut();
    rig.redial();
    rig.transport_opens();
    assert_eq!(rig.take().hellos[0].resume.as_ref().map(|resume| resume.received), Some(0));
}

#[test]
fn a_server_that_claims_what_cannot_be_is_left_and_its_session_too() {
    let claims = |rig: &mut Rig, claim: u32| match claim {
        0 => rig.serve([ServerFrame::Ack(3)]),
        1 => rig.serve([ServerFrame::Ack(1), ServerFrame::Ack(0)]),
        _ => {
            rig.cut();
            rig.take();
            rig.resume(3);
        }
    };
    for claim in 0..3 {
        let mut rig = Rig::open();
        let ids = [rig.request("x"), rig.request("y")];
        rig.take();
        claims(&mut rig, claim);
        let seen = rig.take();
        assert_eq!(seen.hang_ups[0].0, close::BAD_MESSAGE, "{claim}");
        assert!(seen.settled.is_empty(), "{claim}");
        rig.redial();
        rig.transport_opens();
        assert_eq!(rig.take().hellos[0].resume, None, "{claim}");
        rig.welcome(65_536);
        let unknown = |id| (id, Err(RequestError::Unknown));
        assert_eq!(rig.take().settled, ids.map(unknown), "{claim}");
    }
}

/// Another client has the same session, as in a cloned page.
#[test]
fn a_session_that_is_taken_over_is_not_taken_back() {
    let mut rig = Rig::open();
    let id = rig.request("x");
    rig.take();
    rig.transport_closes(close::TAKEN_OVER, "");
    rig.redial();
    rig.transport_opens();
    assert_eq!(rig.take().hellos[0].resume, None);
    rig.welcome(65_536);
    assert_eq!(rig.take().settled, [(id, Err(RequestError::Unknown))]);
}

#[test]
fn a_new_session_counts_from_the_beginning() {
    let mut rig = Rig::open();
    rig.request("x");
    rig.take();
    rig.serve([reply(1, "ok"), ServerFrame::Ack(1)]);
    rig.cut();
    rig.reconnect();
    rig.request("y");
    rig.take();
    rig.serve([ServerFrame::Ack(1), reply(2, "ok")]);
    let seen = rig.take();
    assert_eq!((seen.settled.len(), seen.hang_ups.len()), (1, 0));
    rig.cut();
    rig.redial();
    rig.transport_opens();
    assert_eq!(rig.take().hellos[0].resume.as_ref().map(|resume| resume.received), Some(1));
}

#[test]
fn requests_wait_while_too_much_is_unacknowledged() {
    let mut config = Config::default();
    config.queue.requests = 2000;
    config.queue.in_flight = 2000;
    let mut rig = Rig::open_with(config);
    for n in 0..1100 {
        rig.request(n);
    }
    assert_eq!(rig.take().requests().len(), 1024);
    rig.serve([ServerFrame::Ack(50)]);
    assert_eq!(rig.take().requests().len(), 50);
    assert_eq!(rig.client.stats().overflowed, 0);
}

/// Cancellations cannot wait: what they push out is lost if the connection breaks.
#[test]
fn a_buffer_that_overflows_can_cost_the_session_and_says_so() {
    let mut config = Config::default();
    config.queue.requests = 2000;
    config.queue.in_flight = 2000;
    let mut rig = Rig::open_with(config);
    let ids: Vec<_> = (0..1024).map(|n| rig.request(n)).collect();
    rig.take();
    rig.cancel(ids[0]);
    assert_eq!(rig.client.stats().overflowed, 1);
    rig.take();
    rig.cut();
    rig.resume(0);
    assert_eq!(rig.take().hang_ups[0].0, close::BAD_MESSAGE);
    rig.reconnect();
    assert_eq!(rig.take().settled.len(), 1023, "unknown, all but the one that was cancelled");
    assert_eq!(rig.client.stats().overflowed, 1);

    // It costs nothing if the server had it.
    let mut rig = Rig::open();
    let id = rig.request("x");
    rig.take();
    rig.cut();
    rig.resume(1);
    rig.serve([reply(1, "ok")]);
    assert_eq!(rig.take().settled, [(id, Ok(json("ok")))]);
}

#[test]
fn a_keyed_request_is_sent_again_in_a_new_session_ahead_of_what_waits() {
    let mut rig = Rig::open();
    let once = rig.request("once");
    let again = rig.request_with("again", keyed("k"));
    rig.take();
    rig.cut();
    let queued = rig.request("queued");
    rig.reconnect();
    let seen = rig.take();
    assert_eq!(seen.settled, [(once, Err(RequestError::Unknown))]);
    assert_eq!(seen.requests(), [2, 3]);
    let ClientFrame::Request { delivery, .. } = &seen.frames[0] else { panic!("not a request") };
    assert_eq!(*delivery, keyed("k"));
    rig.serve([reply(2, "a"), reply(3, "b")]);
    assert_eq!(rig.take().settled, [(again, Ok(json("a"))), (queued, Ok(json("b")))]);
}

#[test]
fn a_keyed_request_is_not_sent_to_a_server_that_has_forgotten() {
    let window = |id: &str| Some(Window { id: id.into(), ms: 600_000 });
    for (now, known) in [(window("window"), true), (window("another"), false), (None, false)] {
        let mut rig = Rig::open();
        let id = rig.request_with("x", keyed("k"));
        rig.take();
        rig.cut();
        begin_session(&mut rig, now.clone());
        let seen = rig.take();
        assert_eq!(seen.requests().len(), usize::from(known), "{now:?}");
        let unknown = (!known).then_some((id, Err(RequestError::Unknown)));
        assert_eq!(seen.settled, Vec::from_iter(unknown), "{now:?}");
    }
}

#[test]
fn a_key_is_a_name() {
    let mut rig = Rig::open();
    for key in ["", &"x".repeat(129)] {
        let id = rig.request_with("x", keyed(key));
        let refused = Err(RequestError::NotSent(NotSent::BadName));
        assert_eq!(rig.take().settled, [(id, refused)], "{key}");
    }
    rig.request_with("x", keyed(&"x".repeat(128)));
    assert_eq!(rig.take().requests().len(), 1);
}

/// A request that was never sent is new to every server.
#[test]
fn a_keyed_request_that_only_waited_is_sent_whatever_the_server_remembers() {
    let mut rig = Rig::open();
    rig.cut();
    rig.request_with("x", keyed("k"));
    begin_session(&mut rig, None);
    assert_eq!(rig.take().requests(), [1]);
}

#[test]
fn a_keyed_request_is_repeated_for_half_of_the_time_that_the_server_remembers() {
    for (seconds, known) in [(4, true), (6, false)] {
        let mut rig = Rig::new();
        rig.input(Input::Connect);
        rig.transport_opens();
        let window = || Some(Window { id: "short".into(), ms: 10_000 });
        rig.serve([ServerFrame::Welcome(Welcome { window: window(), ..welcome(65_536) })]);
        rig.request_with("x", keyed("k"));
        rig.take();
        // Lost twice: what counts is when it was sent first.
        rig.advance(s(seconds) / 2);
        rig.cut();
        begin_session(&mut rig, window());
        assert_eq!(rig.take().requests(), [1]);
        rig.advance(s(seconds) / 2);
        rig.cut();
        begin_session(&mut rig, window());
        assert_eq!(rig.take().requests().len(), usize::from(known), "{seconds}");
    }
}

#[test]
fn a_volatile_request_is_sent_now_or_not_at_all() {
    let mut rig = Rig::new();
    let not_sent = Err(RequestError::NotSent(NotSent::NotConnected));
    let early = rig.request_with("x", Delivery::Volatile);
    assert_eq!(rig.take().settled, [(early, not_sent.clone())]);

    let mut config = Config::default();
    config.queue.in_flight = 1;
    let mut rig = Rig::open_with(config);
    let sent = rig.request_with("sent", Delivery::Volatile);
    let waits = rig.request_with("waits", Delivery::Volatile);
    let stays = rig.request("stays");
    assert_eq!(rig.take().requests(), [1]);
    rig.cut();
    let settled = rig.take().settled;
    assert_eq!(settled, [(sent, Err(RequestError::Unknown)), (waits, not_sent)]);
    rig.resume(0);
    assert_eq!(rig.take().requests(), [3]);
    rig.serve([reply(1, "late"), reply(3, "ok")]);
    assert_eq!(rig.take().settled, [(stays, Ok(json("ok")))]);
}

#[test]
fn a_request_that_timed_out_meanwhile_is_cancelled_at_the_server() {
    let mut rig = Rig::open();
    let id = rig.request_within("slow", Some(ms(1)));
    rig.take();
    rig.cut();
    rig.advance(ms(1));
    assert!(matches!(rig.take().settled[..], [(of, Err(RequestError::TimedOut(_)))] if of == id));
    rig.resume(1);
    assert_eq!(rig.take().frames, [ClientFrame::Cancel { id: 1 }]);
}

#[test]
fn a_group_that_is_closed_meanwhile_is_closed_at_the_server() {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 1)]));
    rig.take();
    rig.cut();
    rig.client.live_close(rig.now, group);
    rig.resume(0);
    assert_eq!(rig.take().frames, [ClientFrame::LiveClose { group: 1 }]);
}

#[test]
fn a_server_that_says_resumed_to_who_did_not_ask_begins_a_session() {
    let mut rig = Rig::new();
    let id = rig.request("x");
    rig.input(Input::Connect);
    rig.continue_session(5);
    assert_eq!(rig.take().requests(), [1]);
    rig.serve([reply(1, "ok")]);
    assert_eq!(rig.take().settled, [(id, Ok(json("ok")))]);
    assert_eq!(rig.client.stats().resumes, 0);
}
