use fader_protocol::MAX_INTEGER;
use fader_protocol::link::LinkConfig;
use fader_server::session::{Config, Feed, Input, JobId, NotTaken, Work};

use crate::driver::{Driver, raw};

/// The handler's end of a stream.
fn feed(driver: &Driver, job: JobId) -> Feed {
    match &driver.jobs[&job].0 {
        Work::Stream { feed, .. } => feed.clone(),
        work => panic!("not a stream: {work:?}"),
    }
}

/// A client with stream 1 at work, and its handler's end.
fn open(config: Config, credit: u64) -> (Driver, JobId, Feed) {
    let mut driver = Driver::open(config);
    driver.say(&format!(r#"[[30,1,"search",{credit},{{"text":"a"}}]]"#));
    let job = driver.job();
    let Work::Stream { method, params, feed } = driver.jobs[&job].0.clone() else { panic!() };
    assert_eq!((method.as_str(), params.get()), ("search", r#"{"text":"a"}"#));
    (driver, job, feed)
}

fn small() -> Config {
    Config { link: LinkConfig { frames: 8, bytes: 4096 }, ..Config::default() }
}

/// Offers items, each its number, until no more are taken.
fn fill(feed: &Feed) -> u64 {
    (1..).find(|number| feed.offer(raw(&number.to_string())).is_err()).unwrap() - 1
}

#[test]
fn items_come_in_order_and_then_an_end() {
    let (mut driver, job, feed) = open(Config::default(), 3);
    feed.offer(raw("1")).unwrap();
    feed.offer(raw("2")).unwrap();
    assert_eq!(driver.read(), ["[[32,1,1],[32,1,2]]"]);
    feed.offer(raw("3")).unwrap();
    driver.succeed(job, "null");
    assert_eq!(driver.read(), ["[[32,1,3],[33,1]]"]);
    driver.say("[[31,1,5],[13,1]]");
    assert!(driver.read().is_empty());
}

#[test]
fn an_error_comes_after_the_items() {
    let (mut driver, job, feed) = open(Config::default(), 3);
    feed.offer(raw("1")).unwrap();
    driver.fail(job, "no more");
    assert_eq!(driver.read(), [r#"[[32,1,1],[12,1,"failed","no more",null]]"#]);
}

#[test]
fn no_more_items_come_than_there_is_credit_for() {
    let (mut driver, job, feed) = open(Config::default(), 2);
    assert_eq!(fill(&feed), 2);
    assert_eq!(driver.read(), ["[[32,1,1],[32,1,2]]"]);
    assert_eq!(fill(&feed), 0);
    driver.say("[[31,1,3],[31,99,3]]");
    assert_eq!(fill(&feed), 3);
    driver.read();
    // An end needs none.
    driver.succeed(job, "null");
    assert_eq!(driver.read(), ["[[33,1]]"]);
}

#[test]
fn endless_credit_is_a_lot() {
    let (mut driver, _, feed) = open(Config::default(), MAX_INTEGER);
    driver.say(&format!("[[31,1,{MAX_INTEGER}],[31,1,{MAX_INTEGER}],[31,1,0]]"));
    feed.offer(raw("1")).unwrap();
    assert_eq!(driver.read(), ["[[32,1,1]]"]);
    driver.say("[[31,1,9007199254740992]]");
    assert!(driver.sent()[0].contains("bad-frame"));
    // Whatever the credit, little waits for a session that takes nothing.
    let item = raw(&format!("\"{}\"", "x".repeat(1000)));
    let taken = (0..).take_while(|_| feed.offer(item.clone()).is_ok()).count();
    assert_eq!(taken, 15, "an item takes more than its bytes");
}

#[test]
fn a_cancelled_stream_is_stopped_and_nobody_listens() {
    let (mut driver, job, feed) = open(Config::default(), 9);
    feed.offer(raw("1")).unwrap();
    driver.say("[[13,1]]");
    assert!(driver.is_cancelled(job));
    assert_eq!(feed.offer(raw("2")), Err(NotTaken::Over));
    driver.succeed(job, "null");
    assert!(driver.read().is_empty());
}

#[test]
fn a_stream_takes_the_place_of_a_request_until_it_has_ended() {
    let (mut driver, job, feed) = open(Config { requests: 1, ..Config::default() }, 9);
    driver.say(r#"[[30,2,"search",1,0]]"#);
    assert!(driver.sent()[0].contains("too-many"));
    feed.offer(raw("1")).unwrap();
    driver.succeed(job, "null");
    driver.say(r#"[[10,2,"sum",0]]"#);
    assert!(driver.sent()[0].contains("too-many"));
    assert_eq!(driver.read(), ["[[32,1,1],[33,1]]"]);
    driver.say(r#"[[10,2,"sum",0]]"#);
    assert_eq!(driver.jobs.len(), 1);
}

#[test]
fn ids_and_names_are_those_of_requests() {
    let (mut driver, _, _) = open(Config::default(), 9);
    driver.say(r#"[[10,1,"sum",0],[30,1,"search",1,0]]"#);
    assert_eq!(driver.sent()[0].matches("duplicate-id").count(), 2);
    // A method that answers once is no stream, and the other way round.
    driver.say(r#"[[30,2,"sum",1,0],[10,3,"search",0],[30,4,"other",1,0]]"#);
    assert_eq!(driver.sent()[0].matches("unknown-method").count(), 3);
    driver.say(r#"[[10,2,"sum",0]]"#);
    driver.say("[[31,2,1]]");
    assert!(driver.sent().is_empty(), "credit for what is no stream is ignored");
}

#[test]
fn nothing_is_lost_or_doubled_by_a_resume() {
    let (mut driver, job, feed) = open(Config::default(), 4);
    assert_eq!(fill(&feed), 4);
    assert_eq!(driver.read(), ["[[32,1,1],[32,1,2],[32,1,3],[32,1,4]]"]);
    driver.cut();
    assert!(!driver.is_cancelled(job));
    driver.come_back(2);
    assert!(driver.sent()[0].ends_with(",[32,1,3],[32,1,4]]"));
    driver.say("[[31,1,1]]");
    feed.offer(raw("5")).unwrap();
    driver.succeed(job, "null");
    assert_eq!(driver.read(), ["[[32,1,5],[33,1]]"]);
}

#[test]
fn without_a_connection_items_wait_for_the_next_as_far_as_there_is_credit() {
    let (mut driver, _, feed) = open(Config::default(), 3);
    driver.cut();
    assert_eq!(fill(&feed), 3);
    assert!(driver.read().is_empty());
    assert_eq!(fill(&feed), 0);
    driver.come_back(0);
    assert!(driver.sent()[0].ends_with(",[32,1,1],[32,1,2],[32,1,3]]"));
}

#[test]
fn items_leave_room_in_the_link_for_answers() {
    let (mut driver, _, feed) = open(small(), 100);
    assert_eq!(fill(&feed), 100);
    // Half of what the link keeps, and a ping that asks for an acknowledgement.
    assert_eq!(driver.read(), ["[[32,1,1],[32,1,2],[32,1,3],[32,1,4],[2,0]]"]);
    driver.say(r#"[[10,2,"sum",0],[4,2]]"#);
    assert_eq!(driver.read(), ["[[32,1,5],[32,1,6],[2,0]]"]);
    assert_eq!(driver.session.stats().overflowed, 0);
    // Also while there is no connection, and it goes on from there.
    driver.cut();
    driver.handle(Input::News);
    driver.come_back(6);
    driver.sent();
    assert!(driver.read()[0].starts_with("[[32,1,7],[32,1,8],"));
    assert_eq!(driver.session.stats().overflowed, 0);
}

#[test]
fn an_item_larger_than_there_is_room_for_goes_alone() {
    let (mut driver, _, feed) = open(small(), 9);
    let large = format!("\"{}\"", "x".repeat(3000));
    feed.offer(raw("1")).unwrap();
    feed.offer(raw(&large)).unwrap();
    assert_eq!(driver.read(), ["[[32,1,1],[2,0]]"]);
    driver.say("[[4,1]]");
    assert_eq!(driver.read(), [format!("[[32,1,{large}]]")]);
    assert_eq!(driver.session.stats().overflowed, 0);
}

#[test]
fn a_stream_that_has_ended_and_waits_for_room_can_be_cancelled_or_given_up() {
    let end = |how: fn(&mut Driver)| {
        let (mut driver, job, feed) = open(small(), 9);
        assert_eq!(fill(&feed), 9);
        driver.read();
        driver.succeed(job, "null");
        assert!(driver.read().is_empty());
        how(&mut driver);
        assert_eq!(feed.offer(raw("1")), Err(NotTaken::Over));
        driver
    };
    let mut driver = end(|driver| driver.say("[[13,1]]"));
    driver.say("[[4,4]]");
    assert!(driver.read().is_empty());
    let driver = end(|driver| driver.gone(1000));
    assert!(driver.is_over);
}

#[test]
fn streams_share_a_turn() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[30,1,"search",1000,0],[30,2,"search",1000,0]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    let feeds = [feed(&driver, jobs[0]), feed(&driver, jobs[1])];
    assert_eq!((fill(&feeds[0]), fill(&feeds[1])), (246, 246));
    driver.handle(Input::News);
    let sent = driver.sent().concat();
    assert_eq!((sent.matches("[32,1,").count(), sent.matches("[32,2,").count()), (128, 128));
}

#[test]
fn a_drained_session_waits_for_its_streams() {
    let (mut driver, job, feed) = open(Config::default(), 9);
    driver.drain();
    feed.offer(raw("1")).unwrap();
    driver.succeed(job, "null");
    assert!(!driver.is_over);
    let sent = driver.read();
    assert_eq!(sent[1], "[[32,1,1],[33,1]]");
    assert_eq!(driver.close_code(), Some(1012));
}

#[test]
fn nobody_listens_when_the_session_is_over() {
    let (mut driver, job, feed) = open(Config::default(), 9);
    driver.gone(1000);
    assert!(driver.is_over && driver.is_cancelled(job));
    assert_eq!(feed.offer(raw("1")), Err(NotTaken::Over));
    let (driver, _, feed) = open(Config::default(), 9);
    drop(driver);
    assert_eq!(feed.offer(raw("1")), Err(NotTaken::Over));
}
