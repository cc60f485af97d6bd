use fader_protocol::code;
use fader_server::session::{Config, Input, Work};
use fader_server::topics::TopicConfig;

use crate::driver::{Driver, topics};

const SUBSCRIBED: &str = r#"[[42,1,{"epoch":"e1","offset":0,"recovered":false}]]"#;

fn open() -> Driver {
    let mut driver = Driver::open(Config::default());
    driver.subscribe(r#"[[40,1,"ticks",{}]]"#, "null");
    assert_eq!(driver.read(), [SUBSCRIBED]);
    driver
}

/// How a client was told that it may not subscribe.
fn refusal(sent: &[String]) -> (u64, String) {
    let [message] = sent else { panic!("not one message: {sent:?}") };
    let [(45, id, code, _, ())]: [(u8, u64, String, String, ()); 1] =
        serde_json::from_str(message).expect("an unsubscribed")
    else {
        panic!("not an unsubscribed: {message}")
    };
    (id, code)
}

#[test]
fn what_is_published_reaches_all_who_subscribed() {
    let mut a = open();
    let mut b = Driver::open_as("s2", Config::default(), &a.topics);
    b.subscribe(r#"[[40,7,"ticks",{}],[40,8,"chat",{}]]"#, "null");
    b.read();
    assert_eq!(a.publish("ticks", "101"), 1);
    assert_eq!(a.publish("ticks", r#"{"price":102}"#), 2);
    assert_eq!(a.publish("chat", "null"), 1);
    assert_eq!(a.read(), [r#"[[43,1,1,101],[43,1,2,{"price":102}]]"#]);
    assert_eq!(b.read(), [r#"[[43,7,1,101],[43,7,2,{"price":102}],[43,8,1,null]]"#]);
    assert!(a.read().is_empty() && b.read().is_empty());
}

#[test]
fn nothing_comes_after_an_unsubscribe() {
    let mut driver = open();
    driver.publish("ticks", "1");
    driver.say("[[41,1],[41,1],[41,99]]");
    driver.publish("ticks", "2");
    assert!(driver.read().is_empty());
    assert_eq!(driver.topics.subscriptions("ticks"), 0);
}

#[test]
fn the_last_event_is_for_those_who_want_it() {
    let mut driver = open();
    driver.subscribe(r#"[[40,2,"ticks",{"last":true}]]"#, "null");
    assert_eq!(driver.read(), [r#"[[42,2,{"epoch":"e1","offset":0,"recovered":false}]]"#]);
    driver.publish("ticks", "1");
    driver.publish("ticks", "2");
    driver.read();
    driver.subscribe(r#"[[40,3,"ticks",{"last":true}],[40,4,"ticks",{}]]"#, "null");
    let sent = [
        r#"[[42,3,{"epoch":"e1","offset":1,"recovered":false}]]"#,
        r#"[[42,4,{"epoch":"e1","offset":2,"recovered":false}]]"#,
        "[[43,3,2,2]]",
    ];
    assert_eq!(driver.read(), sent);
}

#[test]
fn who_may_subscribe_is_asked_before_anything_is_sent() {
    let mut driver = Driver::open(Config::default());
    driver.publish("ticks", "1");
    driver.say(r#"[[40,1,"ticks",{"last":true}],[40,2,"chat",{}]]"#);
    let [ticks, chat] = driver.asked()[..] else { panic!("not asked about both") };
    let Work::Subscribe { topic } = &driver.jobs[&ticks].0 else { panic!() };
    assert_eq!(topic, "ticks");
    assert!(driver.read().is_empty());
    assert_eq!(driver.topics.subscriptions("ticks"), 0);
    driver.fail(ticks, "no");
    assert_eq!(driver.read(), [r#"[[45,1,"failed","no",null]]"#]);
    driver.succeed(chat, "null");
    assert_eq!(driver.read().len(), 1);
    assert_eq!(driver.topics.subscriptions("ticks"), 0);
}

#[test]
fn an_answer_that_is_not_wanted_any_more_changes_nothing() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[40,1,"ticks",{}],[41,1]]"#);
    let job = driver.job();
    assert!(driver.is_cancelled(job));
    driver.succeed(job, "null");
    driver.say(r#"[[40,2,"ticks",{}]]"#);
    let job = driver.job();
    driver.cut();
    assert!(driver.is_cancelled(job));
    driver.come_back(0);
    driver.sent();
    driver.succeed(job, "null");
    assert!(driver.read().is_empty());
    assert_eq!(driver.topics.subscriptions("ticks"), 0);
}

#[test]
fn subscriptions_end_with_the_connection_and_are_asked_about_anew() {
    let mut driver = open();
    driver.cut();
    assert_eq!(driver.topics.subscriptions("ticks"), 0);
    driver.publish("ticks", "1");
    driver.come_back(0);
    driver.sent();
    assert!(driver.read().is_empty());
    let again = r#"[[40,2,"ticks",{"since":{"epoch":"e1","offset":0}}]]"#;
    driver.say(again);
    driver.fail(driver.job(), "not any more");
    assert_eq!(driver.read(), [r#"[[45,2,"failed","not any more",null]]"#]);
    driver.subscribe(&again.replace("40,2", "40,3"), "null");
    let sent = [r#"[[42,3,{"epoch":"e1","offset":0,"recovered":true}]]"#, "[[43,3,1,1]]"];
    assert_eq!(driver.read(), sent);
}

#[test]
fn a_connection_that_is_taken_over_ends_its_subscriptions_too() {
    let mut driver = open();
    driver.come_back(0);
    assert_eq!(driver.topics.subscriptions("ticks"), 0);
    driver.sent();
    driver.publish("ticks", "1");
    assert!(driver.read().is_empty());
    // The same id is free again.
    driver.subscribe(r#"[[40,1,"ticks",{}]]"#, "null");
    assert_eq!(driver.read(), [SUBSCRIBED.replace(r#""offset":0"#, r#""offset":1"#)]);
}

#[test]
fn a_topic_that_there_is_not_is_refused() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[40,1,"__proto__",{}]]"#);
    assert_eq!(refusal(&driver.sent()), (1, code::UNKNOWN_TOPIC.into()));
    assert!(driver.jobs.is_empty());
}

#[test]
fn an_id_that_is_in_use_is_refused_with_a_notice() {
    let mut driver = open();
    driver.say(r#"[[40,1,"chat",{}]]"#);
    assert_eq!(driver.sent(), [r#"[[6,"duplicate-id","there is a subscription 1",null]]"#]);
    driver.say(r#"[[40,2,"chat",{}],[40,2,"chat",{}]]"#);
    assert_eq!(driver.sent(), [r#"[[6,"duplicate-id","there is a subscription 2",null]]"#]);
    driver.publish("ticks", "1");
    assert_eq!(driver.read(), ["[[43,1,1,1]]"]);
}

#[test]
fn only_so_many_subscriptions_are_allowed() {
    let mut driver = Driver::open(Config { subscriptions: 2, ..Config::default() });
    driver.say(r#"[[40,1,"ticks",{}],[40,2,"ticks",{}],[41,1],[40,3,"ticks",{}]]"#);
    // Whoever is asked about the first has not answered, and so it counts.
    assert_eq!(refusal(&driver.sent()), (3, code::TOO_MANY.into()));
    let jobs = driver.asked();
    driver.succeed(jobs[0], "null");
    driver.succeed(jobs[1], "null");
    driver.subscribe(r#"[[40,3,"ticks",{}]]"#, "null");
    assert_eq!(driver.topics.subscriptions("ticks"), 2);
    driver.sent();
    driver.say(r#"[[40,4,"ticks",{}]]"#);
    assert_eq!(refusal(&driver.sent()), (4, code::TOO_MANY.into()));
    driver.subscribe(r#"[[41,2],[40,4,"ticks",{}]]"#, "null");
    assert_eq!(driver.topics.subscriptions("ticks"), 2);
}

#[test]
fn one_turn_sends_so_much_and_serves_each_subscription() {
    let shared = topics(TopicConfig { events: 2000, ..TopicConfig::default() });
    let mut driver = Driver::open_as("s1", Config::default(), &shared);
    driver.subscribe(r#"[[40,1,"ticks",{}],[40,2,"chat",{}]]"#, "null");
    driver.read();
    for _ in 0..1000 {
        driver.publish("ticks", "0");
    }
    driver.publish("chat", "1");
    driver.handle(Input::News);
    let sent = driver.sent().concat();
    assert_eq!(sent.matches("[43,").count(), 256);
    assert!(sent.contains("[43,2,1,1]"));
    assert_eq!(driver.read().concat().matches("[43,1,").count(), 1000 - 255);
}

#[test]
fn one_turn_sends_so_many_bytes() {
    let mut driver = open();
    let event = format!("\"{}\"", "x".repeat(10_000));
    for _ in 0..20 {
        driver.publish("ticks", &event);
    }
    driver.handle(Input::News);
    let sent = driver.sent().concat().len();
    assert!((60_000..80_000).contains(&sent), "{sent}");
    assert_eq!(driver.read().concat().matches("[43,1,").count(), 20 - sent / 10_000);
}

#[test]
fn the_end_of_a_session_is_the_end_of_its_subscriptions() {
    let mut driver = open();
    let shared = driver.topics.clone();
    driver.gone(1000);
    assert!(driver.is_over);
    assert_eq!(shared.subscriptions("ticks"), 0);

    let mut driver = open();
    let shared = driver.topics.clone();
    driver.drain();
    assert!(driver.is_over);
    assert_eq!(shared.subscriptions("ticks"), 0);

    let driver = open();
    let shared = driver.topics.clone();
    drop(driver);
    assert_eq!(shared.subscriptions("ticks"), 0);
}
