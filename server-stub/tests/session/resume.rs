use std::time::Duration;

use fader_protocol::link::LinkConfig;
use fader_server::session::{Config, Input, Work};

use crate::driver::{Driver, opening, resuming};

/// The part of the messages after the welcome.
fn after_welcome(driver: &mut Driver) -> String {
    let sent = driver.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let (welcome, rest) = sent[0].split_once("}}]").expect("a welcome");
    assert!(welcome.starts_with(r#"[[1,{"session":"s1","secret":"secret "#), "{welcome}");
    assert!(welcome.contains(r#","resumed":true,"#), "{welcome}");
    rest.trim_start_matches(',').into()
}

fn received(driver: &mut Driver) -> u64 {
    let sent = driver.sent();
    let (_, rest) = sent[0].split_once(r#""received":"#).expect("a welcome");
    rest.split_once(',').expect("more").0.parse().expect("a count")
}

#[test]
fn what_ended_meanwhile_is_answered_when_the_client_is_back() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0],[10,2,"slow",0],[10,3,"slow",0]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    driver.cut();
    driver.succeed(jobs[1], "\"b\"");
    driver.fail(jobs[0], "no");
    assert!(driver.sent().is_empty());
    driver.come_back(0);
    let missing = r#"[11,2,"b"],[12,1,"failed","no",null]]"#;
    assert_eq!(after_welcome(&mut driver), missing);
    driver.succeed(jobs[2], "\"c\"");
    assert_eq!(driver.sent(), [r#"[[11,3,"c"]]"#]);
}

#[test]
fn exactly_what_the_client_lacks_is_sent_again() {
    for lacks_after in 1..=5 {
        let mut driver = Driver::open(Config::default());
        for id in 1..=5 {
            driver.say(&format!(r#"[[10,{id},"sum",0]]"#));
            driver.succeed(driver.job(), &id.to_string());
        }
        driver.say("[[4,1]]");
        driver.sent();
        driver.cut();
        driver.come_back(lacks_after);
        let missing: Vec<_> = (lacks_after + 1..=5).map(|id| format!("[11,{id},{id}]")).collect();
        assert_eq!(after_welcome(&mut driver), format!("{}]", missing.join(",")));
    }
}

#[test]
fn what_arrived_is_told_in_the_welcome_and_counted_by_code_alone() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0],[13,1],[15,7],[14,2,"slow","k",0]]"#);
    // Refused, malformed, unknown: counted all the same.
    driver.say(r#"[[10,3,"nope",0],[10],[14,4,"slow"],[13,"x"],[16],[99,1],[1000000]]"#);
    // Not counted: volatile, live, heartbeats, no code.
    driver.say(r#"[[7,5,"slow",0],[20,1,"x",1,1,0,null,{}],[2,1],[3,1],[8],[29],["10"],7]"#);
    driver.cut();
    driver.sent();
    driver.come_back(0);
    assert_eq!(received(&mut driver), 11);
}

#[test]
fn the_frames_after_a_hello_that_resumes_count() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.cut();
    let text = resuming("secret 1", 0);
    let text = format!(r#"{},[10,2,"slow",0],[2,5]]"#, text.strip_suffix(']').unwrap());
    assert!(driver.resume_with(opening(&text)));
    assert_eq!(after_welcome(&mut driver), "[3,5]]");
    assert_eq!(driver.acknowledged, 2);
    assert_eq!(driver.jobs.len(), 2);
}

#[test]
fn acknowledgements_travel_along_and_urgent_ones_alone() {
    let mut driver = Driver::open(Config { requests: 999, ..Config::default() });
    driver.say(r#"[[10,1,"slow",0]]"#);
    assert_eq!(driver.acknowledged, 0, "nothing to travel along with");
    driver.say("[[2,1]]");
    assert_eq!((driver.acknowledged, driver.sent()), (1, vec!["[[3,1]]".into()]));
    for id in 2..=128 {
        driver.say(&format!(r#"[[10,{id},"slow",0]]"#));
    }
    assert_eq!(driver.acknowledged, 1);
    driver.say(r#"[[10,129,"slow",0]]"#);
    assert_eq!((driver.acknowledged, driver.sent().len()), (129, 0));
}

#[test]
fn a_client_that_acknowledges_what_cannot_be_is_given_up() {
    for acks in ["[[4,2]]", "[[4,1],[4,0]]", "[[4,9007199254740991]]"] {
        let mut driver = Driver::open(Config::default());
        driver.say(r#"[[10,1,"sum",0]]"#);
        driver.succeed(driver.job(), "1");
        driver.say(acks);
        assert_eq!(driver.close_code(), Some(4400), "{acks}");
        assert!(driver.is_over, "{acks}");
        assert!(!driver.resume("secret 1", 1), "{acks}");
    }
}

#[test]
fn only_the_client_may_resume() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.cut();
    for secret in ["", "secret", "secret 2", "secret 11", "s1"] {
        assert!(!driver.resume(secret, 0), "{secret}");
    }
    let other = resuming("secret 1", 0).replace("s1", "s2");
    assert!(!driver.resume_with(opening(&other)));
    assert!(!driver.resume_with(opening(crate::driver::HELLO)));
    // That harmed nobody.
    assert!(!driver.is_cancelled(driver.job()));
    driver.come_back(0);
}

/// It is a fault of whoever dialed, and may be a page that was cloned.
#[test]
fn a_resume_with_an_impossible_count_does_not_harm_the_session() {
    for count in [2, 9_007_199_254_740_991] {
        let mut driver = Driver::open(Config::default());
        driver.say(r#"[[10,1,"sum",0],[10,2,"slow",0]]"#);
        let job = *driver.jobs.keys().next().unwrap();
        driver.succeed(job, "1");
        driver.sent();
        assert!(!driver.resume("secret 1", count));
        assert!(!driver.is_over && driver.close.is_none(), "{count}");
        driver.say("[[2,7]]");
        assert_eq!(driver.sent(), ["[[3,7]]"], "the connection goes on");
        assert!(!driver.is_cancelled(driver.job()));
        driver.cut();
        assert!(!driver.resume("secret 1", count));
        assert!(driver.session.is_detached());
        driver.come_back(1);
    }
}

#[test]
fn a_connection_whose_session_cannot_be_resumed_is_closed_in_order() {
    let link = LinkConfig { frames: 2, bytes: 10_000 };
    let mut driver = Driver::open(Config { link, ..Config::default() });
    for id in 1..=3 {
        driver.say(&format!(r#"[[10,{id},"sum",0]]"#));
        driver.succeed(driver.job(), "1");
    }
    assert!(!driver.resume("secret 1", 0));
    assert!(driver.is_over);
    assert_eq!(driver.close_code(), Some(4409));
}

/// The welcome was lost: the client knows the secret before, however often.
#[test]
fn the_secret_before_is_good_until_the_client_shows_that_it_has_the_new_one() {
    let mut driver = Driver::open(Config::default());
    for _ in 0..3 {
        driver.cut();
        assert!(driver.resume("secret 1", 0));
    }
    assert_eq!(driver.secrets, ["secret 1", "secret 2", "secret 3", "secret 4"]);
    driver.cut();
    assert!(!driver.resume("secret 2", 0) && !driver.resume("secret 3", 0));
    assert!(driver.resume("secret 1", 0));
    driver.say("[[2,1]]");
    driver.cut();
    assert!(!driver.resume("secret 1", 0), "it was proven that the client has the fifth");
    assert!(driver.resume("secret 5", 0));
}

#[test]
fn a_session_ends_when_nobody_came_back_in_time() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0],[20,1,"equaliser",1,1,0,null,{"a":1}]]"#);
    driver.cut();
    driver.pass(Duration::from_secs(120) - Duration::from_millis(1));
    assert!(!driver.is_over);
    driver.pass_ms(1);
    assert!(driver.is_over);
    assert!(driver.jobs.values().all(|(_, is_cancelled)| *is_cancelled));
    assert!(!driver.resume("secret 1", 0));
}

#[test]
fn every_return_begins_the_time_anew() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    for _ in 0..10 {
        driver.cut();
        driver.pass(Duration::from_secs(100));
        driver.come_back(0);
        driver.pass(Duration::from_secs(20));
    }
    driver.sent();
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.sent(), ["[[11,1,1]]"]);
    assert_eq!(driver.session.stats().resumes, 10);
}

#[test]
fn only_a_client_that_says_so_is_gone_for_good() {
    for code in [1001, 1005, 1006, 1011, 3000, 4001, 4400, 4408, 4999] {
        let mut driver = Driver::open(Config::default());
        driver.say(r#"[[10,1,"slow",0]]"#);
        driver.gone(code);
        assert!(!driver.is_over && driver.session.is_detached(), "{code}");
        driver.come_back(0);
    }
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.gone(1000);
    assert!(driver.is_over);
    assert!(driver.is_cancelled(driver.job()));
}

#[test]
fn a_commit_takes_effect_though_the_client_is_gone_for_good() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,0,null,{"a":1}],[20,2,"other",1,1,0,null,{"a":1}]]"#);
    driver.say(r#"[[20,1,"equaliser",1,2,1,7,{"a":2}]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    driver.gone(1000);
    assert!(!driver.is_over && !driver.session.is_detached());
    assert!(!driver.resume("secret 1", 0), "it is gone for good");
    assert!(jobs.iter().all(|job| driver.is_cancelled(*job)), "both are previews");
    driver.fail(jobs[0], "cancelled");
    driver.fail(jobs[1], "cancelled");
    assert_eq!(driver.model(), r#"{"a":2}"#);
    driver.succeed(driver.job(), "2");
    assert!(driver.is_over);

    // But not without end.
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,1,7,{"a":2}]]"#);
    driver.gone(1000);
    driver.pass(Duration::from_secs(5));
    assert!(driver.is_over && driver.is_cancelled(driver.job()));
}

#[test]
fn a_session_that_there_is_no_room_for_ends() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.handle(Input::Forget);
    assert!(!driver.is_over, "it has a connection");
    driver.cut();
    driver.handle(Input::Forget);
    assert!(driver.is_over);
}

/// The client found its connection dead long before the server does.
#[test]
fn the_newest_connection_is_the_only_one() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    let old = driver.session.connection();
    driver.come_back(0);
    let new = driver.session.connection();
    assert_ne!(old, new);
    driver.sent();

    driver.say_over(old, r#"[[10,2,"sum",0],[13,1],[2,1],[4,99]]"#);
    driver.say_over(old, "nonsense");
    driver.handle(Input::Gone { connection: old, code: 1000 });
    driver.handle(Input::Gone { connection: old, code: 1006 });
    driver.handle(Input::Broken { connection: old, code: 1002, reason: "bad".into() });
    assert!(driver.sent().is_empty() && driver.close.is_none() && !driver.is_over);
    assert!(!driver.session.is_detached());
    assert!(!driver.is_cancelled(driver.job()));

    driver.say_over(new, "[[2,1]]");
    assert_eq!(driver.sent(), ["[[3,1]]"]);
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.sent(), ["[[11,1,1]]"]);
}

/// Nor does what it heard of the old connection count for the new one.
#[test]
fn the_silence_of_the_old_connection_is_not_that_of_the_new_one() {
    let mut driver = Driver::open(Config::default());
    driver.pass(Duration::from_secs(89));
    driver.come_back(0);
    driver.pass(Duration::from_secs(89));
    assert_eq!(driver.close, None);
    driver.pass(Duration::from_secs(1));
    assert_eq!(driver.close_code(), Some(4408));
    assert!(driver.session.is_detached(), "silence is no end");
    driver.come_back(0);
}

#[test]
fn a_client_that_breaks_the_rules_is_given_up() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    let connection = driver.session.connection();
    driver.handle(Input::Broken { connection, code: 1007, reason: "not UTF-8".into() });
    assert_eq!(driver.close, Some((1007, "not UTF-8".into())));
    assert!(driver.is_over && driver.is_cancelled(driver.job()));
    assert!(!driver.resume("secret 1", 0));
}

fn small() -> Config {
    Config { link: LinkConfig { frames: 3, bytes: 10_000 }, ..Config::default() }
}

#[test]
fn what_was_not_kept_cannot_be_continued() {
    for (lacks_after, can) in [(0, false), (1, false), (2, true), (5, true), (6, false)] {
        let mut driver = Driver::open(small());
        driver.say(r#"[[10,9,"slow",0]]"#);
        let slow = driver.job();
        for id in 1..=5 {
            driver.say(&format!(r#"[[10,{id},"sum",0]]"#));
            let job = *driver.jobs.keys().last().unwrap();
            driver.succeed(job, "1");
        }
        assert_eq!(driver.session.stats().overflowed, 2);
        driver.cut();
        assert_eq!(driver.resume("secret 1", lacks_after), can, "{lacks_after}");
        // More than was sent cannot have arrived, and says nothing about the session.
        let is_over = !can && lacks_after <= 5;
        assert_eq!((driver.is_over, driver.is_cancelled(slow)), (is_over, is_over));
    }
}

#[test]
fn a_reply_larger_than_the_buffer_is_sent_but_not_kept() {
    for lacks_after in 0..=1 {
        let mut driver = Driver::open(small());
        driver.say(r#"[[10,1,"sum",0]]"#);
        driver.succeed(driver.job(), &format!("\"{}\"", "x".repeat(20_000)));
        assert_eq!(driver.sent().len(), 1);
        driver.cut();
        assert_eq!(driver.resume("secret 1", lacks_after), lacks_after == 1);
    }
}

#[test]
fn a_cancellation_that_arrives_late_stops_the_work() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.cut();
    driver.pass_ms(1000);
    driver.come_back(0);
    driver.say("[[13,1],[2,1]]");
    assert!(driver.is_cancelled(driver.job()));
    driver.succeed(driver.job(), "1");
    assert!(after_welcome_of(&driver.sent()).is_empty());
}

/// The messages after that of the welcome, but for pongs.
fn after_welcome_of(sent: &[String]) -> Vec<String> {
    sent[1..].iter().filter(|message| !message.starts_with("[[3,")).cloned().collect()
}

#[test]
fn live_input_goes_on_but_its_answers_are_for_who_is_there() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,1,7,{"a":1}]]"#);
    driver.cut();
    driver.succeed(driver.job(), "\"first\"");
    assert!(driver.sent().is_empty());
    driver.come_back(0);
    assert_eq!(after_welcome(&mut driver), "]");
    // The same commit in a new epoch: it took effect already.
    driver.say(r#"[[20,1,"equaliser",2,1,1,7,{"a":1}]]"#);
    assert!(driver.jobs.is_empty());
    assert_eq!(driver.sent(), [r#"[[21,1,2,1,0,0,"first"]]"#]);
    driver.say(r#"[[20,1,"equaliser",2,2,0,null,{"a":2}]]"#);
    assert_eq!(driver.model(), r#"{"a":2}"#);
}

#[test]
fn a_key_goes_to_the_handlers_side() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[14,1,"slow","k",5]]"#);
    let Work::Request { key, params, .. } = &driver.jobs[&driver.job()].0 else { panic!() };
    assert_eq!((key.as_deref(), params.get()), (Some("k"), "5"));
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.sent(), ["[[11,1,1]]"]);
}

#[test]
fn work_with_a_key_outlives_the_session_but_not_its_cancellation() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[14,1,"slow","k",0],[10,2,"slow",0],[14,3,"slow","l",0]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    driver.say("[[13,3]]");
    driver.gone(1000);
    assert!(driver.is_over);
    let cancelled = jobs.iter().map(|job| driver.is_cancelled(*job)).collect::<Vec<_>>();
    assert_eq!(cancelled, [false, true, true]);
}
