use fader_protocol::MAX_INTEGER;
use fader_server::session::{Config, Input};
use fader_server::topics::TopicConfig;
use proptest::prelude::*;

use crate::driver::{Driver, topics};

fn config(events: usize) -> TopicConfig {
    TopicConfig { events, ..TopicConfig::default() }
}

/// A client of a topic that keeps five events, of which there were so many, each
/// its own offset.
fn after(events: u64) -> Driver {
    let driver = Driver::open_as("s1", Config::default(), &topics(config(5)));
    for offset in 1..=events {
        assert_eq!(driver.publish("ticks", &offset.to_string()), offset);
    }
    driver
}

/// What a subscriber is sent.
#[derive(Debug, PartialEq)]
struct Told {
    offset: u64,
    recovered: bool,
    events: Vec<u64>,
}

fn subscribe(driver: &mut Driver, epoch: &str, offset: u64) -> Told {
    let since = format!(r#"{{"since":{{"epoch":"{epoch}","offset":{offset}}}}}"#);
    driver.subscribe(&format!(r#"[[40,1,"ticks",{since}]]"#), "null");
    let frames: Vec<Vec<serde_json::Value>> = driver
        .read()
        .iter()
        .flat_map(|text| serde_json::from_str::<Vec<_>>(text).unwrap())
        .collect();
    let start = &frames[0][2];
    assert_eq!((&frames[0][0], &start["epoch"]), (&42.into(), &"e1".into()));
    let events = frames[1..].iter().map(|frame| {
        assert_eq!((&frame[0], &frame[2]), (&43.into(), &frame[3]));
        frame[2].as_u64().unwrap()
    });
    let offset = start["offset"].as_u64().unwrap();
    Told { offset, recovered: start["recovered"] == true, events: events.collect() }
}

#[test]
fn what_is_kept_is_sent_again() {
    for (since, events) in [(7, vec![8, 9]), (4, vec![5, 6, 7, 8, 9]), (9, vec![])] {
        let told = subscribe(&mut after(9), "e1", since);
        assert_eq!(told, Told { offset: since, recovered: true, events });
    }
}

#[test]
fn what_is_not_kept_is_not_recovered() {
    for since in [3, 1, 0] {
        let told = subscribe(&mut after(9), "e1", since);
        assert_eq!(told, Told { offset: 4, recovered: false, events: vec![5, 6, 7, 8, 9] });
    }
}

#[test]
fn of_another_sequence_a_client_has_had_nothing() {
    for (epoch, since) in [("e0", 7), ("x", 0), ("e1", 10), ("e1", MAX_INTEGER)] {
        let told = subscribe(&mut after(9), epoch, since);
        assert_eq!(told, Told { offset: 4, recovered: false, events: vec![5, 6, 7, 8, 9] });
    }
    let told = subscribe(&mut after(3), "e0", 2);
    assert_eq!(told, Told { offset: 0, recovered: false, events: vec![1, 2, 3] });
}

#[test]
fn before_anything_was_published_there_is_nothing_to_miss() {
    let told = subscribe(&mut after(0), "e1", 0);
    assert_eq!(told, Told { offset: 0, recovered: true, events: vec![] });
}

#[test]
fn a_position_must_have_its_form() {
    let mut driver = after(1);
    for since in ["1", r#"{"epoch":"e1"}"#, r#"{"epoch":"e1","offset":-1}"#, r#"{"offset":1}"#] {
        driver.say(&format!(r#"[[40,1,"ticks",{{"since":{since}}}]]"#));
        let sent = driver.sent();
        assert!(sent[0].starts_with(r#"[[6,"bad-frame""#), "{sent:?}");
    }
    driver.say(r#"[[40,1,"ticks",{"since":{"epoch":"e1","offset":9007199254740992}}]]"#);
    assert!(driver.sent()[0].starts_with(r#"[[6,"bad-frame""#));
    assert!(driver.jobs.is_empty());
}

#[test]
fn who_reads_too_slowly_is_told_what_is_missing() {
    let mut driver = after(0);
    driver.subscribe(r#"[[40,1,"ticks",{}]]"#, "null");
    driver.read();
    driver.publish("ticks", "1");
    driver.read();
    for offset in 2..=9 {
        driver.publish("ticks", &offset.to_string());
    }
    let sent = [r#"[[44,1,4,"too-slow"],[43,1,5,5],[43,1,6,6],[43,1,7,7],[43,1,8,8],[43,1,9,9]]"#];
    assert_eq!(driver.read(), sent);
    // Nobody is slow who has room for all that is kept.
    for offset in 10..=14 {
        driver.publish("ticks", &offset.to_string());
    }
    assert!(!driver.read().concat().contains("too-slow"));
}

#[test]
fn what_is_missed_before_the_first_read_is_told_too() {
    let mut driver = after(9);
    driver.subscribe(r#"[[40,1,"ticks",{"since":{"epoch":"e1","offset":7}}]]"#, "null");
    for offset in 10..=15 {
        driver.publish("ticks", &offset.to_string());
    }
    let sent = driver.read();
    assert_eq!(sent[0], r#"[[42,1,{"epoch":"e1","offset":7,"recovered":true}]]"#);
    assert!(sent[1].starts_with(r#"[[44,1,10,"too-slow"],[43,1,11,11],"#), "{sent:?}");
}

#[derive(Debug, Clone)]
enum Step {
    Publish(u8),
    /// The connection has room for one turn.
    Read,
    Reconnect {
        forgets: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..9_u8).prop_map(Step::Publish),
        3 => Just(Step::Read),
        1 => any::<bool>().prop_map(|forgets| Step::Reconnect { forgets }),
    ]
}

proptest! {
    /// Offsets strictly increase, each event is what was published under its
    /// offset, nothing is missing that was not announced, and what is said to be
    /// recovered is.
    #[test]
    fn a_subscriber_can_rely_on_what_it_is_told(
        events in 1..8_usize,
        steps in prop::collection::vec(step(), 0..40),
    ) {
        let mut driver = Driver::open_as("s1", Config::default(), &topics(config(events)));
        // The offset up to which the client knows what it has had and what not.
        let (mut newest, mut had) = (0, 0);
        let connect = |driver: &mut Driver, since: Option<u64>| {
            let since = since.map_or("{}".into(), |offset| {
                format!(r#"{{"since":{{"epoch":"e1","offset":{offset}}}}}"#)
            });
            driver.subscribe(&format!(r#"[[40,1,"ticks",{since}]]"#), "null");
        };
        connect(&mut driver, None);
        let read = |driver: &mut Driver, had: &mut u64, asked: Option<u64>| {
            for text in driver.sent() {
                let frames: Vec<Vec<serde_json::Value>> = serde_json::from_str(&text).unwrap();
                for frame in frames {
                    match frame[0].as_u64().unwrap() {
                        42 => {
                            let offset = frame[2]["offset"].as_u64().unwrap();
                            if frame[2]["recovered"] == true {
                                assert_eq!(Some(offset), asked);
                            } else if let Some(asked) = asked {
                                assert!(offset > asked);
                            }
                            *had = offset;
                        }
                        43 => {
                            assert_eq!(frame[2], *had + 1);
                            assert_eq!(frame[3], *had + 1);
                            *had += 1;
                        }
                        44 => {
                            let to = frame[2].as_u64().unwrap();
                            assert!(to > *had);
                            *had = to;
                        }
                        code => panic!("{code}"),
                    }
                }
            }
        };
        read(&mut driver, &mut had, None);
        for step in steps {
            match step {
                Step::Publish(count) => for _ in 0..count {
                    newest += 1;
                    prop_assert_eq!(driver.publish("ticks", &newest.to_string()), newest);
                },
                Step::Read => {
                    driver.handle(Input::News);
                    read(&mut driver, &mut had, None);
                }
                Step::Reconnect { forgets } => {
                    driver.cut();
                    driver.come_back(0);
                    driver.sent();
                    let since = (!forgets).then_some(had);
                    connect(&mut driver, since);
                    read(&mut driver, &mut had, since);
                }
            }
        }
        while driver.session.has_news() {
            driver.handle(Input::News);
        }
        read(&mut driver, &mut had, None);
        prop_assert_eq!(had, newest);
    }
}
