//! Streams: many items, as the app takes them, and one end.

use fader_core::{Config, Input, NotSent, RawPayload, RequestError, RequestId};
use fader_protocol::{ClientFrame, Rejection, ServerFrame, code};

use crate::support::{Rig, json, nested, reply, s};

fn item(id: u64, n: u64) -> ServerFrame<RawPayload> {
    ServerFrame::Item { id, payload: json(n) }
}

fn items(id: u64, numbers: std::ops::RangeInclusive<u64>) -> Vec<ServerFrame<RawPayload>> {
    numbers.map(|n| item(id, n)).collect()
}

fn end(id: u64) -> ServerFrame<RawPayload> {
    ServerFrame::End { id }
}

/// An open client with a window of four items, and a stream that has left.
fn narrow() -> (Rig, RequestId) {
    let mut config = Config::default();
    config.queue.stream_items = 4;
    let mut rig = Rig::open_with(config);
    let stream = rig.stream();
    rig.take();
    (rig, stream)
}

fn rejection(ended: &Result<(), RequestError<RawPayload>>) -> &str {
    match ended {
        Err(RequestError::Rejected(rejection)) => &rejection.code,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_stream_carries_its_credit_and_has_items_and_an_end() {
    let mut rig = Rig::open();
    let stream = rig.stream();
    let expected =
        ClientFrame::Stream { id: 1, method: "list".into(), credit: 64, params: json("all") };
    assert_eq!(rig.take().frames, [expected]);
    rig.serve([item(1, 1), item(1, 2)]);
    rig.serve([item(1, 3), end(1)]);
    let seen = rig.take();
    assert_eq!(seen.items, [(stream, json(1)), (stream, json(2)), (stream, json(3))]);
    assert_eq!(seen.ended, [(stream, Ok(()))]);
    assert!(seen.settled.is_empty());
}

#[test]
fn credit_is_given_for_half_of_the_window_at_a_time() {
    let (mut rig, stream) = narrow();
    rig.serve(items(1, 1..=4));
    rig.take();
    rig.consumed(stream, 1);
    assert!(rig.take().is_nothing());
    rig.consumed(stream, 1);
    assert_eq!(rig.take().frames, [ClientFrame::Credit { id: 1, items: 2 }]);
    // More than it was given is not taken.
    rig.consumed(stream, 100);
    assert_eq!(rig.take().frames, [ClientFrame::Credit { id: 1, items: 2 }]);
    rig.serve(items(1, 5..=8));
    assert_eq!(rig.take().items.len(), 4);
    rig.serve(items(1, 9..=9));
    assert_eq!(rejection(&rig.take().ended[0].1), code::BAD_REPLY);
}

#[test]
fn a_server_that_sends_more_than_it_may_loses_the_stream() {
    let (mut rig, stream) = narrow();
    rig.serve(items(1, 1..=6));
    let seen = rig.take();
    assert_eq!(seen.items.len(), 4);
    assert_eq!(seen.ended.len(), 1);
    assert_eq!((seen.ended[0].0, rejection(&seen.ended[0].1)), (stream, code::BAD_REPLY));
    assert_eq!(seen.frames, [ClientFrame::Cancel { id: 1 }]);
}

/// An item of so many bytes as JSON.
fn large(bytes: usize) -> ServerFrame<RawPayload> {
    ServerFrame::Item { id: 1, payload: json("x".repeat(bytes - 2)) }
}

#[test]
fn what_waits_for_the_app_is_bounded_in_bytes() {
    const QUARTER: usize = 1024 * 1024 - 64;
    let mut rig = Rig::open();
    let stream = rig.stream();
    rig.take();
    for _ in 0..4 {
        rig.serve([large(QUARTER)]);
    }
    rig.serve([large(256)]);
    assert_eq!(rig.take().items.len(), 5);
    // Filled to the byte; what the app takes makes room.
    rig.consumed(stream, 2);
    rig.serve([large(QUARTER)]);
    rig.serve([large(QUARTER)]);
    let seen = rig.take();
    assert_eq!((seen.items.len(), seen.ended.len()), (2, 0));
    rig.serve([large(2)]);
    let seen = rig.take();
    assert!(seen.items.is_empty());
    assert_eq!((seen.ended[0].0, rejection(&seen.ended[0].1)), (stream, code::TOO_LARGE));
    assert_eq!(seen.frames, [ClientFrame::Cancel { id: 1 }]);
}

#[test]
fn what_the_app_takes_without_a_connection_is_credited_on_the_next() {
    let (mut rig, stream) = narrow();
    rig.serve(items(1, 1..=4));
    rig.cut();
    rig.consumed(stream, 2);
    rig.drain();
    rig.consumed(stream, 2);
    rig.resume(1);
    assert_eq!(rig.take().frames, [ClientFrame::Credit { id: 1, items: 4 }]);
    rig.serve([item(1, 5), end(1)]);
    assert_eq!(rig.take().ended, [(stream, Ok(()))]);
}

#[test]
fn credit_waits_for_room_in_the_link() {
    let mut config = Config::default();
    (config.queue.stream_items, config.queue.in_flight) = (4, 2000);
    let mut rig = Rig::open_with(config);
    let stream = rig.stream();
    for _ in 0..1023 {
        rig.request("x");
    }
    rig.take();
    assert_eq!(rig.client.stats().unacknowledged, 1024);
    rig.serve(items(1, 1..=4));
    rig.consumed(stream, 4);
    assert!(rig.take().frames.is_empty());
    rig.serve([ServerFrame::Ack(1)]);
    assert_eq!(rig.take().frames, [ClientFrame::Credit { id: 1, items: 4 }]);
}

#[test]
fn items_for_what_was_not_sent_or_is_no_stream_are_ignored() {
    let mut config = Config::default();
    config.queue.in_flight = 1;
    let mut rig = Rig::open_with(config);
    rig.request("holds the line");
    rig.stream();
    rig.take();
    rig.serve([item(1, 1), item(2, 1)]);
    assert!(rig.take().is_nothing());
    rig.serve([reply(1, "done")]);
    rig.take();
    rig.serve([item(2, 1)]);
    assert_eq!(rig.take().items.len(), 1);
}

#[test]
fn a_lost_session_leaves_a_stream_unknown() {
    let mut rig = Rig::open();
    let stream = rig.stream();
    rig.take();
    rig.serve([item(1, 1)]);
    rig.cut();
    rig.reconnect();
    assert_eq!(rig.take().ended, [(stream, Err(RequestError::Unknown))]);
    rig.serve([item(1, 2), end(1)]);
    let seen = rig.take();
    assert!(seen.items.is_empty() && seen.ended.is_empty());
}

#[test]
fn a_stream_that_never_left_begins_in_the_next_session() {
    let mut rig = Rig::new();
    let stream = rig.stream();
    // For a stream there is no timeout.
    rig.advance(s(10_000));
    assert!(rig.take().is_nothing());
    rig.input(Input::Connect);
    rig.accept();
    assert_eq!(rig.take().frames.len(), 1);
    rig.serve([end(1)]);
    assert_eq!(rig.take().ended, [(stream, Ok(()))]);
}

#[test]
fn giving_up_tells_the_server_and_late_items_are_ignored() {
    let mut rig = Rig::open();
    let stream = rig.stream();
    rig.take();
    rig.cancel(stream);
    let seen = rig.take();
    assert_eq!(seen.frames, [ClientFrame::Cancel { id: 1 }]);
    assert_eq!(seen.ended, [(stream, Err(RequestError::Cancelled))]);
    rig.serve([item(1, 1), end(1), item(1, 2)]);
    assert!(rig.take().is_nothing());
}

#[test]
fn a_stream_fails_with_the_servers_rejection() {
    let mut rig = Rig::open();
    let stream = rig.stream();
    rig.take();
    let refusal = Rejection::new("failed", "no");
    rig.serve([item(1, 1), ServerFrame::Error { id: 1, rejection: refusal.clone() }, item(1, 2)]);
    let seen = rig.take();
    assert_eq!(seen.items, [(stream, json(1))]);
    assert_eq!(seen.ended, [(stream, Err(RequestError::Rejected(refusal)))]);
    assert!(seen.frames.is_empty());
}

#[test]
fn an_item_that_cannot_be_read_ends_the_stream_and_the_server_is_told() {
    let mut rig = Rig::open();
    let stream = rig.stream();
    rig.take();
    rig.serve([item(1, 1), ServerFrame::Item { id: 1, payload: nested(70) }, item(1, 3)]);
    let seen = rig.take();
    assert_eq!(seen.items, [(stream, json(1))]);
    assert_eq!(rejection(&seen.ended[0].1), code::BAD_REPLY);
    assert_eq!(seen.frames, [ClientFrame::Cancel { id: 1 }]);
}

#[test]
fn answers_of_the_wrong_kind_settle_what_they_answer() {
    let mut rig = Rig::open();
    let stream = rig.stream();
    let request = rig.request("one");
    rig.take();
    rig.serve([item(2, 1), end(2), reply(1, "all at once")]);
    let seen = rig.take();
    assert!(seen.items.is_empty());
    assert_eq!((seen.ended[0].0, rejection(&seen.ended[0].1)), (stream, code::BAD_REPLY));
    let outcome = seen.settled[0].1.as_ref().map(drop).map_err(Clone::clone);
    assert_eq!((seen.settled[0].0, rejection(&outcome)), (request, code::BAD_REPLY));
}

#[test]
fn streams_are_limited_like_requests() {
    let mut config = Config::default();
    config.queue.requests = 1;
    config.queue.in_flight = 1;
    let mut rig = Rig::open_with(config);
    let first = rig.stream();
    rig.take();
    rig.stream();
    let refused = rig.stream();
    let seen = rig.take();
    assert!(seen.frames.is_empty());
    assert_eq!(seen.ended, [(refused, Err(RequestError::NotSent(NotSent::QueueFull)))]);
    rig.cancel(first);
    assert_eq!(rig.take().frames.len(), 2);
}

#[test]
fn closing_ends_all_streams() {
    let mut rig = Rig::open();
    let sent = rig.stream();
    rig.take();
    rig.input(Input::Close);
    assert_eq!(rig.take().ended, [(sent, Err(RequestError::Closed))]);
    let late = rig.stream();
    assert_eq!(rig.take().ended, [(late, Err(RequestError::Closed))]);
}
