//! Attacks that once filled a server.

use std::time::Instant;

use fader_server::session::Config;

use crate::scene::{Scene, text};

const KIB: usize = 1024;

/// So many keys, from a number on.
fn keys(from: usize, count: usize) -> String {
    let keys: Vec<_> = (from..from + count).map(|key| format!("\"{key:x}\":1")).collect();
    keys.join(",")
}

/// How many epochs the test of old keys takes.
const EPOCHS: usize = 300;

/// A live group of 100 keys, and 300 times a new epoch with other keys: the attack took 3,000.
#[test]
fn epochs_whose_keys_never_come_again_leave_nothing_behind() {
    let mut scene = Scene::new(Config::default());
    let mut before = 0;
    let (mut early, mut late) = (0, 0);
    for epoch in 1..=EPOCHS {
        let started = Instant::now();
        scene.say(&format!(r#"[[20,1,"bag",{epoch},1,0,null,{{{}}}]]"#, keys(epoch * 100, 100)));
        scene.finish_all(&text(10));
        let took = started.elapsed().as_micros();
        match epoch {
            10 => before = scene.heap(),
            50..100 => early += took,
            250.. => late += took,
            _ => {}
        }
    }
    let after = scene.heap();
    println!("{before} bytes after 10 epochs, {after} at the end; {early} and {late} us for 50");
    assert!(after < before + 16 * KIB, "{before} bytes after 10 epochs, {after} at the end");
}

/// 64 groups of many small keys, committed: 3.2 MiB.
#[test]
fn groups_of_many_small_keys_are_limited_in_what_they_cost() {
    let mut scene = Scene::new(Config { model_keys: usize::MAX, ..Config::default() });
    let body = keys(0, 6200);
    for group in 1..=64 {
        scene.say(&format!(r#"[[20,{group},"bag",1,1,1,1,{{{body}}}]]"#));
        scene.finish_all(&text(10));
    }
    scene.cut();
    println!("{} bytes in all", scene.heap());
    assert!(scene.heap() < 8 * KIB * KIB, "{} bytes", scene.heap());
}

/// A commit with a large result, repeated 1,000 times in a small message.
#[test]
fn a_message_of_repeated_commits_does_not_fill_the_queue_of_what_is_sent() {
    let mut scene = Scene::new(Config::default());
    scene.say(r#"[[20,1,"bag",1,1,1,1,{"a":1}]]"#);
    scene.finish_all(&text(500 * KIB));
    let repeats: Vec<_> =
        (2..1000).map(|seq| format!(r#"[20,1,"bag",1,{seq},1,1,{{}}]"#)).collect();
    scene.say(&format!("[{}]", repeats.join(",")));
    println!("{} bytes sent, {} at most", scene.sent, scene.most());
    assert!(scene.most() < 16 * KIB * KIB, "{} bytes at once", scene.most());
}

/// The results of commits are kept, to answer them again.
#[test]
fn results_of_commits_are_limited_in_what_they_cost() {
    let mut scene = Scene::new(Config::default());
    for group in 1..=64 {
        scene.say(&format!(r#"[[20,{group},"bag",1,1,1,1,{{"a":1}}]]"#));
        scene.finish_all(&text(1000 * KIB));
    }
    println!("{} bytes in all", scene.heap());
    assert!(scene.heap() < 8 * KIB * KIB, "{} bytes", scene.heap());
}

/// What the client software calls itself may be as long as a message.
#[test]
fn a_long_name_of_the_client_software_is_cut() {
    let agent = "x".repeat(60 * KIB);
    let scene =
        Scene::begin(Config::default(), &format!(r#"[[0,{{"version":1,"agent":"{agent}"}}]]"#));
    assert!(scene.heap() < 16 * KIB, "{} bytes", scene.heap());
}

/// The figure is in `docs/guarantees.md`.
#[test]
fn a_session_takes_26_mib_at_most_by_default() {
    assert_eq!(Config::default().session_bytes().div_ceil(KIB * KIB), 26);
}
