//! Live input: what an app may rely on, however patches are paced.

use fader_core::{Holder, LiveError, Patch, Policy, RawPayload, Rejection};
use fader_protocol::{Bytes, LiveAck, ServerFrame, code};

use crate::support::{LivePeer, Rig, ack, as_result, json, last_result, model, ms, nested, s};

/// An open client with a group whose first result is shown.
fn open_group() -> (Rig, LivePeer, fader_core::GroupId) {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 0), ("y", 0)]));
    let mut peer = LivePeer::default();
    peer.settle(&mut rig);
    assert!(!rig.status(group).pending);
    (rig, peer, group)
}

#[test]
fn opening_sends_the_whole_model_and_shows_a_first_result() {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 1), ("y", 2)]));
    let seen = rig.take();
    let patches = seen.patches();
    assert_eq!(patches.len(), 1);
    assert_eq!(patches[0].name, "group");
    assert_eq!((patches[0].epoch, patches[0].seq), (1, 1));
    assert_eq!(patches[0].patch, model([("x", 1), ("y", 2)]));
    assert!(rig.status(group).pending);
    rig.serve([ack(&patches[0], "first")]);
    assert_eq!(rig.take().results, [(group, Ok(json("first")))]);
    assert!(!rig.status(group).pending);
}

#[test]
fn only_the_keys_that_were_set_travel() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("y", 5)]));
    let seen = peer.settle(&mut rig);
    let patches: Vec<_> = seen.iter().flat_map(super::support::Seen::patches).collect();
    let keys: Vec<_> = patches.iter().flat_map(|patch| patch.patch.keys()).collect();
    assert_eq!(keys, ["y"]);
    assert_eq!(last_result(&seen, group), Some(as_result(&model([("x", 0), ("y", 5)]))));
}

#[test]
fn what_is_set_in_one_turn_leaves_in_one_patch() {
    let (mut rig, _, group) = open_group();
    for n in 1..=50 {
        rig.set(group, model([("x", n)]));
        rig.set(group, model([("y", -n)]));
    }
    let seen = rig.take();
    assert_eq!(seen.patches().len(), 1);
    assert_eq!(seen.patches()[0].patch, model([("x", 50), ("y", -50)]));
    assert_eq!(rig.status(group).counters.inputs, 100);
    assert_eq!(rig.status(group).counters.coalesced, 99);
}

#[test]
fn nothing_set_is_nothing_sent_and_no_timer() {
    let (mut rig, _, _) = open_group();
    rig.take();
    let start = rig.now;
    let mut ticks = 0;
    while rig.now < start + s(600) {
        let due = rig.client.deadline().expect("the heartbeat");
        rig.advance(due - rig.now);
        ticks += 1;
    }
    assert!(rig.take().frames.is_empty());
    assert!(ticks <= 600 / 25 + 1, "{ticks} timers in ten idle minutes");
}

#[test]
fn the_newest_value_wins_and_the_last_is_shown() {
    for service in [ms(0), ms(5), ms(50), ms(300)] {
        let (mut rig, mut peer, group) = open_group();
        rig.begin(group);
        let during = peer.work(&mut rig, s(2), service, |rig, n| {
            rig.set(group, model([("x", i64::try_from(n).unwrap())]));
        });
        rig.commit(group);
        let after = peer.work(&mut rig, s(1), service, |_, _| {});
        assert_eq!(
            last_result(&after, group),
            Some(as_result(&model([("x", 1999), ("y", 0)]))),
            "service {service:?}"
        );
        let results = during.iter().flat_map(|seen| &seen.results).count();
        assert!(results >= 3, "endless input must not starve the display: {results} results");
        let status = rig.status(group);
        assert!(!status.pending && status.in_flight == 0 && status.staleness == ms(0));
        assert_eq!(status.counters.inputs, 2000);
        assert!(status.counters.frames < 300, "{status:?}");
    }
}

#[test]
fn an_error_acknowledges_and_the_next_result_clears_it() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let mut answer = peer.answer();
    let rejection = Rejection::new("failed", "no such x");
    if let ServerFrame::LiveAck(ack) = &mut answer {
        ack.outcome = Err(rejection.clone());
    }
    rig.serve([answer]);
    assert_eq!(rig.take().results, [(group, Err(rejection.clone()))]);
    let status = rig.status(group);
    assert_eq!(status.error, Some(rejection));
    assert!(!status.pending);
    rig.advance(s(100));
    assert!(rig.take().patches().is_empty(), "what the server refused is not sent again");

    rig.set(group, model([("x", 2)]));
    let seen = peer.settle(&mut rig);
    assert_eq!(last_result(&seen, group), Some(as_result(&model([("x", 2), ("y", 0)]))));
    assert_eq!(rig.status(group).error, None);
}

#[test]
fn after_the_server_refused_the_group_as_such_the_next_value_begins_anew() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let mut answer = peer.answer();
    if let ServerFrame::LiveAck(ack) = &mut answer {
        ack.outcome = Err(Rejection::new(code::TOO_MANY, "no room"));
    }
    rig.serve([answer]);
    rig.advance(s(100));
    assert!(rig.take().patches().is_empty(), "nothing is sent again by itself");

    rig.set(group, model([("x", 2)]));
    let seen = rig.take();
    let [patch] = &seen.patches()[..] else { panic!("not one patch: {seen:?}") };
    assert_eq!((patch.epoch, patch.seq), (2, 1));
    assert_eq!(patch.patch, model([("x", 2), ("y", 0)]), "every key");
    peer.receive(&seen);
    rig.serve([peer.answer()]);
    assert_eq!(last_result(&[rig.take()], group), Some(as_result(&model([("x", 2), ("y", 0)]))));
}

#[test]
fn a_handler_that_refuses_with_such_a_code_was_run_and_the_epoch_goes_on() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    peer.receive(&rig.take());
    let mut answer = peer.answer();
    if let ServerFrame::LiveAck(ack) = &mut answer {
        ack.service_us = 1;
        ack.outcome = Err(Rejection::new(code::TOO_LARGE, "x is too large"));
    }
    rig.serve([answer]);
    rig.advance(s(1));
    peer.settle(&mut rig);
    rig.set(group, model([("x", 0)]));
    let seen = rig.take();
    assert_eq!((seen.patches()[0].epoch, &seen.patches()[0].patch), (1, &model([("x", 0)])));
}

#[test]
fn the_rates_are_those_of_the_last_second() {
    let (mut rig, mut peer, group) = open_group();
    rig.advance(s(2));
    rig.begin(group);
    for n in 0..30 {
        rig.set(group, model([("x", n)]));
        rig.advance(ms(20));
        peer.receive(&rig.take());
        rig.serve([peer.answer()]);
    }
    let status = rig.status(group);
    assert_eq!((status.frames_per_second, status.results_per_second), (30, 30));
    rig.advance(s(1));
    let status = rig.status(group);
    assert_eq!((status.frames_per_second, status.results_per_second), (0, 0));
}

#[test]
fn an_answer_that_is_not_newer_is_counted_and_not_shown() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    let old = peer.answer();
    peer.receive(&rig.take());
    rig.serve([peer.answer()]);
    assert_eq!(rig.take().results.len(), 1);
    let before = rig.status(group);
    rig.serve([old, peer.answer(), peer.answer()]);
    assert!(rig.take().results.is_empty());
    let after = rig.status(group);
    assert_eq!(after.counters.stale, before.counters.stale + 3);
    assert_eq!(after.counters.results, before.counters.results);
    assert_eq!((after.seq, after.pending), (before.seq, false));
}

#[test]
fn an_answer_answers_all_patches_up_to_its_own() {
    let (mut rig, mut peer, group) = open_group();
    for n in 1..=4 {
        rig.set(group, model([("x", n)]));
        rig.commit(group);
        peer.receive(&rig.take());
    }
    assert_eq!(rig.status(group).in_flight, 4);
    let before = rig.status(group).counters;
    rig.serve([peer.answer()]);
    let status = rig.status(group);
    assert_eq!((status.in_flight, status.pending), (0, false));
    assert_eq!(status.counters.conflated, before.conflated + 3);
    assert_eq!(status.counters.results, before.results + 1);
}

#[test]
fn an_answer_to_an_older_patch_leaves_the_newer_pending() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let first = peer.answer();
    rig.set(group, model([("x", 2)]));
    rig.commit(group);
    peer.receive(&rig.take());
    rig.serve([first]);
    assert_eq!(rig.take().results.len(), 1);
    assert!(rig.status(group).pending);
    rig.serve([peer.answer()]);
    assert!(!rig.status(group).pending);
}

#[test]
fn staleness_is_the_age_of_the_oldest_input_that_is_not_shown() {
    let (mut rig, mut peer, group) = open_group();
    assert_eq!(rig.status(group).staleness, ms(0));
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    rig.advance(ms(300));
    rig.set(group, model([("x", 2)]));
    rig.advance(ms(100));
    assert_eq!(rig.status(group).staleness, ms(400));
    rig.serve([peer.answer()]);
    assert_eq!(rig.status(group).staleness, ms(100));
    peer.settle(&mut rig);
    assert_eq!(rig.status(group).staleness, ms(0));
}

#[test]
fn the_times_of_an_answer_are_told_apart() {
    let (mut rig, _, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    let patch = rig.take().patches().remove(0);
    rig.advance(ms(100));
    rig.serve([ServerFrame::LiveAck(LiveAck {
        group: patch.group,
        epoch: patch.epoch,
        seq: patch.seq,
        wait_us: 10_000,
        service_us: 50_000,
        outcome: Ok(json(1)),
    })]);
    let status = rig.status(group);
    assert_eq!(
        (status.rtt, status.wait, status.service),
        (Some(ms(40)), Some(ms(10)), Some(ms(50)))
    );
}

#[test]
fn a_refused_command_changes_nothing() {
    let (mut rig, _, group) = open_group();
    rig.advance(s(1));
    rig.take();
    let before = rig.status(group);
    let unknown =
        Err(LiveError::UnknownKey { key: "z".into(), known: vec!["x".into(), "y".into()] });
    assert_eq!(rig.client.live_set(rig.now, group, model([("x", 1), ("z", 1)])), unknown);
    let begun = rig.client.live_begin(rig.now, group, Holder::APP, &["x", "z"], None);
    assert_eq!(begun, unknown);
    assert_eq!(rig.client.live_commit_keys(rig.now, group, &["x", "z"]), unknown);
    let large = [("x".to_owned(), json("x".repeat(70_000)))].into();
    assert!(matches!(
        rig.client.live_set(rig.now, group, large),
        Err(LiveError::TooLarge { size, limit }) if size > limit
    ));
    let deep = || -> Patch<RawPayload> { [("x".to_owned(), nested(64))].into() };
    let too_deep = Err(LiveError::TooDeep { key: "x".into(), limit: 63 });
    assert_eq!(rig.client.live_set(rig.now, group, deep()), too_deep);
    let bytes = || -> Patch<RawPayload> { [("x".to_owned(), Bytes(vec![1]).into())].into() };
    let are_bytes = Err(LiveError::Bytes { key: "x".into() });
    assert_eq!(rig.client.live_set(rig.now, group, bytes()), are_bytes);
    rig.advance(s(1));
    assert!(rig.take().frames.is_empty());
    assert_eq!(rig.status(group), before);
    assert_eq!(rig.try_live_open(bytes()).map(|_| ()), are_bytes);
    assert_eq!(rig.try_live_open(deep()).map(|_| ()), too_deep);
    for name in [String::new(), "x".repeat(129)] {
        let bad = Err(LiveError::BadName(name.clone()));
        assert_eq!(rig.try_live_open([(name.clone(), json(1))].into()).map(|_| ()), bad);
        let opened = rig.client.live_open(rig.now, &name, model([("x", 1)]), Policy::default());
        assert_eq!(opened.map(|_| ()), bad);
    }
    let large = [("x".to_owned(), json("x".repeat(70_000)))].into();
    assert!(matches!(rig.try_live_open(large), Err(LiveError::TooLarge { .. })));
}

#[test]
fn groups_do_not_disturb_each_other() {
    let mut rig = Rig::open();
    let a = rig.live_open(model([("x", 1)]));
    let b = rig.live_open(model([("x", 1)]));
    let patches = rig.take().patches();
    assert_eq!(patches.len(), 2);
    assert_ne!(patches[0].group, patches[1].group);
    rig.serve([ack(&patches[1], "b")]);
    assert_eq!(rig.take().results, [(b, Ok(json("b")))]);
    assert!(rig.status(a).pending && !rig.status(b).pending);
}

#[test]
fn status_changes_are_told_once_per_turn() {
    let (mut rig, mut peer, group) = open_group();
    rig.take();
    for n in 0..10 {
        rig.set(group, model([("x", n)]));
    }
    let seen = rig.take();
    assert_eq!(seen.changed, [group]);
    peer.receive(&seen);
    rig.serve([peer.answer()]);
    assert_eq!(rig.take().changed, [group]);
}

/// A million inputs in one gesture leave the client as small as it was.
#[test]
fn memory_does_not_grow_with_the_input() {
    let (mut rig, _, group) = open_group();
    rig.begin(group);
    // A window that cannot grow any more, as the server does not answer.
    let mut size_at = |inputs: std::ops::Range<i64>| {
        for n in inputs {
            rig.set(group, model([("x", n)]));
            if n % 1000 == 0 {
                rig.take();
                rig.now += ms(1);
            }
        }
        assert!(rig.status(group).in_flight <= 64);
        format!("{:?}", rig.client).len()
    };
    let (few, many) = (size_at(100_000..110_000), size_at(110_000..1_110_000));
    assert!(many < few + 1000, "{few} bytes of state when written out, and then {many}");
}
