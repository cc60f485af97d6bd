//! Publishing: a request, or a word into the wind.

use fader_core::{Config, NotSent, RequestError};
use fader_protocol::{ClientFrame, Goodbye, ServerFrame};
use serde_json::json as value;

use crate::support::{Rig, json, nested, reply, s};

fn publish(id: u64, key: Option<&str>, event: &str) -> ClientFrame<fader_core::RawPayload> {
    let key = key.map(str::to_owned);
    ClientFrame::Publish { id, topic: "news".into(), key, event: json(event) }
}

#[test]
fn publishing_is_answered_with_the_position() {
    let mut rig = Rig::open();
    let id = rig.publish("hello");
    assert_eq!(rig.take().frames, [publish(1, None, "hello")]);
    let position = value!({"epoch": "e", "offset": 8});
    rig.serve([reply(1, position.clone())]);
    assert_eq!(rig.take().settled, [(id, Ok(json(position)))]);
}

#[test]
fn publishing_waits_for_the_connection_and_times_out() {
    let mut rig = Rig::new();
    let id = rig.publish("hello");
    rig.advance(s(30));
    assert!(matches!(rig.take().settled[..], [(of, Err(RequestError::TimedOut(_)))] if of == id));
}

#[test]
fn a_lost_session_leaves_it_unknown_unless_it_has_a_key() {
    let mut rig = Rig::open();
    let once = rig.publish("once");
    rig.publish_with("named", Some("key"));
    rig.take();
    rig.cut();
    rig.reconnect();
    let seen = rig.take();
    assert_eq!(seen.settled, [(once, Err(RequestError::Unknown))]);
    assert_eq!(seen.frames, [publish(2, Some("key"), "named")]);
}

#[test]
fn a_resumed_session_sends_it_again_once() {
    let mut rig = Rig::open();
    rig.publish("hello");
    rig.take();
    rig.cut();
    rig.resume(0);
    assert_eq!(rig.take().frames, [publish(1, None, "hello")]);
}

#[test]
fn what_cannot_be_published_says_why() {
    let mut rig = Rig::open();
    let id = rig.publish_with("hello", Some(""));
    let bad_name = RequestError::NotSent(NotSent::BadName);
    assert_eq!(rig.take().settled, [(id, Err(bad_name))]);
    let (now, client) = (rig.now, &mut rig.client);
    assert_eq!(client.publish_volatile(now, "", json(1)), Err(NotSent::BadName));
    let deep = client.publish_volatile(now, "news", nested(65));
    assert_eq!(deep, Err(NotSent::TooDeep { limit: 64 }));
    let large = client.publish_volatile(now, "news", json("x".repeat(70_000)));
    assert!(matches!(large, Err(NotSent::TooLarge { .. })));
}

#[test]
fn the_volatile_leave_at_the_end_of_the_turn_or_never() {
    let mut rig = Rig::open();
    for n in [1, 2] {
        rig.client.publish_volatile(rig.now, "news", json(n)).unwrap();
    }
    let frame = |n| ClientFrame::VolatilePublish { topic: "news".into(), event: json(n) };
    let seen = rig.take();
    assert_eq!((seen.frames, seen.messages.len()), (vec![frame(1), frame(2)], 1));

    rig.client.publish_volatile(rig.now, "news", json(3)).unwrap();
    rig.cut();
    let refused = rig.client.publish_volatile(rig.now, "news", json(4));
    assert_eq!(refused, Err(NotSent::NotConnected));
    rig.resume(0);
    assert!(rig.take().frames.is_empty());
}

#[test]
fn a_flood_of_the_volatile_is_refused() {
    let mut config = Config::default();
    config.queue.requests = 2;
    let mut rig = Rig::open_with(config);
    let publish = |rig: &mut Rig| rig.client.publish_volatile(rig.now, "news", json(1));
    assert_eq!((publish(&mut rig), publish(&mut rig)), (Ok(()), Ok(())));
    assert_eq!(publish(&mut rig), Err(NotSent::QueueFull));
    rig.take();
    assert_eq!(publish(&mut rig), Ok(()));
}

#[test]
fn a_flood_of_the_volatile_is_bounded_in_bytes() {
    let mut config = Config::default();
    config.queue.bytes = 2000;
    let mut rig = Rig::open_with(config);
    // So many bytes where it waits.
    let publish = |rig: &mut Rig, bytes: usize| {
        let event = json("x".repeat(bytes - 2 - 6 * "news".len() - 64));
        rig.client.publish_volatile(rig.now, "news", event)
    };
    for _ in 0..3 {
        assert_eq!((publish(&mut rig, 1500), publish(&mut rig, 500)), (Ok(()), Ok(())));
        assert_eq!(publish(&mut rig, 100), Err(NotSent::QueueFull));
        rig.take();
    }
    assert_eq!(publish(&mut rig, 1500), Ok(()));
    assert_eq!(publish(&mut rig, 501), Err(NotSent::QueueFull));
}

#[test]
fn nothing_is_published_to_a_server_that_goes() {
    let mut rig = Rig::open();
    rig.serve([ServerFrame::Goodbye(Goodbye { after_ms: 0, spread_ms: 0, reason: "".into() })]);
    rig.publish("hello");
    let refused = rig.client.publish_volatile(rig.now, "news", json(4));
    assert_eq!(refused, Err(NotSent::NotConnected));
    assert!(rig.take().frames.is_empty());
}
