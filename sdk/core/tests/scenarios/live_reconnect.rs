//! Live input across connections: nothing final is lost, nothing old is shown.

use fader_core::{GroupId, Holder, Input, Lifecycle};
use fader_protocol::{LivePatch, Phase};

use crate::support::{LivePeer, Rig, as_result, last_result, model, ms, s};

fn open_group() -> (Rig, LivePeer, GroupId) {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 0), ("y", 0)]));
    let mut peer = LivePeer::default();
    peer.settle(&mut rig);
    (rig, peer, group)
}

/// The connection is lost and comes back; gives what leaves at once then.
fn reconnect(rig: &mut Rig) -> Vec<LivePatch<fader_core::RawPayload>> {
    rig.cut();
    rig.take();
    rig.reconnect();
    rig.take().patches()
}

#[test]
fn a_new_connection_begins_an_epoch_with_the_whole_model() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 3)]));
    peer.settle(&mut rig);
    let patches = reconnect(&mut rig);
    assert_eq!(patches.len(), 1);
    assert_eq!((patches[0].epoch, patches[0].seq), (2, 1));
    assert_eq!(patches[0].patch, model([("x", 3), ("y", 0)]));
    assert_eq!(patches[0].phase, Phase::Preview, "nothing new is final");
}

#[test]
fn what_is_set_without_a_connection_is_shown_after_it_is_back() {
    let (mut rig, mut peer, group) = open_group();
    rig.cut();
    for n in 0..1000 {
        rig.set(group, model([("x", n)]));
    }
    assert!(rig.take().messages.is_empty());
    assert!(rig.status(group).pending);
    rig.reconnect();
    let seen = peer.settle(&mut rig);
    let sent: usize = seen.iter().map(|seen| seen.patches().len()).sum();
    assert!(sent <= 2, "{sent} patches for a thousand inputs");
    assert_eq!(last_result(&seen, group), Some(as_result(&model([("x", 999), ("y", 0)]))));
    assert!(!rig.status(group).pending);
}

#[test]
fn an_unanswered_commit_is_sent_again_with_its_id_and_then_what_came_after_it() {
    let (mut rig, mut peer, group) = open_group();
    rig.begin(group);
    rig.set(group, model([("x", 5)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let id = peer.patches.last().and_then(|patch| patch.commit);
    assert!(id.is_some());
    rig.begin(group);
    rig.set(group, model([("y", 8)]));
    peer.receive(&rig.take());

    rig.cut();
    rig.reconnect();
    let seen = rig.take();
    let first = seen.patches().remove(0);
    assert_eq!((first.phase, first.commit), (Phase::Commit, id));
    assert_eq!(first.patch, model([("x", 5), ("y", 0)]), "the values that were committed");
    peer.receive(&seen);
    rig.serve([peer.answer()]);
    let seen = peer.settle(&mut rig);
    assert_eq!(last_result(&seen, group), Some(as_result(&model([("x", 5), ("y", 8)]))));
    assert_eq!(peer.commits.len(), 1);
}

#[test]
fn an_unanswered_commit_is_sent_at_each_reconnect_until_it_is_answered() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 5)]));
    rig.commit(group);
    peer.receive(&rig.take());
    for _ in 0..3 {
        rig.cut();
        rig.reconnect();
        peer.receive(&rig.take());
        assert_eq!(peer.patches.last().and_then(|patch| patch.commit), Some(1));
    }
    rig.serve([peer.answer()]);
    let patches = reconnect(&mut rig);
    assert_eq!(patches[0].commit, None, "it is answered");
}

#[test]
fn a_commit_made_without_a_connection_is_sent_as_one_when_it_is_back() {
    let (mut rig, mut peer, group) = open_group();
    rig.cut();
    rig.begin(group);
    rig.set(group, model([("x", 1)]));
    rig.set(group, model([("x", 2)]));
    rig.commit(group);
    rig.reconnect();
    peer.settle(&mut rig);
    let expected = [(1, (Phase::Commit, model([("x", 2), ("y", 0)])))];
    assert_eq!(peer.commits, expected.into());
}

#[test]
fn a_cancel_without_a_connection_restores_and_is_told() {
    let (mut rig, mut peer, group) = open_group();
    rig.begin(group);
    rig.set(group, model([("x", 1)]));
    peer.settle(&mut rig);
    rig.cut();
    rig.set(group, model([("x", 2)]));
    assert!(rig.client.live_cancel(rig.now, group, Holder::APP).is_some());
    rig.reconnect();
    let seen = peer.settle(&mut rig);
    let before = model([("x", 0), ("y", 0)]);
    assert_eq!(peer.commits.values().last(), Some(&(Phase::Cancel, before.clone())));
    assert_eq!(last_result(&seen, group), Some(as_result(&before)));
}

#[test]
fn a_gesture_goes_on_across_a_reconnect_and_ends_in_one_commit() {
    let (mut rig, mut peer, group) = open_group();
    rig.begin(group);
    rig.set(group, model([("x", 1)]));
    peer.settle(&mut rig);
    rig.cut();
    rig.set(group, model([("x", 2)]));
    rig.reconnect();
    peer.settle(&mut rig);
    assert!(rig.status(group).gesture && peer.commits.is_empty());
    rig.set(group, model([("x", 3)]));
    rig.commit(group);
    peer.settle(&mut rig);
    assert_eq!(
        peer.commits.values().cloned().collect::<Vec<_>>(),
        [(Phase::Commit, model([("x", 3), ("y", 0)]))]
    );
}

#[test]
fn answers_to_the_epoch_before_are_counted_and_not_shown() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let old = peer.answer();
    peer.receive(&{
        rig.cut();
        rig.reconnect();
        rig.take()
    });
    let stale = rig.status(group).counters.stale;
    rig.serve([old]);
    let seen = rig.take();
    assert!(seen.results.is_empty());
    assert_eq!(rig.status(group).counters.stale, stale + 1);
    assert!(rig.status(group).pending);
    rig.serve([peer.answer()]);
    assert_eq!(rig.take().results.len(), 1);
}

#[test]
fn losing_the_connection_in_the_turn_of_the_input_loses_nothing() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    // Not drained: the patch never leaves.
    rig.cut();
    rig.reconnect();
    let seen = peer.settle(&mut rig);
    assert_eq!(last_result(&seen, group), Some(as_result(&model([("x", 1), ("y", 0)]))));
    assert_eq!(peer.commits.len(), 1);
}

#[test]
fn staleness_goes_on_counting_across_a_reconnect() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let set_at = rig.now;
    rig.cut();
    rig.reconnect();
    rig.advance(ms(10));
    assert_eq!(rig.status(group).staleness, rig.now - set_at);
}

#[test]
fn a_group_opened_without_a_connection_is_opened_when_it_is_there() {
    let mut rig = Rig::new();
    let group = rig.live_open(model([("x", 1)]));
    rig.set(group, model([("x", 2)]));
    rig.advance(s(5));
    assert!(rig.take().messages.is_empty());
    rig.input(Input::Connect);
    rig.accept();
    let mut peer = LivePeer::default();
    let seen = peer.settle(&mut rig);
    assert_eq!(last_result(&seen, group), Some(as_result(&model([("x", 2)]))));
}

#[test]
fn the_final_value_is_shown_after_any_number_of_cuts() {
    let (mut rig, mut peer, group) = open_group();
    rig.begin(group);
    let mut seen = Vec::new();
    for n in 0..40 {
        rig.set(group, model([("x", n)]));
        rig.advance(ms(20));
        if n % 3 == 0 {
            peer.receive(&rig.take());
            rig.cut();
            rig.lifecycle(Lifecycle::Online);
            rig.advance(s(6));
            rig.accept();
        }
    }
    rig.commit(group);
    seen.extend(peer.settle(&mut rig));
    assert_eq!(last_result(&seen, group), Some(as_result(&model([("x", 39), ("y", 0)]))));
}
