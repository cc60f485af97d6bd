//! A server that is there and does not answer for a live group.

use fader_core::GroupId;

use crate::support::{LivePeer, Rig, as_result, last_result, model, ms, s};

fn open_group() -> (Rig, LivePeer, GroupId) {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 0), ("y", 0)]));
    let mut peer = LivePeer::default();
    peer.settle(&mut rig);
    (rig, peer, group)
}

#[test]
fn a_second_without_an_answer_is_a_stall_and_what_it_misses_is_sent_again() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    rig.advance(s(1) - ms(1));
    assert!(!rig.status(group).stalled);
    assert!(rig.take().patches().is_empty());
    rig.advance(ms(1));
    assert!(rig.status(group).stalled);
    let seen = rig.take();
    assert_eq!(seen.patches().len(), 1);
    assert_eq!(seen.patches()[0].patch, model([("x", 1)]), "the other may have changed elsewhere");
    assert_eq!(seen.changed, [group]);
    assert!(rig.status(group).counters.resent > 0);
}

#[test]
fn a_stall_makes_the_client_ask_whether_the_server_is_there() {
    let (mut rig, _, group) = open_group();
    rig.advance(s(5));
    rig.pongs = false;
    rig.set(group, model([("x", 1)]));
    rig.take();
    rig.advance(s(1));
    assert_eq!(rig.take().pings.len(), 1);
    rig.advance(s(3));
    assert_eq!(rig.take().hang_ups.len(), 1, "it is not");
}

#[test]
fn an_answer_ends_the_stall_and_the_newest_value_is_shown() {
    let (mut rig, mut peer, group) = open_group();
    rig.begin(group);
    for n in 0..200 {
        rig.set(group, model([("x", n)]));
        rig.advance(ms(50));
    }
    rig.commit(group);
    peer.receive(&rig.take());
    assert!(rig.status(group).stalled);
    rig.serve([peer.answer()]);
    let seen = peer.settle(&mut rig);
    let status = rig.status(group);
    assert!(!status.stalled && !status.pending);
    let shown = last_result(&seen, group).or_else(|| last_result(&[rig.take()], group));
    assert_eq!(shown, Some(as_result(&model([("x", 199), ("y", 0)]))));
}

#[test]
fn a_server_that_hangs_costs_few_patches_and_is_never_given_up() {
    let (mut rig, _, group) = open_group();
    rig.begin(group);
    let mut patches = Vec::new();
    for minutes in [1, 10, 60] {
        for n in 0..minutes * 60 {
            rig.set(group, model([("x", n)]));
            rig.advance(s(1));
        }
        patches.push(rig.take().patches().len());
    }
    // Doubling from one second to one a minute.
    assert!(patches[0] <= 8, "{patches:?}");
    assert!((8..=12).contains(&patches[1]), "{patches:?}");
    assert!((58..=62).contains(&patches[2]), "{patches:?}");
}

#[test]
fn a_slow_handler_is_not_mistaken_for_a_stall_once_it_is_known() {
    let (mut rig, mut peer, group) = open_group();
    // The first slow answer is a surprise.
    rig.set(group, model([("x", 1)]));
    peer.work(&mut rig, s(8), s(3), |_, _| {});
    assert!(!rig.status(group).stalled);
    let resent = rig.status(group).counters.resent;
    for n in 0..5 {
        rig.set(group, model([("x", n)]));
        peer.work(&mut rig, s(8), s(3), |rig, _| assert!(!rig.status(group).stalled));
    }
    assert_eq!(rig.status(group).counters.resent, resent);
}

#[test]
fn answers_that_come_after_the_resend_show_nothing_twice() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    let late = peer.answer();
    rig.advance(s(1));
    peer.receive(&rig.take());
    rig.serve([late.clone(), late, peer.answer(), peer.answer()]);
    let seen = rig.take();
    assert_eq!(seen.results.len(), 2, "one for each patch");
    assert!(!rig.status(group).pending);
}

/// The connection is the same, so the server has the commit already, and what
/// was set after it: to send the old values again would show them again.
#[test]
fn a_stall_does_not_bring_an_older_value_back() {
    let (mut rig, mut peer, group) = open_group();
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    peer.receive(&rig.take());
    rig.begin(group);
    rig.advance(ms(50));
    rig.set(group, model([("x", 5)]));
    rig.advance(ms(50));
    peer.receive(&rig.take());
    assert_eq!(peer.model, model([("x", 5), ("y", 0)]));
    // A slow job answers both, just after the client has sent again what it misses.
    let slow = peer.answer();
    rig.advance(s(2));
    peer.receive(&rig.take());
    rig.serve([slow]);
    assert_eq!(rig.take().results, [(group, Ok(as_result(&model([("x", 5), ("y", 0)]))))]);
    rig.serve([peer.answer()]);
    let shown = peer.settle(&mut rig).into_iter().flat_map(|seen| seen.results);
    for (_, result) in shown {
        assert_eq!(result, Ok(as_result(&model([("x", 5), ("y", 0)]))));
    }
}
