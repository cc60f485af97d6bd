//! Whose a session is, and what happens when credentials expire.

use std::time::Duration;

use fader_protocol::close;
use fader_server::session::{Config, ConnectionId, Input, Principal};

use crate::driver::{Driver, HELLO, opening, resuming};

const SECOND: Duration = Duration::from_secs(1);

fn alice() -> Principal {
    Principal::new("alice").expires_in(60 * SECOND)
}

/// A session of Alice's, whose credentials expire in a minute.
fn of_alice() -> Driver {
    let mut driver = Driver::begin_with(Config::default(), opening(HELLO).of(alice()));
    assert!(driver.sent()[0].contains(r#""expires_ms":60000"#));
    driver
}

fn answer(driver: &mut Driver, connection: ConnectionId, result: Result<Principal, &str>) {
    let result = result.map_err(str::to_owned);
    driver.handle(Input::Authenticated { connection, result });
}

/// Sends newer credentials, which are found to be these.
fn renew(driver: &mut Driver, result: Result<Principal, &str>) {
    driver.say(r#"[[23,"token"]]"#);
    let (connection, credentials) = driver.checks.pop().expect("something to check");
    assert_eq!(credentials, "token");
    answer(driver, connection, result);
}

#[test]
fn a_session_continues_only_for_whom_it_began() {
    let mut driver = of_alice();
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.cut();
    let resume = || opening(&resuming("secret 1", 0));
    for other in [Principal::new("bob"), Principal::new(""), Principal::default()] {
        assert!(!driver.resume_with(resume().of(other)));
    }
    assert!(driver.resume_with(resume().of(alice())), "it is unharmed");
    driver.succeed(driver.job(), "1");
    assert!(driver.sent().concat().ends_with("[[11,1,1]]"));
}

#[test]
fn credentials_that_expired_end_the_connection_but_not_the_session() {
    let mut driver = of_alice();
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.pass(70 * SECOND - Duration::from_millis(1));
    assert_eq!(driver.close_code(), None);
    driver.pass(Duration::from_millis(1));
    assert_eq!(driver.close, Some((close::UNAUTHENTICATED, "the credentials have expired".into())));
    driver.succeed(driver.job(), "1");
    driver.sent();
    driver.pass(60 * SECOND);
    assert!(driver.resume_with(opening(&resuming("secret 1", 0)).of(alice())));
    let sent = driver.sent().concat();
    assert!(sent.contains(r#""expires_ms":60000"#) && sent.ends_with("[11,1,1]]"), "{sent}");
}

#[test]
fn newer_credentials_keep_the_connection() {
    let mut driver = of_alice();
    for _ in 0..10 {
        driver.pass(50 * SECOND);
        renew(&mut driver, Ok(alice()));
        assert_eq!(driver.sent().last().map(String::as_str), Some("[[23,60000]]"));
    }
    renew(&mut driver, Ok(Principal::new("alice")));
    assert_eq!(driver.sent(), ["[[23,null]]"]);
    for _ in 0..20 {
        driver.pass(50 * SECOND);
        driver.say("[]");
    }
    assert_eq!(driver.close, None);
}

#[test]
fn newer_credentials_that_are_bad_or_of_somebody_else_end_the_connection() {
    for (result, reason) in [
        (Ok(Principal::new("bob")), "the credentials are somebody else's"),
        (Err("revoked"), "revoked"),
    ] {
        let mut driver = of_alice();
        renew(&mut driver, result);
        assert_eq!(driver.close, Some((close::UNAUTHENTICATED, reason.into())));
        assert!(driver.session.is_detached());
    }
}

#[test]
fn an_answer_for_an_old_connection_changes_nothing() {
    let mut driver = of_alice();
    driver.say(r#"[[23,"token"]]"#);
    let (connection, _) = driver.checks.pop().expect("something to check");
    driver.cut();
    answer(&mut driver, connection, Err("revoked"));
    assert!(driver.resume_with(opening(&resuming("secret 1", 0)).of(alice())));
    driver.sent();
    answer(&mut driver, connection, Err("revoked"));
    answer(&mut driver, connection, Ok(Principal::new("alice")));
    assert!(driver.sent().is_empty());
    assert_eq!(driver.close, None);
}

#[test]
fn the_client_of_a_server_that_does_not_ask_is_nobody() {
    let mut driver = Driver::open(Config::default());
    renew(&mut driver, Ok(Principal::default()));
    assert_eq!(driver.sent(), ["[[23,null]]"]);
    assert_eq!(&**driver.session.owner(), "");
}

/// The app takes a right back.
#[test]
fn a_session_that_the_app_ends_is_closed_in_order() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0],[20,1,"equaliser",1,1,1,7,{"a":2}]]"#);
    driver.handle(Input::End { reason: "signed out".into() });
    assert_eq!(driver.close, Some((4401, "signed out".into())));
    assert!(driver.is_over && driver.jobs.values().all(|(_, is_cancelled)| *is_cancelled));
    assert!(!driver.resume("secret 1", 0));

    let mut driver = Driver::open(Config::default());
    driver.cut();
    driver.handle(Input::End { reason: "signed out".into() });
    assert!(driver.is_over && driver.close.is_none());
}
