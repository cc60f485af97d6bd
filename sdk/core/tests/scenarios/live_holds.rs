//! Who holds which keys of a group: the app and several controls, and how each hold ends.

use std::collections::BTreeMap;
use std::time::Duration;

use fader_core::{GroupId, Holder};
use fader_protocol::{LivePush, Phase, ServerFrame};

use crate::support::{LivePeer, Rig, json, model, ms};

const QUIET: Duration = Duration::from_millis(500);
const SLIDER: Holder = Holder::control(0);
const FIELD: Holder = Holder::control(1);

struct Bench {
    rig: Rig,
    peer: LivePeer,
    group: GroupId,
}

impl Bench {
    /// An open group whose first result is shown.
    fn new() -> Self {
        let mut rig = Rig::open();
        let group = rig.live_open(model([("x", 0), ("y", 0)]));
        let mut peer = LivePeer::default();
        peer.settle(&mut rig);
        Self { rig, peer, group }
    }

    fn hold(&mut self, holder: Holder, keys: &[&str], quiet: Option<Duration>) {
        self.rig
            .client
            .live_begin(self.rig.now, self.group, holder, keys, quiet)
            .expect("known keys");
    }

    fn set(&mut self, key: &str, value: i64) {
        self.rig.set(self.group, model([(key, value)]));
    }

    fn commit(&mut self, holder: Holder) {
        self.rig.client.live_commit(self.rig.now, self.group, holder);
        self.serve();
    }

    /// Answers everything, without any time passing.
    fn serve(&mut self) {
        loop {
            let (seen, before) = (self.rig.take(), self.peer.patches.len());
            self.peer.receive(&seen);
            if self.peer.patches.len() == before {
                return;
            }
            let answer = self.peer.answer();
            self.rig.serve([answer]);
        }
    }

    /// What became final, in order.
    fn commits(&self) -> Vec<(Phase, i64, i64)> {
        let number = |model: &fader_core::Patch<fader_core::RawPayload>, key: &str| -> i64 {
            model.get(key).expect("a key").get().parse().expect("a number")
        };
        let ends = self.peer.commits.values();
        ends.map(|(phase, model)| (*phase, number(model, "x"), number(model, "y"))).collect()
    }

    /// Time passes for so long, and everything is answered.
    fn pass(&mut self, time: Duration) {
        self.rig.advance(time);
        self.serve();
    }

    fn is_held(&self) -> bool {
        self.rig.status(self.group).gesture
    }

    /// Which keys move when another person sets all.
    fn moved(&mut self, value: i64) -> Vec<String> {
        let last = self.peer.patches.last().expect("an open group");
        let push = LivePush {
            group: last.group,
            epoch: last.epoch,
            seq: last.seq,
            patch: model([("x", value), ("y", value)]),
        };
        self.peer.model.extend(push.patch.clone());
        self.rig.serve([ServerFrame::LivePush(push)]);
        let seen = self.rig.take();
        self.peer.receive(&seen);
        let answer = self.peer.answer();
        self.rig.serve([answer]);
        let patches = seen.pushed.iter().flat_map(|(_, patch)| patch.iter());
        let moved: BTreeMap<_, _> = patches.map(|(key, at)| (key.clone(), at.clone())).collect();
        assert!(moved.values().all(|at| *at == json(value)));
        moved.into_keys().collect()
    }
}

#[test]
fn input_that_nobody_ends_becomes_final_when_it_was_quiet_for_long_enough() {
    let mut bench = Bench::new();
    bench.hold(SLIDER, &["x"], Some(QUIET));
    for n in 1..=20 {
        bench.set("x", n);
        bench.pass(ms(100));
        assert_eq!((bench.is_held(), bench.commits().len()), (true, 0));
    }
    bench.pass(ms(399));
    assert!(bench.is_held());
    assert_eq!(bench.moved(5), ["y"], "what is held stays");
    bench.pass(ms(2));
    assert!(!bench.is_held());
    assert_eq!(bench.commits(), [(Phase::Commit, 5, 5)], "the other person was later");
    assert_eq!(bench.moved(6), ["x", "y"], "what was let go of moves");
    bench.pass(ms(5_000));
    assert_eq!(bench.commits().len(), 1);
}

#[test]
fn a_quiet_hold_that_set_nothing_ends_and_commits_nothing() {
    let mut bench = Bench::new();
    bench.hold(SLIDER, &["x"], Some(QUIET));
    bench.rig.take();
    bench.rig.advance(ms(501));
    assert!(!bench.is_held());
    assert!(bench.rig.take().changed.contains(&bench.group), "the app is told");
    assert_eq!(bench.rig.client.deadline().map(|at| at > bench.rig.now + ms(5_000)), Some(true));
    assert_eq!(bench.commits(), []);
}

#[test]
fn a_quiet_hold_ends_in_time_without_a_connection_too() {
    let mut bench = Bench::new();
    bench.rig.cut();
    bench.hold(SLIDER, &["x"], Some(QUIET));
    bench.set("x", 5);
    bench.rig.advance(ms(501));
    assert!(!bench.is_held());
    // What comes later is another gesture.
    bench.hold(Holder::APP, &["x"], None);
    bench.set("x", 6);
    let reverted = bench.rig.client.live_cancel(bench.rig.now, bench.group, Holder::APP);
    assert_eq!(reverted, Some(model([("x", 5)])));
}

#[test]
fn a_drag_of_one_key_does_not_keep_another_from_becoming_final() {
    let mut bench = Bench::new();
    bench.hold(SLIDER, &["x"], None);
    bench.hold(FIELD, &["y"], Some(QUIET));
    bench.set("y", 7);
    for n in 1..=60 {
        bench.set("x", n);
        bench.pass(ms(10));
    }
    assert_eq!(
        bench.commits().iter().map(|(phase, _, y)| (*phase, *y)).collect::<Vec<_>>(),
        [(Phase::Commit, 7)]
    );
    // Nor one that nobody held.
    bench.set("y", 8);
    for n in 1..=60 {
        bench.set("x", n);
        bench.pass(ms(10));
    }
    assert_eq!(bench.commits().len(), 2);
    bench.commit(SLIDER);
    assert_eq!(bench.commits().last(), Some(&(Phase::Commit, 60, 8)));
    assert_eq!(bench.commits().len(), 3, "the drag is one commit");
}

#[test]
fn a_commit_lets_go_of_the_keys_that_it_names_and_no_others() {
    let mut bench = Bench::new();
    bench.hold(Holder::APP, &["x"], None);
    bench.hold(Holder::APP, &["y"], None);
    bench.set("x", 2);
    bench.set("y", 3);
    bench.rig.client.live_commit_keys(bench.rig.now, bench.group, &["x"]).unwrap();
    bench.serve();
    assert_eq!(bench.moved(8), ["x"]);
    assert!(bench.is_held());
    bench.commit(Holder::APP);
    // The other person set y later than the preview that had it.
    assert_eq!(bench.commits(), [(Phase::Commit, 2, 3), (Phase::Commit, 8, 8)]);
}

#[test]
fn the_apps_commit_lets_go_of_no_control() {
    let mut bench = Bench::new();
    bench.hold(SLIDER, &["x"], None);
    bench.set("x", 60);
    bench.set("y", 1);
    bench.commit(Holder::APP);
    assert_eq!(bench.commits(), [(Phase::Commit, 60, 1)], "that of y, which nobody holds");
    bench.rig.client.live_commit_keys(bench.rig.now, bench.group, &["x"]).unwrap();
    bench.serve();
    assert_eq!((bench.commits().len(), bench.is_held()), (1, true));
    assert_eq!(bench.moved(20), ["y"]);
    bench.commit(SLIDER);
    assert_eq!(bench.commits().len(), 2);
    assert_eq!(bench.moved(30), ["x", "y"]);
}

#[test]
fn a_key_that_two_hold_is_free_when_the_last_one_lets_go() {
    let mut bench = Bench::new();
    bench.hold(SLIDER, &["x"], None);
    bench.set("x", 1);
    bench.hold(FIELD, &["x"], Some(QUIET));
    bench.set("x", 2);
    bench.pass(ms(600));
    assert_eq!((bench.commits().len(), bench.is_held()), (0, true));
    // One that gives up does not move what the other holds.
    bench.hold(FIELD, &["x", "y"], None);
    bench.set("y", 9);
    let reverted = bench.rig.client.live_cancel(bench.rig.now, bench.group, FIELD);
    assert_eq!(reverted, Some(model([("y", 0)])));
    bench.commit(SLIDER);
    assert_eq!(bench.commits().last(), Some(&(Phase::Commit, 2, 0)));
    assert!(!bench.is_held());
}

#[test]
fn a_cancel_reverts_the_keys_of_its_own_gesture_only() {
    let mut bench = Bench::new();
    bench.hold(SLIDER, &["x"], None);
    bench.hold(FIELD, &["y"], None);
    bench.set("x", 5);
    bench.set("y", 6);
    let reverted = bench.rig.client.live_cancel(bench.rig.now, bench.group, SLIDER);
    assert_eq!(reverted, Some(model([("x", 0)])));
    assert_eq!(bench.rig.client.live_cancel(bench.rig.now, bench.group, SLIDER), None);
    bench.commit(FIELD);
    assert_eq!(bench.commits().last(), Some(&(Phase::Commit, 0, 6)), "no cancel in place of it");
}

#[test]
fn a_page_that_goes_lets_go_of_everything() {
    let mut bench = Bench::new();
    bench.hold(SLIDER, &["x"], None);
    bench.hold(Holder::APP, &["y"], None);
    bench.set("x", 5);
    bench.rig.input(fader_core::Input::Lifecycle(fader_core::Lifecycle::PageHide));
    assert!(!bench.is_held());
    bench.peer.receive(&bench.rig.take());
    assert_eq!(bench.commits(), [(Phase::Commit, 5, 0)]);
    bench.rig.client.live_commit(bench.rig.now, bench.group, SLIDER);
    assert!(bench.rig.take().patches().is_empty());
}

/// Every hold has an end, and what was set is final once all have ended.
#[test]
fn whatever_holders_do_all_is_final_in_the_end() {
    for seed in 0..300 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut bench = Bench::new();
        let (mut values, holders) = (0, [Holder::APP, SLIDER, FIELD]);
        let mut last = BTreeMap::from([("x", 0), ("y", 0)]);
        for _ in 0..rng.u32(1..60) {
            let holder = holders[rng.usize(..3)];
            let keys: &[&str] = [&["x"][..], &["y"], &["x", "y"]][rng.usize(..3)];
            match rng.u32(..6) {
                0 => bench.hold(holder, keys, rng.bool().then_some(QUIET)),
                1 => bench.commit(holder),
                2 => {
                    let before = bench.rig.client.live_cancel(bench.rig.now, bench.group, holder);
                    for (key, value) in before.iter().flat_map(fader_core::Patch::iter) {
                        let value = value.get().parse().unwrap();
                        last.insert(if key == "x" { "x" } else { "y" }, value);
                    }
                }
                3 => bench.pass(Duration::from_millis(rng.u64(..700))),
                _ => {
                    values += 1;
                    bench.set(keys[0], values);
                    last.insert(keys[0], values);
                }
            }
        }
        for holder in holders {
            bench.commit(holder);
        }
        bench.pass(ms(1_000));
        let status = bench.rig.status(bench.group);
        assert!(!status.gesture && !status.pending, "seed {seed}: {status:?}");
        assert_eq!(bench.peer.model, model([("x", last["x"]), ("y", last["y"])]), "seed {seed}");
        if let Some((_, x, y)) = bench.commits().last() {
            assert_eq!((*x, *y), (last["x"], last["y"]), "seed {seed}: the last one has all");
        }
    }
}
