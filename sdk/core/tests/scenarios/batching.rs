//! What is produced between two drains leaves as few messages as it fits into.

use fader_core::{Config, Delivery, Input, Policy, RequestError};
use fader_protocol::MAX_FRAMES;

use crate::support::{Rig, json, model, reply};

#[test]
fn several_commands_between_two_drains_are_one_message() {
    let mut rig = Rig::open();
    for n in 0..20 {
        rig.request(n);
    }
    rig.live_open(model([("x", 1), ("y", 2)]));
    let seen = rig.take();
    assert_eq!(seen.messages.len(), 1);
    assert_eq!(seen.requests().len(), 20);
    assert_eq!(seen.patches().len(), 1);
}

#[test]
fn a_request_cancelled_before_the_drain_never_leaves() {
    let mut rig = Rig::open();
    let kept = rig.request("kept");
    let cancelled = rig.request("cancelled");
    rig.cancel(cancelled);
    let seen = rig.take();
    assert_eq!(seen.requests(), [1]);
    assert_eq!(seen.settled, [(cancelled, Err(RequestError::Cancelled))]);
    rig.serve([reply(1, "ok")]);
    assert_eq!(rig.take().settled, [(kept, Ok(json("ok")))]);
}

#[test]
fn a_drain_in_between_makes_two() {
    let mut rig = Rig::open();
    rig.request(1);
    rig.drain();
    rig.request(2);
    assert_eq!(rig.take().messages.len(), 2);
}

#[test]
fn what_one_message_of_the_server_leads_to_is_one_message_too() {
    let mut config = Config::default();
    config.queue.in_flight = 3;
    let mut rig = Rig::open_with(config);
    for n in 0..6 {
        rig.request(n);
    }
    rig.take();
    rig.serve([reply(1, 0), reply(2, 0), reply(3, 0)]);
    let seen = rig.take();
    assert_eq!(seen.requests(), [4, 5, 6]);
    assert_eq!(seen.messages.len(), 1);
}

#[test]
fn what_waited_for_the_connection_leaves_together() {
    let mut rig = Rig::new();
    for n in 0..50 {
        rig.request(n);
    }
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.take();
    rig.welcome(65_536);
    let seen = rig.take();
    assert_eq!(seen.requests().len(), 50);
    assert_eq!(seen.messages.len(), 1);
}

#[test]
fn a_message_is_as_long_as_the_server_takes_and_no_longer() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.welcome(4096);
    rig.take();
    for _ in 0..20 {
        rig.request("x".repeat(900));
    }
    let seen = rig.take();
    assert_eq!(seen.requests(), (1..=20).collect::<Vec<_>>());
    assert_eq!(seen.messages.len(), 5, "four fit into each");
    assert!(seen.messages.iter().all(|message| message.size() <= 4096));
}

#[test]
fn a_message_holds_no_more_frames_than_every_server_takes() {
    let mut config = Config::default();
    config.queue.requests = 10_000;
    config.queue.in_flight = 10_000;
    let mut rig = Rig::open_with(config);
    for _ in 0..2500 {
        rig.request_with(0, Delivery::Volatile);
    }
    let seen = rig.take();
    assert_eq!(seen.requests().len(), 2500);
    assert_eq!(seen.messages.len(), 2500_usize.div_ceil(MAX_FRAMES));
}

#[test]
fn a_name_and_a_key_full_of_escapes_stay_within_the_limit() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.welcome(2048);
    rig.take();
    let name = "\u{1}".repeat(128);
    // Refused or within the limit: the rig checks each message too.
    for length in 1100..1300 {
        rig.call(&name, json("x".repeat(length)), None);
    }
    let key = "\u{2}".repeat(120);
    for length in 300..500 {
        let model = [(key.clone(), json("x".repeat(length)))].into();
        let _ = rig.client.live_open(rig.now, &name, model, Policy::default());
    }
    let seen = rig.take();
    assert!(seen.messages.len() > 2);
    assert!(seen.messages.iter().all(|message| message.size() <= 2048));
    assert!(!seen.requests().is_empty() && !seen.patches().is_empty());
}
