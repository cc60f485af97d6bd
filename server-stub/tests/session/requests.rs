use fader_protocol::{Bytes, ClientFrame, Delivery, RawPayload, json};
use fader_server::session::{Config, Input, Work};

use crate::driver::{Driver, raw};

#[test]
fn a_request_is_answered() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"sum",{"a":1, "b":[2]}]]"#);
    let job = driver.job();
    let Work::Request { method, params, key: None } = &driver.jobs[&job].0 else { panic!() };
    assert_eq!((method.as_str(), params.get()), ("sum", r#"{"a":1, "b":[2]}"#));
    driver.succeed(job, "3");
    assert_eq!(driver.sent(), ["[[11,1,3]]"]);
}

#[test]
fn requests_of_one_message_are_answered_in_any_order() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0],[10,2,"sum",0],[10,3,"sum",0]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    driver.succeed(jobs[1], "true");
    driver.fail(jobs[2], "no \"good\"");
    driver.succeed(jobs[0], "null");
    assert_eq!(
        driver.sent(),
        ["[[11,2,true]]", r#"[[12,3,"failed","no \"good\"",null]]"#, "[[11,1,null]]"]
    );
}

#[test]
fn an_id_that_is_in_use_is_refused() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0],[10,1,"sum",0]]"#);
    assert_eq!(driver.sent(), [r#"[[12,1,"duplicate-id","request 1 is still at work",null]]"#]);
    driver.succeed(driver.job(), "5");
    assert_eq!(driver.sent(), ["[[11,1,5]]"]);
}

#[test]
fn a_cancelled_request_is_stopped_and_not_answered() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    let job = driver.job();
    driver.say("[[13,1],[13,1]]");
    assert!(driver.is_cancelled(job));
    driver.succeed(job, "5");
    assert!(driver.sent().is_empty());
}

#[test]
fn only_so_many_requests_may_be_at_work() {
    let mut driver = Driver::open(Config { requests: 2, ..Config::default() });
    let first = r#"[[10,1,"slow",0]]"#;
    driver.say(first);
    let job = driver.job();
    driver.say(r#"[[10,2,"slow",0],[10,3,"slow",0],[13,2]]"#);
    let refused = r#"[[12,3,"too-many","at most 2 requests may be at work at once",null]]"#;
    assert_eq!(driver.sent(), [refused]);
    // A cancelled handler that has not ended still takes its place.
    driver.say(r#"[[10,3,"slow",0]]"#);
    assert_eq!(driver.sent(), [refused]);
    driver.succeed(job, "5");
    driver.say(r#"[[10,4,"slow",0]]"#);
    assert_eq!(driver.sent(), ["[[11,1,5]]"]);
    assert_eq!(driver.jobs.len(), 2);
}

#[test]
fn an_answer_too_large_for_the_client_is_an_error() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"sum",0]]"#);
    driver.succeed(driver.job(), &format!("\"{}\"", "x".repeat(1024 * 1024)));
    let sent = driver.sent();
    assert!(sent[0].starts_with(r#"[[12,1,"too-large","the answer has 1048578 bytes"#), "{sent:?}");

    driver.say(r#"[[10,2,"sum",0]]"#);
    driver.succeed(driver.job(), &format!("{}{}", "[".repeat(65), "]".repeat(65)));
    let sent = driver.sent();
    assert!(sent[0].starts_with(r#"[[12,2,"too-large","the answer nests deeper"#), "{sent:?}");

    driver.say(r#"[[10,3,"sum",0]]"#);
    driver.succeed(driver.job(), &format!("{}{}", "[".repeat(64), "]".repeat(64)));
    assert!(driver.sent()[0].starts_with("[[11,3,[["));
}

/// The frames around bytes keep their order, each in a message of its kind.
#[test]
fn bytes_travel_in_binary_messages() {
    let mut driver = Driver::open(Config::default());
    let bytes = |bytes: &[u8]| RawPayload::from(Bytes(bytes.into()));
    let request = |id, params| {
        let method = "sum".into();
        ClientFrame::Request { id, method, delivery: Delivery::Once, params }
    };
    let frames = [request(1, bytes(&[7, 8])), ClientFrame::Ping(1), request(2, bytes(&[]))];
    driver.say_message(&json::encode(&frames));
    assert_eq!(driver.sent(), ["[[3,1]]"]);
    driver.say(r#"[[10,3,"sum",3],[10,4,"sum",4]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    let Work::Request { params, .. } = &driver.jobs[&jobs[0]].0 else { panic!() };
    assert_eq!(*params, bytes(&[7, 8]));
    for (job, reply) in jobs.into_iter().zip([bytes(&[8, 7]), bytes(&[]), raw("3"), bytes(&[4])]) {
        driver.jobs.remove(&job);
        driver.session.handle(driver.now, Input::Finished { job, outcome: Ok(reply) });
    }
    driver.say("[[2,2]]");
    let sent =
        ["[[11,1,[0,2]],[11,2,[2,0]]] [8, 7]", "[[11,3,3]]", "[[11,4,[0,1]],[3,2],[4,4]] [4]"];
    assert_eq!(driver.sent(), sent);
}
