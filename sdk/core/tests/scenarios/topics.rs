//! Subscriptions: what follows what, what is missing, and coming back.

use fader_core::{
    Gap, GapReason, Input, Position, RawPayload, Rejection, SubscribeError, SubscribeOptions,
    SubscriptionId, TopicUpdate,
};
use fader_protocol::{ClientFrame, Goodbye, MAX_INTEGER, ServerFrame, code};

use crate::support::{Rig, event, json, nested, subscribed};

type Update = TopicUpdate<RawPayload>;

fn at(epoch: &str, offset: u64) -> Position {
    Position { epoch: epoch.into(), offset }
}

fn since(epoch: &str, offset: u64) -> SubscribeOptions {
    SubscribeOptions { since: Some(at(epoch, offset)), ..SubscribeOptions::default() }
}

fn ask(id: u64, options: SubscribeOptions) -> ClientFrame<RawPayload> {
    ClientFrame::Subscribe { id, topic: "news".into(), options }
}

fn begins(epoch: &str, offset: u64, recovered: bool) -> Update {
    TopicUpdate::Subscribed { position: at(epoch, offset), recovered }
}

fn told(offset: u64) -> Update {
    TopicUpdate::Event { offset, payload: json(offset) }
}

fn missing(from: u64, to: u64, reason: GapReason) -> Update {
    TopicUpdate::Gap(Gap { from, to, reason })
}

/// A client with one subscription, which begins after offset 7 of epoch `a`.
fn listening() -> (Rig, SubscriptionId) {
    let mut rig = Rig::open();
    let subscription = rig.subscribe(SubscribeOptions::default());
    rig.drain();
    rig.serve([subscribed(1, "a", 7, false)]);
    rig.take();
    (rig, subscription)
}

/// What the app was told of its only subscription.
fn updates(rig: &mut Rig) -> Vec<Update> {
    rig.take().topics.into_iter().map(|(_, update)| update).collect()
}

#[test]
fn a_subscription_begins_and_has_events() {
    let mut rig = Rig::open();
    let subscription = rig.subscribe(SubscribeOptions::default());
    assert_eq!(rig.take().frames, [ask(1, SubscribeOptions::default())]);
    assert!(!rig.client.is_subscribed(subscription));
    rig.serve([subscribed(1, "a", 7, false), event(1, 8), event(1, 9)]);
    assert_eq!(updates(&mut rig), [begins("a", 7, false), told(8), told(9)]);
    assert!(rig.client.is_subscribed(subscription));
}

#[test]
fn what_is_wanted_is_asked_for() {
    let mut rig = Rig::open();
    let options = SubscribeOptions { since: None, last: true, presence: true };
    rig.subscribe(options.clone());
    rig.subscribe(since("a", 3));
    assert_eq!(rig.take().frames, [ask(1, options), ask(2, since("a", 3))]);
}

#[test]
fn an_answer_that_cannot_be_read_ends_it_and_the_server_is_told() {
    for garbled in [r#"[42,1,{"epoch":7}]"#, "[42,1]", r#"[45,1,"forbidden"]"#] {
        let mut rig = Rig::open();
        let subscription = rig.subscribe(SubscribeOptions::default());
        rig.take();
        rig.serve_text(&format!("[{garbled},[43,1,8,8]]"));
        let seen = rig.take();
        let [(of, TopicUpdate::Ended { rejection })] = &seen.topics[..] else {
            unreachable!("{garbled}: {:?}", seen.topics)
        };
        assert_eq!((*of, rejection.code.as_str()), (subscription, code::BAD_REPLY), "{garbled}");
        assert_eq!(seen.frames, [ClientFrame::Unsubscribe { id: 1 }], "{garbled}");
        rig.cut();
        rig.resume(0);
        assert!(rig.take().frames.is_empty(), "{garbled}");
    }
    // Of what the app is done with, nobody need be told.
    let (mut rig, subscription) = listening();
    rig.unsubscribe(subscription);
    rig.take();
    rig.serve_text("[[42,1]]");
    assert!(rig.take().is_nothing());
}

#[test]
fn it_waits_for_the_connection() {
    let mut rig = Rig::new();
    rig.subscribe(SubscribeOptions::default());
    let gone = rig.subscribe(SubscribeOptions::default());
    rig.unsubscribe(gone);
    rig.input(Input::Connect);
    rig.accept();
    assert_eq!(rig.take().frames, [ask(1, SubscribeOptions::default())]);
}

#[test]
fn a_new_connection_continues_after_the_last_event_whether_the_session_goes_on_or_not() {
    for resumed in [true, false] {
        let (mut rig, subscription) = listening();
        rig.serve([event(1, 8)]);
        rig.cut();
        assert!(!rig.client.is_subscribed(subscription));
        if resumed {
            rig.resume(0);
        } else {
            rig.reconnect();
        }
        let seen = rig.take();
        assert_eq!(seen.frames, [ask(1, since("a", 8))]);
        rig.serve([subscribed(1, "a", 8, true), event(1, 9)]);
        assert_eq!(updates(&mut rig), [begins("a", 8, true), told(9)]);
    }
}

#[test]
fn the_last_value_is_asked_for_only_at_first() {
    let mut rig = Rig::open();
    rig.subscribe(SubscribeOptions { last: true, ..SubscribeOptions::default() });
    rig.drain();
    rig.serve([subscribed(1, "a", 7, false)]);
    rig.cut();
    rig.resume(0);
    assert_eq!(rig.take().frames.last(), Some(&ask(1, since("a", 7))));
}

#[test]
fn what_the_server_no_longer_keeps_is_a_gap() {
    let (mut rig, _) = listening();
    rig.cut();
    rig.resume(0);
    rig.take();
    // Whatever it claims.
    rig.serve([subscribed(1, "a", 20, true), event(1, 21)]);
    let gap = missing(8, 20, GapReason::NotKept);
    assert_eq!(updates(&mut rig), [begins("a", 20, false), gap, told(21)]);
}

#[test]
fn a_new_epoch_is_a_gap_and_never_recovered() {
    for offset in [0, 3] {
        let (mut rig, _) = listening();
        rig.cut();
        rig.reconnect();
        rig.take();
        rig.serve([subscribed(1, "b", offset, true), event(1, offset + 1)]);
        let gap = missing(1, offset, GapReason::NewEpoch);
        assert_eq!(updates(&mut rig), [begins("b", offset, false), gap, told(offset + 1)]);
    }
}

#[test]
fn an_epoch_that_comes_back_goes_on_where_it_was() {
    let (mut rig, _) = listening();
    rig.serve([event(1, 8)]);
    for _ in 0..2 {
        rig.cut();
        rig.reconnect();
        rig.serve([subscribed(1, "b", 0, false)]);
        rig.take();
        rig.cut();
        rig.reconnect();
        rig.take();
        rig.serve([subscribed(1, "a", 5, false), event(1, 6), event(1, 8)]);
        let gap = missing(9, 8, GapReason::NewEpoch);
        assert_eq!(updates(&mut rig), [begins("a", 8, false), gap]);
    }
    rig.serve([event(1, 9)]);
    assert_eq!(updates(&mut rig), [told(9)]);
}

#[test]
fn the_last_sixteen_epochs_are_remembered() {
    let (mut rig, _) = listening();
    let mut meet = |epoch: &str| {
        rig.cut();
        rig.reconnect();
        rig.take();
        rig.serve([subscribed(1, epoch, 1, false)]);
        updates(&mut rig)
    };
    for epoch in 1..=16 {
        meet(&epoch.to_string());
    }
    assert_eq!(meet("a"), [begins("a", 7, false), missing(8, 7, GapReason::NewEpoch)]);
}

#[test]
fn a_sequence_that_was_rewound_is_ignored_up_to_where_it_was() {
    let (mut rig, _) = listening();
    rig.cut();
    rig.reconnect();
    rig.take();
    rig.serve([subscribed(1, "a", 2, true), event(1, 3), event(1, 7), event(1, 8)]);
    assert_eq!(updates(&mut rig), [begins("a", 7, false), told(8)]);
}

#[test]
fn events_come_once_and_what_is_left_out_is_announced() {
    let (mut rig, _) = listening();
    rig.serve([event(1, 8), event(1, 8), event(1, 7), event(1, 0), event(1, 11), event(1, 9)]);
    let gap = missing(9, 10, GapReason::Unannounced);
    assert_eq!(updates(&mut rig), [told(8), gap, told(11)]);
}

#[test]
fn an_announced_gap_is_passed_on_once() {
    let (mut rig, _) = listening();
    let gap = |to, reason: &str| ServerFrame::Gap { id: 1, to, reason: reason.into() };
    rig.serve([gap(9, "too-slow"), gap(9, "too-slow"), gap(3, "too-slow"), event(1, 9)]);
    rig.serve([event(1, 10), gap(12, "by-the-way")]);
    let other = GapReason::Other("by-the-way".into());
    let expected = [missing(8, 9, GapReason::TooSlow), told(10), missing(11, 12, other)];
    assert_eq!(updates(&mut rig), expected);
}

#[test]
fn an_event_that_cannot_be_read_is_missing() {
    let (mut rig, _) = listening();
    rig.serve([ServerFrame::Event { id: 1, offset: 8, payload: nested(70) }, event(1, 9)]);
    assert_eq!(updates(&mut rig), [missing(8, 8, GapReason::Unannounced), told(9)]);
}

#[test]
fn the_largest_offset_breaks_nothing() {
    let (mut rig, _) = listening();
    rig.serve([event(1, MAX_INTEGER), event(1, MAX_INTEGER), event(1, 9)]);
    let gap = missing(8, MAX_INTEGER - 1, GapReason::Unannounced);
    assert_eq!(updates(&mut rig), [gap, told(MAX_INTEGER)]);
    rig.cut();
    rig.resume(0);
    rig.take();
    rig.serve([subscribed(1, "b", MAX_INTEGER, true), event(1, 1)]);
    let gap = missing(1, MAX_INTEGER, GapReason::NewEpoch);
    assert_eq!(updates(&mut rig), [begins("b", MAX_INTEGER, false), gap]);
}

#[test]
fn what_comes_too_early_twice_or_for_nobody_is_ignored() {
    let mut rig = Rig::open();
    rig.subscribe(SubscribeOptions::default());
    rig.take();
    rig.serve([event(1, 1), event(2, 1), subscribed(9, "a", 0, false)]);
    rig.serve([subscribed(1, "a", 0, false), subscribed(1, "b", 5, true), event(1, 1)]);
    assert_eq!(updates(&mut rig), [begins("a", 0, false), told(1)]);

    // Also where it is known what would follow.
    let mut rig = Rig::open();
    rig.subscribe(since("a", 3));
    rig.take();
    rig.serve([event(1, 4), ServerFrame::Gap { id: 1, to: 9, reason: "too-slow".into() }]);
    assert!(rig.take().is_nothing());
}

#[test]
fn leaving_tells_the_server_and_what_is_on_its_way_is_ignored() {
    let (mut rig, subscription) = listening();
    rig.unsubscribe(subscription);
    assert_eq!(rig.take().frames, [ClientFrame::Unsubscribe { id: 1 }]);
    rig.serve([event(1, 8)]);
    assert!(rig.take().is_nothing());
    rig.cut();
    rig.resume(0);
    assert!(rig.take().frames.is_empty());
    assert_eq!(rig.client.stats().subscriptions, 0);
}

#[test]
fn one_that_never_left_is_not_taken_back() {
    let mut rig = Rig::open();
    let subscription = rig.subscribe(SubscribeOptions::default());
    rig.client.unsubscribe(rig.now, subscription);
    assert!(rig.take().is_nothing());
}

#[test]
fn a_refusal_is_final() {
    let (mut rig, _) = listening();
    let rejection = Rejection::new("forbidden", "members only");
    rig.serve([ServerFrame::Unsubscribed { id: 1, rejection: rejection.clone() }, event(1, 8)]);
    assert_eq!(updates(&mut rig), [TopicUpdate::Ended { rejection }]);
    rig.cut();
    rig.reconnect();
    assert!(rig.take().frames.is_empty());
}

#[test]
fn a_server_that_goes_is_asked_for_nothing_but_told_of_leaving() {
    let (mut rig, subscription) = listening();
    rig.serve([ServerFrame::Goodbye(Goodbye { after_ms: 0, spread_ms: 0, reason: "".into() })]);
    rig.subscribe(SubscribeOptions::default());
    rig.unsubscribe(subscription);
    assert_eq!(rig.take().frames, [ClientFrame::Unsubscribe { id: 1 }]);
}

#[test]
fn a_reason_has_a_name_and_what_a_server_says_is_kept() {
    let (mut rig, _) = listening();
    for (to, reason) in [(8, "too-slow"), (9, "not-kept"), (10, "something new")] {
        rig.serve([ServerFrame::Gap { id: 1, to, reason: reason.into() }]);
        let [TopicUpdate::Gap(gap)] = &updates(&mut rig)[..] else { unreachable!("no gap") };
        assert_eq!((gap.reason.name(), gap.reason.to_string()), (reason, reason.to_owned()));
        let is_known = !matches!(gap.reason, GapReason::Other(_));
        assert_eq!(is_known, reason != "something new");
    }
    let own = [GapReason::NewEpoch, GapReason::Unannounced, GapReason::Overflow];
    let names = own.iter().chain(&[GapReason::Unreadable]).map(GapReason::name);
    assert!(names.eq(["new-epoch", "unannounced", "overflow", "unreadable"]));
}

#[test]
fn a_client_that_is_closed_has_no_subscriptions() {
    let (mut rig, subscription) = listening();
    assert_eq!(rig.client.stats().subscriptions, 1);
    rig.input(Input::Close);
    assert_eq!(rig.client.stats().subscriptions, 0);
    assert!(!rig.client.is_subscribed(subscription));
}

#[test]
fn there_are_at_most_256() {
    let mut rig = Rig::open();
    for _ in 0..255 {
        rig.subscribe(SubscribeOptions::default());
    }
    let last = rig.subscribe(SubscribeOptions::default());
    let refused = rig.try_subscribe("news", SubscribeOptions::default());
    assert_eq!(refused, Err(SubscribeError::TooMany { limit: 256 }));
    rig.unsubscribe(last);
    assert!(rig.try_subscribe("news", SubscribeOptions::default()).is_ok());
}

#[test]
fn what_no_server_takes_is_refused_at_once() {
    let mut rig = Rig::open();
    let bad = SubscribeError::BadName(String::new());
    assert_eq!(rig.try_subscribe("", SubscribeOptions::default()), Err(bad));
    for options in [since("", 1), since(&"e".repeat(129), 1), since("e", u64::MAX)] {
        assert_eq!(rig.try_subscribe("news", options), Err(SubscribeError::BadPosition));
    }
    rig.input(Input::Close);
    let closed = rig.try_subscribe("news", SubscribeOptions::default());
    assert_eq!(closed, Err(SubscribeError::Closed));
}
