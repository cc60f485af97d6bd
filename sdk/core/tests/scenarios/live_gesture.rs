//! Gestures: where they begin, and how they end.

use fader_core::{GroupId, Holder, Input};
use fader_protocol::{ClientFrame, Phase, code};

use crate::support::{LivePeer, Rig, ack, as_result, json, last_result, model, ms, s};

/// An open client with a group whose first result is shown.
fn open_group() -> (Rig, LivePeer, GroupId) {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 0), ("y", 0)]));
    let mut peer = LivePeer::default();
    peer.settle(&mut rig);
    assert!(!rig.status(group).pending);
    (rig, peer, group)
}

#[test]
fn a_commit_leaves_at_once_however_much_is_unanswered() {
    let (mut rig, _, group) = open_group();
    rig.begin(group);
    for n in 1..=10 {
        rig.set(group, model([("x", n)]));
        rig.advance(ms(7));
    }
    rig.set(group, model([("x", 99)]));
    rig.take();
    rig.commit(group);
    let patches = rig.take().patches();
    assert_eq!(patches.len(), 1);
    assert_eq!(patches[0].phase, Phase::Commit);
    assert!(patches[0].commit.is_some());
    assert_eq!(patches[0].patch.get("x"), Some(&json(99)));
}

#[test]
fn one_gesture_is_one_commit_however_many_events_end_it() {
    let (mut rig, mut peer, group) = open_group();
    for gesture in 1..=5 {
        rig.begin(group);
        rig.begin(group);
        for n in 0..20 {
            rig.set(group, model([("x", gesture * 100 + n)]));
            rig.advance(ms(30));
        }
        rig.commit(group);
        rig.commit(group);
        rig.drain();
        rig.commit(group);
        peer.settle(&mut rig);
    }
    let ends: Vec<_> = peer.commits.values().cloned().collect();
    let expected = |n: i64| (Phase::Commit, model([("x", n * 100 + 19), ("y", 0)]));
    assert_eq!(ends, (1..=5).map(expected).collect::<Vec<_>>());
}

#[test]
fn a_commit_of_nothing_sends_nothing() {
    let (mut rig, _, group) = open_group();
    rig.take();
    rig.commit(group);
    rig.begin(group);
    rig.commit(group);
    rig.advance(s(5));
    assert!(rig.take().frames.is_empty());
}

#[test]
fn a_held_control_commits_nothing_by_itself() {
    let (mut rig, mut peer, group) = open_group();
    rig.begin(group);
    rig.set(group, model([("x", 1)]));
    peer.settle(&mut rig);
    rig.advance(s(10));
    rig.set(group, model([("x", 2)]));
    peer.settle(&mut rig);
    assert!(peer.commits.is_empty(), "{:?}", peer.commits);
    assert!(rig.status(group).gesture);
    rig.commit(group);
    peer.settle(&mut rig);
    assert_eq!(peer.commits.len(), 1);
    assert!(!rig.status(group).gesture);
}

#[test]
fn a_value_set_without_a_gesture_becomes_final_by_itself_once() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    peer.receive(&rig.take());
    rig.serve([peer.answer()]);
    assert!(rig.status(group).pending, "the commit is still to come");
    peer.settle(&mut rig);
    let expected = [(1, (Phase::Commit, model([("x", 1), ("y", 0)])))];
    assert_eq!(peer.commits, expected.into());
    rig.advance(s(5));
    peer.settle(&mut rig);
    assert_eq!(peer.commits.len(), 1);
}

#[test]
fn cancel_restores_what_was_before_the_gesture() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 7)]));
    rig.commit(group);
    peer.settle(&mut rig);
    rig.begin(group);
    for n in 0..10 {
        rig.set(group, model([("x", 100 + n), ("y", n)]));
        rig.advance(ms(20));
    }
    peer.settle(&mut rig);
    assert!(rig.client.live_cancel(rig.now, group, Holder::APP).is_some());
    let seen = peer.settle(&mut rig);
    let before = model([("x", 7), ("y", 0)]);
    assert_eq!(peer.model, before);
    assert_eq!(peer.commits.values().last(), Some(&(Phase::Cancel, before.clone())));
    assert_eq!(last_result(&seen, group), Some(as_result(&before)));
    assert_eq!(
        rig.client.live_cancel(rig.now, group, Holder::APP),
        None,
        "there is no gesture any more"
    );
}

#[test]
fn cancelling_a_gesture_that_set_nothing_sends_nothing() {
    let (mut rig, _, group) = open_group();
    rig.begin(group);
    rig.take();
    assert!(rig.client.live_cancel(rig.now, group, Holder::APP).is_some());
    rig.advance(s(5));
    assert!(rig.take().frames.is_empty());
}

#[test]
fn closing_commits_what_the_group_holds_and_tells_the_server() {
    let (mut rig, mut peer, group) = open_group();
    rig.begin(group);
    rig.set(group, model([("x", 5)]));
    rig.client.live_close(rig.now, group);
    let seen = rig.take();
    peer.receive(&seen);
    assert_eq!(peer.commits.values().last(), Some(&(Phase::Commit, model([("x", 5), ("y", 0)]))));
    let id = peer.patches[0].group;
    assert!(!seen.frames.contains(&ClientFrame::LiveClose { group: id }));

    assert_eq!(rig.client.live_status(rig.now, group), None);
    rig.serve([peer.answer()]);
    let seen = rig.take();
    assert_eq!(seen.frames, [ClientFrame::LiveClose { group: id }]);
    assert!(seen.results.is_empty() && seen.changed.is_empty());
    rig.client.live_close(rig.now, group);
    rig.advance(s(20));
    let seen = rig.take();
    assert!(seen.results.is_empty() && seen.changed.is_empty() && seen.frames.is_empty());
    let again = rig.live_open(model([("x", 1)]));
    assert_ne!(again, group, "an id is not used twice");
}

#[test]
fn a_group_closed_while_not_connected_is_committed_and_closed_once_there_is_a_connection() {
    let mut rig = Rig::new();
    let group = rig.live_open(model([("x", 1)]));
    rig.set(group, model([("x", 2)]));
    rig.client.live_close(rig.now, group);
    assert_eq!(rig.client.live_status(rig.now, group), None);
    rig.input(Input::Connect);
    rig.accept();
    let seen = rig.take();
    let [patch] = &seen.patches()[..] else { panic!("not one patch: {seen:?}") };
    assert_eq!((patch.phase, &patch.patch), (Phase::Commit, &model([("x", 2)])));
    rig.serve([ack(patch, "late")]);
    rig.advance(s(20));
    let seen = rig.take();
    assert_eq!(seen.frames, [ClientFrame::LiveClose { group: patch.group }]);
    assert!(seen.results.is_empty());
}

/// The commit was under way when the connection broke.
#[test]
fn what_a_closed_group_committed_is_sent_again_until_it_is_answered() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 5)]));
    rig.client.live_close(rig.now, group);
    peer.receive(&rig.take());
    for _ in 0..3 {
        rig.cut();
        rig.resume(0);
        let seen = rig.take();
        assert!(seen.patches().iter().any(|patch| patch.phase == Phase::Commit));
        peer.receive(&seen);
    }
    assert_eq!(peer.commits.len(), 1, "the same commit each time");
    // A server that does not answer is asked again, too.
    rig.advance(s(5));
    let seen = rig.take();
    assert!(!seen.patches().is_empty() && !seen.pings.is_empty());
    peer.receive(&seen);
    rig.serve([peer.answer()]);
    assert_eq!(rig.take().frames, [ClientFrame::LiveClose { group: peer.patches[0].group }]);
}

#[test]
fn a_group_closed_while_not_connected_and_unchanged_is_never_heard_of() {
    let mut rig = Rig::new();
    let group = rig.live_open(model([("x", 1)]));
    rig.client.live_close(rig.now, group);
    rig.input(Input::Connect);
    rig.accept();
    assert!(rig.take().frames.is_empty());
}

#[test]
fn a_model_that_the_next_server_does_not_take_is_refused_until_it_is_smaller() {
    let mut rig = Rig::new();
    let large = [("x".to_owned(), json("x".repeat(3000)))].into();
    let group = rig.live_open(large);
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.welcome(1024);
    let seen = rig.take();
    let [(refused, Err(rejection))] = &seen.results[..] else { panic!("{:?}", seen.results) };
    assert_eq!((*refused, rejection.code.as_str()), (group, code::TOO_LARGE));
    assert_eq!(rig.status(group).error.as_ref(), Some(rejection));
    rig.advance(s(20));
    assert!(rig.take().patches().is_empty());

    rig.set(group, model([("x", 1)]));
    let seen = rig.take();
    assert_eq!(seen.patches()[0].patch, model([("x", 1)]));
}
