use std::time::Duration;

use fader_server::session::{Config, Input};

use crate::driver::Driver;

#[test]
fn a_ping_is_answered() {
    let mut driver = Driver::open(Config::default());
    driver.say("[[2,0],[2,9007199254740991]]");
    assert_eq!(driver.sent(), ["[[3,0],[3,9007199254740991]]"]);
}

#[test]
fn a_silent_client_is_asked_and_then_given_up() {
    let mut driver = Driver::open(Config::default());
    driver.pass(Duration::from_secs(89));
    assert_eq!(driver.sent(), ["[[2,1]]", "[[2,2]]", "[[2,3]]"]);
    assert_eq!(driver.close, None);
    driver.pass(Duration::from_secs(1));
    assert_eq!(driver.close, Some((4408, "nothing was heard for too long".into())));
}

/// The client's own timers fire once a minute, but it answers pings.
#[test]
fn a_hidden_tab_is_alive() {
    let mut driver = Driver::open(Config::default());
    let mut pings = 0;
    for _ in 0..600 {
        driver.pass(Duration::from_secs(1));
        for ping in driver.sent() {
            driver.say(&ping.replace("[[2,", "[[3,"));
            pings += 1;
        }
    }
    assert_eq!(driver.close, None);
    assert_eq!(pings, 600 / 25);
}

#[test]
fn who_talks_is_not_pinged() {
    let mut driver = Driver::open(Config::default());
    for _ in 0..20 {
        driver.pass(Duration::from_secs(20));
        driver.say("[[13,1]]");
    }
    assert!(driver.sent().is_empty());
}

/// The machine slept: what arrives first is a sign of life, however late.
#[test]
fn a_late_timer_does_not_kill_who_has_spoken() {
    let mut driver = Driver::open(Config::default());
    driver.now += Duration::from_secs(3600);
    driver.say("[[2,1]]");
    assert_eq!(driver.close, None);
    assert_eq!(driver.sent(), ["[[3,1]]"]);
}

/// The server's process was stopped for longer than a client may be silent. Nobody was
/// heard meanwhile, which says nothing of the clients.
#[test]
fn a_server_that_was_stopped_asks_again_before_it_gives_a_client_up() {
    let mut driver = Driver::open(Config::default());
    driver.pass(Duration::from_secs(20));
    driver.now += Duration::from_secs(100);
    driver.handle(Input::Deaf(Duration::from_secs(100)));
    driver.handle(Input::Timeout);
    assert_eq!(driver.sent(), ["[[2,1]]"]);
    assert_eq!(driver.close, None);
    // It is dead all the same, and found to be.
    driver.pass(Duration::from_secs(70));
    assert_eq!(driver.close.as_ref().map(|close| close.0), Some(4408));
}

/// What lies unread when the time is over counts, whatever is looked at first.
#[test]
fn only_a_deadline_that_is_handled_ends_anything() {
    let mut driver = Driver::open(Config::default());
    driver.now += Duration::from_secs(100);
    driver.handle(Input::News);
    assert_eq!(driver.close, None);
    driver.say("[]");
    driver.handle(Input::Timeout);
    assert_eq!(driver.close, None);
}

#[test]
fn nobody_can_come_back_to_a_server_that_is_stopped() {
    let mut driver = Driver::open(Config::default());
    driver.cut();
    driver.now += Duration::from_secs(300);
    driver.handle(Input::Deaf(Duration::from_secs(300)));
    driver.handle(Input::Timeout);
    assert!(!driver.is_over);
    driver.come_back(0);
    assert!(driver.sent()[0].contains(r#""resumed":true"#));
}
