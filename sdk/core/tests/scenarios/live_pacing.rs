//! How often patches leave, under each policy.

use std::time::Duration;

use fader_core::{GroupId, Instant, Policy};
use fader_protocol::Phase;

use crate::support::{LivePeer, Rig, Seen, as_result, json, last_result, model, ms, s};

/// One animation frame, rounded down.
const FRAME: Duration = Duration::from_micros(16_666);

fn open_group(policy: Policy) -> (Rig, LivePeer, GroupId) {
    let mut rig = Rig::open();
    let group = rig
        .client
        .live_open(rig.now, "group", model([("x", 0), ("y", 0)]), policy)
        .expect("a group");
    let mut peer = LivePeer::default();
    peer.settle(&mut rig);
    (rig, peer, group)
}

fn previews(seen: &[Seen]) -> usize {
    seen.iter().flat_map(Seen::patches).filter(|patch| patch.phase == Phase::Preview).count()
}

fn commits(seen: &[Seen]) -> usize {
    seen.iter().flat_map(Seen::patches).filter(|patch| patch.phase == Phase::Commit).count()
}

/// Drags for two seconds with an input each millisecond, lets go, and waits;
/// gives what the client did during the drag, and the instants at which patches left.
fn drag(
    rig: &mut Rig,
    peer: &mut LivePeer,
    group: GroupId,
    service: Duration,
) -> (Vec<Seen>, Vec<Instant>) {
    rig.begin(group);
    let start = rig.trace.len();
    let during = peer.work(rig, s(2), service, |rig, n| {
        rig.set(group, model([("x", i64::try_from(n).expect("small"))]));
    });
    let departures = rig.trace[start..]
        .iter()
        .filter(|(_, output)| {
            matches!(output, fader_core::Output::Send { message, .. } if message.text().is_some_and(|text| text.contains("[20,")))
        })
        .map(|(at, _)| *at)
        .collect();
    rig.commit(group);
    let after = peer.work(rig, s(2), service, |_, _| {});
    let shown = last_result(&after, group);
    assert_eq!(shown, Some(as_result(&model([("x", 1999), ("y", 0)]))), "the final value");
    assert_eq!(commits(&after), 1, "one gesture is one commit");
    (during, departures)
}

#[test]
fn every_policy_shows_the_final_value_and_ends_a_gesture_in_one_commit() {
    for policy in [
        Policy::Adaptive,
        Policy::EveryFrame,
        Policy::Throttle(ms(50)),
        Policy::Throttle(Duration::MAX),
        Policy::Debounce(ms(100)),
        Policy::Debounce(Duration::MAX),
        Policy::OnCommit,
    ] {
        for service in [ms(0), ms(30), ms(400)] {
            let (mut rig, mut peer, group) = open_group(policy);
            drag(&mut rig, &mut peer, group, service);
        }
    }
}

#[test]
fn no_two_previews_leave_within_one_frame() {
    for policy in [Policy::Adaptive, Policy::EveryFrame, Policy::Throttle(ms(1))] {
        for service in [ms(0), ms(1), ms(20), ms(200)] {
            let (mut rig, mut peer, group) = open_group(policy);
            let (_, departures) = drag(&mut rig, &mut peer, group, service);
            for pair in departures.windows(2) {
                assert!(pair[1] - pair[0] >= FRAME, "{policy:?}, {service:?}: {pair:?}");
            }
        }
    }
}

#[test]
fn a_fast_server_gets_a_patch_in_every_frame() {
    for policy in [Policy::Adaptive, Policy::EveryFrame] {
        let (mut rig, mut peer, group) = open_group(policy);
        let (during, _) = drag(&mut rig, &mut peer, group, ms(0));
        // With inputs a millisecond apart, a patch leaves up to 1 ms after its frame.
        assert!((100..=121).contains(&previews(&during)), "{policy:?}: {}", previews(&during));
    }
}

#[test]
fn a_slow_server_gets_about_one_patch_for_each_job() {
    for service in [ms(50), ms(100), ms(300)] {
        let (mut rig, mut peer, group) = open_group(Policy::Adaptive);
        drag(&mut rig, &mut peer, group, service);
        let (during, _) = drag(&mut rig, &mut peer, group, service);
        let bound = 2.0 * (1.3 / service.as_secs_f64() + 5.0) + 1.0;
        let sent = previews(&during);
        assert!(sent as f64 <= bound, "{service:?}: {sent} patches, at most {bound:.1}");
        let least = 2.0 / service.as_secs_f64() * 0.7;
        assert!(sent as f64 >= least, "{service:?}: {sent} patches, at least {least:.1}");
    }
}

#[test]
fn the_first_preview_leaves_at_once() {
    for policy in [Policy::Adaptive, Policy::EveryFrame, Policy::Throttle(ms(50))] {
        let (mut rig, _, group) = open_group(policy);
        rig.begin(group);
        rig.set(group, model([("x", 1)]));
        assert_eq!(rig.take().patches().len(), 1, "{policy:?}");
    }
}

#[test]
fn throttle_sends_one_in_each_interval_and_the_newest_at_its_end() {
    let (mut rig, mut peer, group) = open_group(Policy::Throttle(ms(100)));
    let (during, departures) = drag(&mut rig, &mut peer, group, ms(0));
    assert!((19..=21).contains(&previews(&during)), "{}", previews(&during));
    assert!(departures.windows(2).all(|pair| pair[1] - pair[0] >= ms(100)));

    rig.begin(group);
    rig.set(group, model([("x", 1)]));
    rig.advance(ms(10));
    rig.set(group, model([("x", 2)]));
    rig.advance(ms(30));
    rig.set(group, model([("x", 3)]));
    rig.take();
    rig.advance(ms(70));
    assert_eq!(rig.take().patches()[0].patch.get("x"), Some(&json(3)));
}

#[test]
fn debounce_waits_for_a_pause() {
    let (mut rig, mut peer, group) = open_group(Policy::Debounce(ms(100)));
    let (during, _) = drag(&mut rig, &mut peer, group, ms(0));
    assert_eq!(previews(&during), 0, "there was no pause");

    rig.begin(group);
    rig.set(group, model([("x", 1)]));
    rig.advance(ms(99));
    assert!(rig.take().patches().is_empty());
    rig.advance(ms(1));
    assert_eq!(rig.take().patches().len(), 1);
}

#[test]
fn on_commit_sends_no_previews() {
    let (mut rig, mut peer, group) = open_group(Policy::OnCommit);
    let (during, _) = drag(&mut rig, &mut peer, group, ms(0));
    assert_eq!(previews(&during), 0);
}

#[test]
fn what_is_in_flight_is_bounded_under_every_policy() {
    for policy in [Policy::Adaptive, Policy::EveryFrame, Policy::Throttle(ms(1))] {
        let (mut rig, _, group) = open_group(policy);
        for n in 0..5000 {
            if n % 10 == 0 {
                rig.begin(group);
            }
            rig.set(group, model([("x", n)]));
            if n % 10 == 9 {
                rig.commit(group);
            }
            rig.advance(ms(1));
            assert!(rig.status(group).in_flight <= 64, "{policy:?}");
        }
    }
}
