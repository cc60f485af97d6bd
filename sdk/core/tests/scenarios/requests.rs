//! Requests: one honest outcome each.

use std::collections::BTreeSet;
use std::time::Duration;

use fader_core::{
    Config, Delivery, Input, Lifecycle, NotSent, RawPayload, RequestError, RequestId, State,
};
use fader_protocol::{ClientFrame, Rejection, ServerFrame};

use crate::support::{Rig, json, ms, nested, reply, s};

fn error(id: u64, code: &str) -> ServerFrame<RawPayload> {
    let rejection = Rejection { code: code.into(), message: "no".into(), data: Some(json(7)) };
    ServerFrame::Error { id, rejection }
}

/// An open client with room for so many in the queue and in flight.
fn narrow(requests: usize, in_flight: usize) -> Rig {
    let mut config = Config::default();
    config.queue.requests = requests;
    config.queue.in_flight = in_flight;
    Rig::open_with(config)
}

#[test]
fn a_request_carries_its_method_and_parameters() {
    let mut rig = Rig::open();
    rig.request("hello");
    let frames = rig.take().frames;
    let (method, delivery) = ("echo".into(), Delivery::Once);
    let expected = ClientFrame::Request { id: 1, method, delivery, params: json("hello") };
    assert_eq!(frames, [expected]);
}

#[test]
fn answers_find_their_requests_in_any_order() {
    let mut rig = Rig::open();
    let ids: Vec<_> = (1..=4).map(|n| rig.request(n)).collect();
    assert_eq!(rig.take().requests(), [1, 2, 3, 4]);
    rig.serve([reply(3, "c"), error(1, "a")]);
    rig.serve([reply(4, "d"), reply(2, "b")]);
    let rejection = Rejection { code: "a".into(), message: "no".into(), data: Some(json(7)) };
    assert_eq!(
        rig.take().settled,
        [
            (ids[2], Ok(json("c"))),
            (ids[0], Err(RequestError::Rejected(rejection))),
            (ids[3], Ok(json("d"))),
            (ids[1], Ok(json("b"))),
        ]
    );
}

#[test]
fn answers_to_nobody_are_ignored() {
    let mut rig = Rig::open();
    let id = rig.request("once");
    rig.take();
    rig.serve([reply(1, "first"), reply(1, "second"), error(1, "third"), reply(2, "never asked")]);
    assert_eq!(rig.take().settled, [(id, Ok(json("first")))]);
    rig.serve([reply(1, "late")]);
    assert!(rig.take().is_nothing());
}

#[test]
fn an_answer_of_the_next_session_to_a_request_of_the_last_is_ignored() {
    let mut rig = Rig::open();
    let id = rig.request("lost");
    rig.take();
    rig.cut();
    rig.reconnect();
    assert_eq!(rig.take().settled, [(id, Err(RequestError::Unknown))]);
    rig.serve([reply(1, "of another client")]);
    assert!(rig.take().settled.is_empty());
}

#[test]
fn a_sent_request_times_out_and_the_server_is_told() {
    let mut rig = Rig::open();
    let id = rig.request_within("slow", Some(s(2)));
    rig.take();
    rig.advance(s(2) - ms(1));
    assert!(rig.take().is_nothing());
    rig.advance(ms(1));
    let seen = rig.take();
    assert!(matches!(seen.settled[..], [(of, Err(RequestError::TimedOut(_)))] if of == id));
    assert_eq!(seen.frames, [ClientFrame::Cancel { id: 1 }]);
    rig.serve([reply(1, "late")]);
    assert!(rig.take().is_nothing());
}

#[test]
fn the_default_timeout_is_thirty_seconds_from_the_call() {
    let mut rig = Rig::new();
    let id = rig.request("never connected");
    rig.advance(s(30) - ms(1));
    assert!(rig.take().is_nothing());
    rig.advance(ms(1));
    assert!(matches!(rig.take().settled[..], [(of, Err(RequestError::TimedOut(_)))] if of == id));
}

#[test]
fn a_queued_request_that_times_out_never_leaves() {
    let mut rig = Rig::open();
    rig.cut();
    let short = rig.request_within("short", Some(ms(1)));
    let long = rig.request("long");
    rig.advance(ms(1));
    assert!(
        matches!(rig.take().settled[..], [(of, Err(RequestError::TimedOut(_)))] if of == short)
    );
    rig.reconnect();
    assert_eq!(rig.take().requests(), [2]);
    rig.serve([reply(2, "ok")]);
    assert_eq!(rig.take().settled, [(long, Ok(json("ok")))]);
}

#[test]
fn the_deadline_counts_from_the_call_also_across_the_queue() {
    let mut rig = narrow(10, 1);
    let first = rig.request_within("first", Some(s(10)));
    let second = rig.request_within("second", Some(s(2)));
    rig.take();
    rig.advance(s(1));
    rig.serve([reply(1, "ok")]);
    let seen = rig.take();
    assert_eq!(seen.settled, [(first, Ok(json("ok")))]);
    assert_eq!(seen.requests(), [2]);
    rig.advance(s(1));
    assert!(
        matches!(rig.take().settled[..], [(of, Err(RequestError::TimedOut(_)))] if of == second)
    );
}

#[test]
fn a_reply_that_arrives_with_the_deadline_wins() {
    let mut rig = Rig::open();
    let id = rig.request_within("just in time", Some(s(1)));
    rig.take();
    rig.now += s(1);
    rig.serve([reply(1, "ok")]);
    assert_eq!(rig.take().settled, [(id, Ok(json("ok")))]);
}

#[test]
fn a_timeout_of_nothing_settles_at_once_and_sends_nothing() {
    let mut rig = Rig::open();
    let id = rig.request_within("no time", Some(ms(0)));
    let seen = rig.take();
    assert!(matches!(seen.settled[..], [(of, Err(RequestError::TimedOut(_)))] if of == id));
    assert!(seen.frames.is_empty());
}

#[test]
fn a_timeout_of_ages_never_comes() {
    let mut rig = Rig::open();
    rig.request_within("patient", Some(Duration::MAX));
    rig.advance(s(24 * 3600));
    assert!(rig.take().settled.is_empty());
}

#[test]
fn a_queued_request_that_is_cancelled_never_leaves() {
    let mut rig = Rig::new();
    let cancelled = rig.request("cancelled");
    rig.request("kept");
    rig.cancel(cancelled);
    assert_eq!(rig.take().settled, [(cancelled, Err(RequestError::Cancelled))]);
    rig.input(Input::Connect);
    rig.accept();
    let seen = rig.take();
    assert_eq!(seen.requests(), [2]);
    assert_eq!(seen.frames.len(), 1, "no cancel frame either");
}

#[test]
fn a_sent_request_that_is_cancelled_is_cancelled_at_the_server_once() {
    let mut rig = Rig::open();
    let id = rig.request("running");
    rig.take();
    rig.cancel(id);
    let seen = rig.take();
    assert_eq!(seen.settled, [(id, Err(RequestError::Cancelled))]);
    assert_eq!(seen.frames, [ClientFrame::Cancel { id: 1 }]);
    rig.cancel(id);
    rig.serve([reply(1, "late")]);
    rig.advance(s(60));
    let seen = rig.take();
    assert!(seen.settled.is_empty() && seen.frames.is_empty());
}

#[test]
fn cancelling_what_is_settled_does_nothing() {
    let mut rig = Rig::open();
    let id = rig.request("done");
    rig.drain();
    rig.serve([reply(1, "ok")]);
    rig.take();
    rig.cancel(id);
    assert!(rig.take().is_nothing());
}

#[test]
fn a_request_in_flight_when_the_session_is_lost_is_unknown_and_is_not_sent_again() {
    let mut rig = Rig::open();
    let id = rig.request("maybe");
    rig.take();
    rig.cut();
    assert!(rig.take().settled.is_empty(), "the session may go on");
    rig.reconnect();
    let seen = rig.take();
    assert_eq!(seen.settled, [(id, Err(RequestError::Unknown))]);
    assert!(seen.requests().is_empty());
    rig.cancel(id);
    assert!(rig.take().is_nothing(), "the server of this session never heard of it");
}

#[test]
fn an_answer_that_arrived_before_the_close_counts() {
    let mut rig = Rig::open();
    let id = rig.request("answered");
    rig.take();
    let generation = rig.generation();
    let message = r#"[[11,1,"ok"]]"#.into();
    rig.client.handle(rig.now, Input::Message { generation, message });
    rig.cut();
    assert_eq!(rig.take().settled, [(id, Ok(json("ok")))]);
}

#[test]
fn queued_requests_survive_a_reconnect_and_leave_in_order() {
    let mut rig = narrow(10, 2);
    let ids: Vec<_> = (1..=5).map(|n| rig.request(n)).collect();
    assert_eq!(rig.take().requests(), [1, 2]);
    rig.cut();
    rig.request(6);
    rig.reconnect();
    let unknown = |id| (id, Err(RequestError::Unknown));
    let seen = rig.take();
    assert_eq!(seen.settled, [unknown(ids[0]), unknown(ids[1])]);
    assert_eq!(seen.requests(), [3, 4]);
    rig.serve([reply(4, "ok")]);
    assert_eq!(rig.take().requests(), [5]);
    rig.serve([reply(3, "ok"), reply(5, "ok")]);
    assert_eq!(rig.take().requests(), [6]);
}

#[test]
fn cancelling_or_timing_out_makes_room_for_what_waits() {
    let mut rig = narrow(10, 1);
    let first = rig.request("first");
    rig.request_within("second", Some(s(1)));
    rig.request("third");
    assert_eq!(rig.take().requests(), [1]);
    rig.cancel(first);
    assert_eq!(rig.take().requests(), [2]);
    rig.advance(s(1));
    assert_eq!(rig.take().requests(), [3]);
}

#[test]
fn a_full_queue_refuses_at_once() {
    let mut rig = narrow(2, 1);
    rig.request(0);
    rig.drain();
    let ids: Vec<_> = (1..4).map(|n| rig.request(n)).collect();
    let full = Err(RequestError::NotSent(NotSent::QueueFull));
    assert_eq!(rig.take().settled, [(ids[2], full.clone())]);
    assert_eq!((rig.client.stats().queued, rig.client.stats().in_flight), (2, 1));

    rig.serve([reply(1, "ok")]);
    rig.take();
    rig.request("room again");
    let refused = rig.request("none left");
    assert_eq!(rig.take().settled, [(refused, full)]);
}

#[test]
fn what_no_server_takes_is_refused_at_once() {
    let mut rig = Rig::open();
    let too_deep = rig.call("echo", nested(65), None);
    let unnamed = rig.call("", json(1), None);
    let long = rig.call(&"x".repeat(129), json(1), None);
    let refused = |why| Err(RequestError::NotSent(why));
    assert_eq!(
        rig.take().settled,
        [
            (too_deep, refused(NotSent::TooDeep { limit: 64 })),
            (unnamed, refused(NotSent::BadName)),
            (long, refused(NotSent::BadName)),
        ]
    );
    rig.call("echo", nested(64), None);
    assert_eq!(rig.take().requests().len(), 1);
}

#[test]
fn a_queue_full_of_bytes_refuses_what_does_not_fit_and_takes_what_does() {
    let mut config = Config::default();
    config.queue.bytes = 2000;
    let mut rig = Rig::with(config, 1);
    rig.request("x".repeat(1500));
    let large = rig.request("x".repeat(1000));
    let seen = rig.take();
    assert_eq!(seen.settled, [(large, Err(RequestError::NotSent(NotSent::QueueFull)))]);
    rig.request("x".repeat(100));
    assert!(rig.take().settled.is_empty());
}

#[test]
fn the_queue_has_room_again_whatever_took_a_request_out() {
    let mut config = Config::default();
    config.queue.bytes = 2000;
    config.queue.in_flight = 1;
    let mut rig = Rig::open_with(config);
    rig.request("holds the line");
    for round in 0..50 {
        let id = rig.request_within("x".repeat(1500), Some(s(1)));
        assert!(rig.take().settled.is_empty(), "round {round}");
        if round % 2 == 0 {
            rig.cancel(id);
        } else {
            rig.advance(s(1));
        }
        assert_eq!(rig.take().settled.len(), 1, "round {round}");
    }
    assert_eq!(rig.client.stats().queued, 0);
}

#[test]
fn a_request_too_large_for_the_server_is_refused_and_the_largest_that_fits_leaves() {
    let mut rig = Rig::open();
    let large = rig.request("x".repeat(65_536));
    let seen = rig.take();
    assert!(matches!(
        seen.settled[..],
        [(id, Err(RequestError::NotSent(NotSent::TooLarge { size, limit })))]
            if id == large && size > limit && limit <= 65_536
    ));
    assert!(seen.frames.is_empty());
    rig.request("x".repeat(65_000));
    assert_eq!(rig.take().requests(), [2]);
}

#[test]
fn what_has_a_key_is_sent_again_for_half_of_the_servers_window() {
    for (away, is_sent) in [(ms(299_999), true), (s(300), false)] {
        let mut rig = Rig::open_with(Config { request_timeout: s(1000), ..Config::default() });
        let id = rig.request_with("x", Delivery::Keyed("k".into()));
        rig.take();
        rig.lifecycle(Lifecycle::Freeze);
        rig.advance(away);
        rig.lifecycle(Lifecycle::Resume);
        rig.accept();
        let seen = rig.take();
        let settled = if is_sent { vec![] } else { vec![(id, Err(RequestError::Unknown))] };
        assert_eq!((seen.requests().len(), seen.settled), (usize::from(is_sent), settled));
    }
}

/// A request that counts as so many bytes where it waits.
fn sized(rig: &mut Rig, bytes: usize) -> RequestId {
    rig.request("x".repeat(bytes - 2 - 6 * "echo".len() - 64))
}

#[test]
fn limits_are_reached_to_the_byte() {
    let mut rig = Rig::open();
    sized(&mut rig, 65_534);
    let large = sized(&mut rig, 65_535);
    let seen = rig.take();
    let too_large = NotSent::TooLarge { size: 65_535, limit: 65_534 };
    assert_eq!(seen.settled, [(large, Err(RequestError::NotSent(too_large)))]);
    assert_eq!(seen.requests(), [1]);

    let mut config = Config::default();
    config.queue.bytes = 2000;
    let mut rig = Rig::with(config, 1);
    sized(&mut rig, 1500);
    sized(&mut rig, 500);
    assert!(rig.take().settled.is_empty());
    sized(&mut rig, 100);
    assert_eq!(rig.take().settled.len(), 1);

    // What waits is judged by what the server takes.
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.welcome(1502);
    assert_eq!(rig.take().requests(), [1, 2]);
}

#[test]
fn what_leaves_makes_room() {
    let mut config = Config::default();
    config.queue.bytes = 2000;
    let mut rig = Rig::open_with(config);
    for round in 1..20 {
        sized(&mut rig, 1500);
        assert_eq!(rig.take().requests(), [round]);
        assert_eq!(rig.client.stats().in_flight as u64, round);
    }
}

#[test]
fn a_smaller_limit_in_the_next_welcome_refuses_what_waits_and_is_too_large_now() {
    let mut rig = Rig::new();
    let small = rig.request("small");
    let large = rig.request("x".repeat(10_000));
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.welcome(5000);
    let seen = rig.take();
    assert!(matches!(
        seen.settled[..],
        [(id, Err(RequestError::NotSent(NotSent::TooLarge { limit: 4998, .. })))] if id == large
    ));
    assert_eq!(seen.requests(), [1]);
    rig.serve([reply(1, "ok")]);
    assert_eq!(rig.take().settled, [(small, Ok(json("ok")))]);
    let large = rig.request("x".repeat(10_000));
    assert_eq!(rig.take().settled[0].0, large);
}

#[test]
fn an_absurd_limit_is_taken_for_one_kibibyte() {
    for limit in [0, 1, 2, 1023] {
        let mut rig = Rig::new();
        rig.input(Input::Connect);
        rig.transport_opens();
        rig.welcome(limit);
        rig.request("x".repeat(500));
        assert_eq!(rig.take().requests(), [1], "{limit}");
    }
}

#[test]
fn ids_are_not_used_twice_also_across_connections_and_refusals() {
    let mut rig = narrow(1, 1);
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        for n in 0..4 {
            assert!(ids.insert(rig.request(n)));
        }
        rig.take();
        rig.cut();
        rig.reconnect();
    }
    assert_eq!(ids.len(), 20);
    assert_eq!(*rig.client.state(), State::Open);
}
