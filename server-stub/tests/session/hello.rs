use std::time::Duration;

use fader_protocol::MessageLimits;
use fader_server::session::{Config, Opening};

use crate::driver::{Driver, HELLO};

#[test]
fn a_client_is_welcome() {
    let mut driver = Driver::begin(Config::default(), HELLO);
    let welcome = r#"[[1,{"session":"s1","secret":"secret 1","resumed":false,"received":0,"heartbeat_ms":25000,"message_bytes":65536,"window":{"id":"w1","ms":600000}}]]"#;
    assert_eq!(driver.sent(), [welcome]);
    driver.pass(Duration::from_secs(6));
    assert_eq!(driver.close, None);
}

#[test]
fn what_follows_the_hello_in_its_message_counts() {
    let text = r#"[[0,{"version":1,"agent":"test"}],[2,7],[10,1,"sum",0]]"#;
    let mut driver = Driver::begin(Config::default(), text);
    assert!(driver.sent()[0].ends_with(",[3,7]]"));
    assert_eq!(driver.acknowledged, 1);
    driver.job();
    assert_eq!(driver.session.agent(), Some("test"));
}

fn refused(text: &str) -> (u16, String) {
    let refusal = Opening::read(text, &MessageLimits::default()).unwrap_err();
    (refusal.code, refusal.reason)
}

#[test]
fn an_empty_message_is_only_a_sign_of_life() {
    assert!(Opening::read("[]", &MessageLimits::default()).unwrap().is_none());
}

#[test]
fn another_version_is_refused() {
    let refusal = (4406, "this server speaks version 1, not 2".into());
    assert_eq!(refused(r#"[[0,{"version":2}],[2,7]]"#), refusal);
}

#[test]
fn the_first_frame_must_be_a_hello() {
    for first in ["[[2,7]]", r#"[[10,1,"sum",[1,2]]]"#, "[[0,{}]]", "[[0]]", "[[99]]", "[7]"] {
        let (code, reason) = refused(first);
        assert_eq!(code, 4400, "{first}");
        assert!(reason.starts_with("the first frame must be a hello"), "{reason}");
    }
}

#[test]
fn what_is_no_message_is_refused() {
    assert_eq!(refused("{}").0, 4400);
    assert_eq!(refused(&format!("[{}]", " ".repeat(65_535))).0, 1009);
    let (_, reason) = refused(&format!(r#"[["{}"]]"#, "x".repeat(1000)));
    assert!(reason.len() <= 123);
}

#[test]
fn a_second_hello_changes_nothing() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[0,{"version":1}],[2,7]]"#);
    assert_eq!(driver.sent(), [r#"[[6,"bad-frame","hello was said already",null],[3,7]]"#]);
}
