use std::time::Duration;

use fader_server::session::Config;

use crate::driver::{Driver, HELLO};

#[test]
fn a_client_is_welcome() {
    let mut driver = Driver::new(Config::default());
    driver.say(HELLO);
    let welcome = r#"[[1,{"session":"s1","heartbeat_ms":25000,"message_bytes":65536}]]"#;
    assert_eq!(driver.sent(), [welcome]);
    driver.pass(Duration::from_secs(6));
    assert_eq!(driver.close, None);
}

#[test]
fn what_follows_the_hello_in_its_message_counts() {
    let mut driver = Driver::new(Config::default());
    driver.say(r#"[[0,{"version":1,"agent":"test"}],[2,7]]"#);
    assert!(driver.sent()[0].ends_with(",[3,7]]"));
}

#[test]
fn who_says_nothing_is_sent_away() {
    let mut driver = Driver::new(Config::default());
    driver.say("[]");
    driver.pass(Duration::from_millis(4_999));
    assert_eq!(driver.close, None);
    driver.pass(Duration::from_millis(1));
    assert_eq!(driver.close, Some((4408, "no hello came in time".into())));
}

#[test]
fn another_version_is_refused() {
    let mut driver = Driver::new(Config::default());
    driver.say(r#"[[0,{"version":2}],[2,7]]"#);
    assert_eq!(driver.close, Some((4406, "this server speaks version 1, not 2".into())));
    assert!(driver.sent().is_empty());
}

#[test]
fn the_first_frame_must_be_a_hello() {
    for first in ["[[2,7]]", r#"[[10,1,"sum",[1,2]]]"#, "[[0,{}]]", "[[0]]", "[[99]]", "[7]"] {
        let mut driver = Driver::new(Config::default());
        driver.say(first);
        assert_eq!(driver.close_code(), Some(4400), "{first}");
        let reason = &driver.close.as_ref().unwrap().1;
        assert!(reason.starts_with("the first frame must be a hello"), "{reason}");
        assert!(driver.jobs.is_empty() && driver.sent().is_empty(), "{first}");
    }
}

#[test]
fn a_second_hello_changes_nothing() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[0,{"version":1}],[2,7]]"#);
    assert_eq!(driver.sent(), [r#"[[6,"bad-frame","hello was said already",null],[3,7]]"#]);
}

#[test]
fn nothing_is_taken_in_after_the_close() {
    let mut driver = Driver::new(Config::default());
    driver.say("{}");
    assert_eq!(driver.close_code(), Some(4400));
    driver.say(HELLO);
    driver.drain();
    driver.pass(Duration::from_secs(999));
    assert!(driver.sent().is_empty());
}
