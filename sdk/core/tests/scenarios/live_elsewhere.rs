//! Coarse results, and values that did not come from this client.

use fader_core::{GroupId, Holder, Policy, RawPayload};
use fader_protocol::{LivePush, ServerFrame};

use crate::support::{LivePeer, Rig, as_result, json, last_result, model, ms, s};

fn open_group() -> (Rig, LivePeer, GroupId) {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 0), ("y", 0)]));
    let mut peer = LivePeer::default();
    peer.settle(&mut rig);
    (rig, peer, group)
}

/// Values from elsewhere, taken by a server that has all that was sent to it.
fn push<const N: usize>(peer: &mut LivePeer, keys: [(&str, i64); N]) -> ServerFrame<RawPayload> {
    let newest = peer.patches.last().expect("an open group");
    peer.model.extend(model(keys));
    ServerFrame::LivePush(LivePush {
        group: newest.group,
        epoch: newest.epoch,
        seq: newest.seq,
        patch: model(keys),
    })
}

fn partial(peer: &LivePeer, result: &str) -> ServerFrame<RawPayload> {
    let newest = peer.patches.last().expect("a patch");
    ServerFrame::LivePartial {
        group: newest.group,
        epoch: newest.epoch,
        seq: newest.seq,
        result: json(result),
    }
}

#[test]
fn a_coarse_result_is_shown_until_the_full_one_comes() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    rig.serve([partial(&peer, "coarse")]);
    let seen = rig.take();
    assert_eq!(seen.partials, [(group, Ok(json("coarse")))]);
    assert!(seen.results.is_empty());
    let status = rig.status(group);
    assert!(status.partial && status.pending, "it answers nothing");
    rig.serve([peer.answer()]);
    let status = rig.status(group);
    assert!(!status.partial && !status.pending);
    assert_eq!(rig.take().results.len(), 1);
}

#[test]
fn a_coarse_result_is_not_shown_over_a_newer_answer_nor_an_answer_over_a_newer_coarse_result() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let (coarse, full) = (partial(&peer, "coarse"), peer.answer());
    rig.set(group, model([("x", 2)]));
    rig.commit(group);
    peer.receive(&rig.take());
    rig.serve([partial(&peer, "newer")]);
    rig.take();
    rig.serve([coarse, full]);
    let seen = rig.take();
    assert!(seen.partials.is_empty() && seen.results.is_empty(), "{seen:?}");
    rig.serve([peer.answer()]);
    assert_eq!(rig.take().results.len(), 1);
    rig.serve([partial(&peer, "late")]);
    assert!(rig.take().partials.is_empty());
}

#[test]
fn values_from_elsewhere_are_shown_and_a_result_for_them_is_asked_for() {
    let (mut rig, mut peer, group) = open_group();
    let pushed = push(&mut peer, [("x", 9)]);
    rig.serve([pushed]);
    let seen = rig.take();
    assert_eq!(seen.pushed, [(group, model([("x", 9)]))]);
    peer.receive(&seen);
    assert!(seen.patches().iter().all(|patch| patch.patch.is_empty()), "the server has them");
    rig.set(group, model([("y", 1)]));
    let after = peer.settle(&mut rig);
    assert_eq!(last_result(&after, group), Some(as_result(&model([("x", 9), ("y", 1)]))));
}

#[test]
fn a_held_key_is_not_moved_before_it_is_let_go() {
    let (mut rig, mut peer, group) = open_group();
    rig.client.live_begin(rig.now, group, Holder::APP, &["x"], None).expect("begin");
    let pushed = push(&mut peer, [("x", 9), ("y", 8)]);
    rig.serve([pushed]);
    assert_eq!(rig.take().pushed, [(group, model([("y", 8)]))], "y is not held");
    rig.commit(group);
    assert_eq!(rig.take().pushed, [(group, model([("x", 9)]))], "nothing was set in between");
}

#[test]
fn a_change_of_ours_that_the_server_took_later_replaces_a_value_from_elsewhere() {
    let (mut rig, mut peer, group) = open_group();
    let pushed = push(&mut peer, [("x", 9)]);
    // On its way to the server when the server took the other value.
    rig.set(group, model([("x", 5)]));
    peer.receive(&rig.take());
    rig.serve([pushed]);
    let seen = peer.settle(&mut rig);
    rig.advance(s(1));
    assert!(seen.iter().all(|seen| seen.pushed.is_empty()));
    assert_eq!(peer.model, model([("x", 5), ("y", 0)]));
}

#[test]
fn a_value_from_elsewhere_that_the_server_took_after_ours_waits_for_the_answer() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 5)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let pushed = push(&mut peer, [("x", 9)]);
    rig.serve([pushed]);
    assert!(rig.take().pushed.is_empty(), "ours is not answered");
    rig.serve([peer.answer()]);
    assert_eq!(rig.take().pushed, [(group, model([("x", 9)]))]);
}

#[test]
fn values_for_keys_epochs_and_groups_that_are_not_there_are_ignored() {
    let (mut rig, mut peer, group) = open_group();
    rig.cut();
    rig.reconnect();
    peer.settle(&mut rig);
    rig.take();
    for (id, epoch, seq) in [(1, 1, 1), (1, 3, 1), (1, 2, 99), (77, 2, 1)] {
        let patch = model([("x", 9)]);
        rig.serve([ServerFrame::LivePush(LivePush { group: id, epoch, seq, patch })]);
        assert!(rig.take().pushed.is_empty(), "{id} {epoch} {seq}");
    }
    let pushed = push(&mut peer, [("unknown", 9)]);
    rig.serve([pushed]);
    rig.advance(ms(100));
    let seen = rig.take();
    assert!(seen.pushed.is_empty() && seen.patches().is_empty());
    assert!(!rig.status(group).pending);
}

#[test]
fn cancelling_a_gesture_keeps_what_came_from_elsewhere_meanwhile() {
    let (mut rig, mut peer, group) = open_group();
    rig.client.live_begin(rig.now, group, Holder::APP, &["x"], None).expect("begin");
    rig.set(group, model([("x", 1)]));
    peer.settle(&mut rig);
    let pushed = push(&mut peer, [("y", 8)]);
    rig.serve([pushed]);
    peer.settle(&mut rig);
    rig.client.live_cancel(rig.now, group, Holder::APP);
    peer.settle(&mut rig);
    assert_eq!(peer.model, model([("x", 0), ("y", 8)]));
}

/// What was committed may be sent again, and what came from elsewhere since must
/// not be undone by it.
#[test]
fn a_commit_that_is_sent_again_keeps_what_came_from_elsewhere_after_it() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let pushed = push(&mut peer, [("y", 8)]);
    rig.serve([pushed]);
    assert_eq!(rig.take().pushed, [(group, model([("y", 8)]))]);
    rig.cut();
    rig.reconnect();
    let seen = rig.take();
    assert_eq!(seen.patches()[0].patch, model([("x", 1), ("y", 8)]));
}

#[test]
fn what_is_sent_to_a_silent_server_again_undoes_nothing_from_elsewhere() {
    let (mut rig, mut peer, group) = open_group();
    rig.client.live_begin(rig.now, group, Holder::APP, &["y"], None).expect("begin");
    rig.set(group, model([("x", 1)]));
    peer.receive(&rig.take());
    // It waits, because y is held.
    let pushed = push(&mut peer, [("y", 8)]);
    rig.serve([pushed]);
    rig.advance(s(2));
    peer.receive(&rig.take());
    assert!(rig.status(group).stalled);
    rig.serve([peer.answer()]);
    rig.commit(group);
    peer.settle(&mut rig);
    assert_eq!(peer.model, model([("x", 1), ("y", 8)]));
}

#[test]
fn cancelling_a_gesture_tells_only_what_was_set_in_it() {
    let (mut rig, mut peer, group) = open_group();
    rig.begin(group);
    rig.set(group, model([("x", 1)]));
    peer.settle(&mut rig);
    // It waits, because all keys are held.
    let pushed = push(&mut peer, [("y", 8)]);
    rig.serve([pushed]);
    rig.client.live_cancel(rig.now, group, Holder::APP);
    peer.settle(&mut rig);
    assert_eq!(peer.model, model([("x", 0), ("y", 8)]));
}

#[test]
fn values_from_elsewhere_get_a_result_under_policies_that_wait_for_the_end_of_input() {
    for policy in [Policy::Debounce(s(1)), Policy::OnCommit] {
        let mut rig = Rig::open();
        let group = rig.client.live_open(rig.now, "group", model([("x", 0)]), policy);
        let group = group.expect("a group");
        let mut peer = LivePeer::default();
        peer.settle(&mut rig);
        let pushed = push(&mut peer, [("x", 9)]);
        rig.serve([pushed]);
        rig.advance(ms(20));
        let after = peer.settle(&mut rig);
        assert_eq!(last_result(&after, group), Some(as_result(&model([("x", 9)]))), "{policy:?}");
    }
}
