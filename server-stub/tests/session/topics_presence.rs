use fader_server::session::{Config, Input};
use fader_server::topics::{TopicConfig, Topics};

use crate::driver::{Driver, topics};

/// Somebody who wants to know who is here.
fn watcher(topics: &Topics) -> Driver {
    let mut driver = Driver::open_as("w", Config::default(), topics);
    driver.subscribe(r#"[[40,9,"chat",{"presence":true}]]"#, r#""W""#);
    driver.read();
    driver
}

/// Somebody who is here.
fn person(topics: &Topics, id: &str) -> Driver {
    let mut driver = Driver::open_as(id, Config::default(), topics);
    driver.subscribe(r#"[[40,1,"chat",{}]]"#, r#"{"name":"Ada"}"#);
    driver.read();
    driver
}

fn chat() -> Topics {
    topics(TopicConfig::default())
}

const JOINED: &str = r#"[[47,9,"s1",{"name":"Ada"}]]"#;
const LEFT: &str = r#"[[48,9,"s1"]]"#;

#[test]
fn everybody_is_told_first_and_then_who_comes_and_leaves() {
    let topics = chat();
    let mut ada = person(&topics, "s1");
    let mut driver = Driver::open_as("w", Config::default(), &topics);
    driver.subscribe(r#"[[40,9,"chat",{"presence":true}]]"#, r#""W""#);
    let sent = [
        r#"[[42,9,{"epoch":"e1","offset":0,"recovered":false}]]"#,
        r#"[[46,9,2],[47,9,"s1",{"name":"Ada"}],[47,9,"w","W"]]"#,
    ];
    assert_eq!(driver.read(), sent);
    let max = person(&topics, "s2");
    assert_eq!(driver.read(), [r#"[[47,9,"s2",{"name":"Ada"}]]"#]);
    assert!(!ada.session.has_news(), "who did not ask is not even woken");
    ada.say("[[41,1]]");
    drop(max);
    assert_eq!(driver.read(), [r#"[[48,9,"s1"],[48,9,"s2"]]"#]);
}

#[test]
fn a_member_has_any_number_of_subscriptions() {
    let topics = chat();
    let (mut watcher, mut ada) = (watcher(&topics), person(&topics, "s1"));
    assert_eq!(watcher.read(), [JOINED]);
    ada.subscribe(r#"[[40,2,"chat",{}]]"#, r#"{"name":"Ada"}"#);
    ada.say("[[41,1]]");
    assert!(watcher.read().is_empty());
    ada.subscribe(r#"[[40,3,"chat",{}]]"#, r#"{"name":"Ada L."}"#);
    assert_eq!(watcher.read(), [r#"[[47,9,"s1",{"name":"Ada L."}]]"#]);
    ada.say("[[41,2],[41,3]]");
    assert_eq!(watcher.read(), [LEFT]);
}

#[test]
fn who_reconnects_soon_was_never_away() {
    let topics = chat();
    let (mut watcher, mut ada) = (watcher(&topics), person(&topics, "s1"));
    watcher.read();
    for _ in 0..3 {
        ada.cut();
        ada.pass_ms(9_999);
        ada.come_back(0);
        ada.subscribe(r#"[[40,1,"chat",{}]]"#, r#"{"name":"Ada"}"#);
        ada.pass_ms(20_000);
        assert!(watcher.read().is_empty());
    }
    ada.cut();
    ada.pass_ms(10_000);
    assert_eq!(watcher.read(), [LEFT]);
    ada.come_back(0);
    ada.subscribe(r#"[[40,1,"chat",{}]]"#, r#"{"name":"Ada"}"#);
    assert_eq!(watcher.read(), [JOINED]);
}

#[test]
fn who_reconnects_but_does_not_subscribe_leaves() {
    let topics = chat();
    let (mut watcher, mut ada) = (watcher(&topics), person(&topics, "s1"));
    watcher.read();
    ada.cut();
    ada.pass_ms(6_000);
    ada.come_back(0);
    ada.pass_ms(2_000);
    ada.cut();
    ada.pass_ms(1_999);
    assert!(watcher.read().is_empty());
    ada.pass_ms(1);
    assert_eq!(watcher.read(), [LEFT]);
}

#[test]
fn who_is_refused_after_a_break_leaves_at_once() {
    let topics = chat();
    let (mut watcher, mut ada) = (watcher(&topics), person(&topics, "s1"));
    watcher.read();
    ada.cut();
    ada.come_back(0);
    ada.say(r#"[[40,2,"chat",{}]]"#);
    ada.fail(ada.job(), "not any more");
    assert_eq!(watcher.read(), [LEFT]);
    // But not if another subscription was granted.
    ada.subscribe(r#"[[40,3,"chat",{}]]"#, r#"{"name":"Ada"}"#);
    assert_eq!(watcher.read(), [JOINED]);
    ada.say(r#"[[40,4,"chat",{}]]"#);
    ada.fail(ada.job(), "one is enough");
    assert!(watcher.read().is_empty());
}

#[test]
fn who_is_gone_for_good_leaves_at_once() {
    let topics = chat();
    let (mut watcher, mut ada) = (watcher(&topics), person(&topics, "s1"));
    watcher.read();
    ada.gone(1000);
    assert!(ada.is_over);
    assert_eq!(watcher.read(), [LEFT]);
    let mut ada = person(&topics, "s1");
    watcher.read();
    ada.drain();
    assert!(ada.is_over);
    assert_eq!(watcher.read(), [LEFT]);
}

#[test]
fn who_reads_too_slowly_is_told_anew_who_is_here() {
    let topics = chat();
    let mut watcher = watcher(&topics);
    // One change more than is kept.
    for _ in 0..512 {
        drop(person(&topics, "s1"));
    }
    let _ada = person(&topics, "s2");
    assert_eq!(watcher.read(), [r#"[[46,9,2],[47,9,"s2",{"name":"Ada"}],[47,9,"w","W"]]"#]);
    drop(person(&topics, "s1"));
    assert_eq!(watcher.read(), [r#"[[47,9,"s1",{"name":"Ada"}],[48,9,"s1"]]"#]);
}

#[test]
fn many_changes_are_told_in_turns() {
    let topics = chat();
    let mut watcher = watcher(&topics);
    for _ in 0..512 {
        drop(person(&topics, "s1"));
    }
    watcher.handle(Input::News);
    assert_eq!(watcher.sent().concat().matches("[47,9,").count(), 128);
    assert_eq!(watcher.read().concat().matches("[47,9,").count(), 512 - 128);
}

#[test]
fn who_is_one_too_many_gets_events_but_is_no_member() {
    let topics = topics(TopicConfig { members: 2, ..TopicConfig::default() });
    let mut watcher = watcher(&topics);
    let _ada = person(&topics, "s1");
    watcher.read();
    let mut max = person(&topics, "s2");
    assert!(watcher.read().is_empty());
    watcher.publish("chat", "1");
    assert_eq!(max.read(), ["[[43,1,1,1]]"]);
    drop(max);
    assert_eq!(watcher.read(), ["[[43,9,1,1]]"]);
}

#[test]
fn what_is_told_of_a_member_must_fit_into_a_message() {
    let mut driver = Driver::open_as("s1", Config::default(), &chat());
    driver.subscribe(r#"[[40,1,"chat",{}]]"#, &format!("\"{}\"", "x".repeat(1024 * 1024)));
    let sent = driver.read();
    assert!(sent[0].starts_with(r#"[[45,1,"too-large","#), "{sent:?}");
}
