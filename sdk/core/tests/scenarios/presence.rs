//! Presence: who is here.

use fader_core::{RawPayload, SubscribeOptions, SubscriptionId, TopicUpdate};
use fader_protocol::ServerFrame;

use crate::support::{Rig, json, subscribed};

type Update = TopicUpdate<RawPayload>;

fn present(count: u64) -> ServerFrame<RawPayload> {
    ServerFrame::Present { id: 1, count }
}

fn joined(member: &str, name: &str) -> ServerFrame<RawPayload> {
    ServerFrame::Joined { id: 1, member: member.into(), info: json(name) }
}

fn left(member: &str) -> ServerFrame<RawPayload> {
    ServerFrame::Left { id: 1, member: member.into() }
}

fn comes(member: &str, name: &str) -> Update {
    TopicUpdate::Joined { member: member.into(), info: json(name) }
}

fn changes(member: &str, name: &str) -> Update {
    TopicUpdate::Changed { member: member.into(), info: json(name) }
}

fn goes(member: &str) -> Update {
    TopicUpdate::Left { member: member.into() }
}

fn watching(presence: bool) -> (Rig, SubscriptionId) {
    let mut rig = Rig::open();
    let options = SubscribeOptions { presence, ..SubscribeOptions::default() };
    let subscription = rig.subscribe(options);
    rig.drain();
    rig.serve([subscribed(1, "a", 0, false)]);
    rig.take();
    (rig, subscription)
}

fn updates(rig: &mut Rig) -> Vec<Update> {
    rig.take().topics.into_iter().map(|(_, update)| update).collect()
}

fn members(rig: &Rig, subscription: SubscriptionId) -> Vec<(String, RawPayload)> {
    let members = rig.client.members(subscription);
    members.map(|(member, info)| (member.to_owned(), info.clone())).collect()
}

#[test]
fn everybody_is_told_at_once_and_then_who_comes_and_goes() {
    let (mut rig, subscription) = watching(true);
    rig.serve([present(2), joined("1", "Ada")]);
    assert!(rig.take().is_nothing(), "one is still to be told");
    rig.serve([joined("2", "Max")]);
    assert_eq!(updates(&mut rig), [comes("1", "Ada"), comes("2", "Max")]);
    rig.serve([joined("3", "Eve"), left("1"), joined("2", "Moritz"), left("9")]);
    assert_eq!(updates(&mut rig), [comes("3", "Eve"), goes("1"), changes("2", "Moritz")]);
    let expected = [("2".to_owned(), json("Moritz")), ("3".to_owned(), json("Eve"))];
    assert_eq!(members(&rig, subscription), expected);
}

#[test]
fn after_a_reconnect_the_difference_is_told() {
    let (mut rig, subscription) = watching(true);
    rig.serve([present(2), joined("1", "Ada"), joined("2", "Max")]);
    rig.cut();
    rig.resume(0);
    rig.take();
    assert_eq!(members(&rig, subscription).len(), 2, "who was here is not forgotten");
    rig.serve([subscribed(1, "a", 0, true), present(2), joined("2", "Max"), joined("3", "Eve")]);
    let updates = &updates(&mut rig)[1..];
    assert_eq!(updates, [goes("1"), changes("2", "Max"), comes("3", "Eve")]);
}

#[test]
fn an_unfinished_list_is_forgotten_with_its_connection() {
    let (mut rig, _) = watching(true);
    rig.serve([present(2), joined("1", "Ada")]);
    rig.cut();
    rig.resume(0);
    rig.take();
    rig.serve([subscribed(1, "a", 0, true), present(1), joined("2", "Max")]);
    assert_eq!(updates(&mut rig)[1..], [comes("2", "Max")]);
}

#[test]
fn nobody_may_be_here() {
    let (mut rig, subscription) = watching(true);
    rig.serve([present(1), joined("1", "Ada"), present(0)]);
    assert_eq!(updates(&mut rig), [comes("1", "Ada"), goes("1")]);
    assert!(members(&rig, subscription).is_empty());
}

#[test]
fn who_did_not_ask_is_not_told() {
    let (mut rig, subscription) = watching(false);
    rig.serve([present(1), joined("1", "Ada"), joined("2", "Max"), left("1")]);
    assert!(rig.take().is_nothing());
    assert!(members(&rig, subscription).is_empty());
}

#[test]
fn a_crowd_is_bounded_in_number_and_bytes() {
    let (mut rig, subscription) = watching(true);
    for thousand in 0..11 {
        rig.serve((0..1000).map(|n| joined(&format!("{thousand}-{n}"), "x")));
    }
    assert_eq!(members(&rig, subscription).len(), 10_000);
    assert_eq!(updates(&mut rig).len(), 10_000, "those beyond are not told of");

    let (mut rig, subscription) = watching(true);
    let large = "x".repeat(1_000_000);
    for n in 0..6 {
        rig.serve([joined(&n.to_string(), &large)]);
    }
    assert_eq!(members(&rig, subscription).len(), 4);
    rig.serve([left("0"), joined("9", &large)]);
    assert_eq!(members(&rig, subscription).len(), 4);
}

#[test]
fn a_crowd_may_fill_its_bounds() {
    let (mut rig, subscription) = watching(true);
    // So many bytes, with the quotes and a name of one.
    let mut comes = |member: &str, bytes: usize| {
        rig.serve([joined(member, &"x".repeat(bytes - 3))]);
        members(&rig, subscription).len()
    };
    for (n, member) in ["a", "b", "c", "d"].into_iter().enumerate() {
        assert_eq!(comes(member, 1024 * 1024 - 500), n + 1);
    }
    assert_eq!(comes("e", 4 * 500), 5);
    assert_eq!(comes("f", 3), 5);
}

#[test]
fn what_changes_takes_no_more_room_than_it_needs() {
    let (mut rig, _) = watching(true);
    let info = "x".repeat(1_000_000);
    for round in 0..10 {
        rig.serve([joined("1", &info)]);
        assert_eq!(updates(&mut rig).len(), 1, "round {round}");
    }
}
