use std::time::Duration;

use fader_server::session::Config;

use crate::driver::Driver;

const GOODBYE: &str = r#"[5,500,600,"restart"]"#;
const CLOSE: u16 = 1012;

#[test]
fn an_idle_client_is_sent_off_at_once() {
    let mut driver = Driver::open(Config::default());
    driver.drain();
    assert_eq!(driver.sent(), [format!("[{GOODBYE}]")]);
    assert_eq!(driver.close, Some((CLOSE, "the server goes away".into())));
}

#[test]
fn requests_may_end_first() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.drain();
    assert_eq!(driver.sent(), [format!("[{GOODBYE}]")]);
    assert_eq!(driver.close, None);
    driver.pass_ms(100);
    driver.succeed(driver.job(), "5");
    assert_eq!(driver.sent(), ["[[11,1,5]]"]);
    assert_eq!(driver.close_code(), Some(CLOSE));
}

#[test]
fn nobody_is_waited_for_without_end() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.drain();
    driver.pass(Duration::from_millis(4_999));
    assert_eq!(driver.close, None);
    driver.pass(Duration::from_millis(1));
    assert_eq!(driver.close_code(), Some(CLOSE));
    assert!(driver.is_cancelled(driver.job()));
}

#[test]
fn a_commit_may_end_first_but_a_preview_is_not_waited_for() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,1,7,{"a":1}],[20,2,"other",1,1,0,null,{"a":1}]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    driver.drain();
    driver.sent();
    driver.pass_ms(5);
    assert_eq!(driver.close, None);
    driver.succeed(jobs[0], "5");
    assert_eq!(driver.sent(), ["[[21,1,1,1,0,5000,5]]"]);
    assert_eq!(driver.close_code(), Some(CLOSE));
    assert!(driver.is_cancelled(jobs[1]));
}

#[test]
fn the_commit_of_a_closed_group_may_end_first_too() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,1,7,{"a":1}],[15,1]]"#);
    driver.drain();
    assert_eq!(driver.close, None);
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.sent(), [format!("[{GOODBYE}]")]);
    assert_eq!(driver.close_code(), Some(CLOSE));
}

#[test]
fn the_goodbye_is_said_once() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.drain();
    driver.pass_ms(4000);
    driver.drain();
    assert_eq!(driver.sent(), [format!("[{GOODBYE}]")]);
    driver.pass_ms(1000);
    assert_eq!(driver.close_code(), Some(CLOSE), "the second drain does not prolong the first");
}

#[test]
fn a_session_without_a_connection_ends_at_once() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.cut();
    driver.drain();
    assert!(driver.is_over);
    assert!(driver.is_cancelled(driver.job()));
}

/// The client cannot come back to this server.
#[test]
fn a_client_that_leaves_is_not_waited_for_but_its_commit_is() {
    for code in [1000, 1001, 1006, 4001] {
        let mut driver = Driver::open(Config::default());
        driver.say(r#"[[10,1,"slow",0],[20,1,"equaliser",1,1,1,7,{"a":1}]]"#);
        let jobs: Vec<_> = driver.jobs.keys().copied().collect();
        driver.drain();
        driver.gone(code);
        assert!(!driver.is_over, "{code}");
        assert!(driver.is_cancelled(jobs[0]) && !driver.is_cancelled(jobs[1]), "{code}");
        assert!(!driver.resume("secret 1", 0), "{code}");
        driver.succeed(jobs[1], "1");
        assert!(driver.is_over, "{code}");
    }
}
