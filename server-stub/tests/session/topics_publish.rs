use fader_server::session::{Config, JobId, Work};

use crate::driver::{Driver, raw};

/// The event that is to be published, and its key.
fn event(driver: &Driver, job: JobId) -> (&str, Option<&str>, &str) {
    match &driver.jobs[&job].0 {
        Work::Publish { topic, key, event } => (topic, key.as_deref(), event.get()),
        work => panic!("not a publication: {work:?}"),
    }
}

#[test]
fn a_publication_is_a_request() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[34,1,"chat",null,{"text":"hello"}],[34,2,"chat","k",1]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    assert_eq!(event(&driver, jobs[0]), ("chat", None, r#"{"text":"hello"}"#));
    assert_eq!(event(&driver, jobs[1]), ("chat", Some("k"), "1"));
    driver.say(r#"[[34,2,"chat",null,0],[10,1,"sum",0]]"#);
    let sent = driver.sent();
    assert_eq!(sent[0].matches("duplicate-id").count(), 2, "{sent:?}");
    driver.succeed(jobs[0], r#"{"epoch":"e1","offset":1}"#);
    driver.fail(jobs[1], "no");
    let sent = driver.sent();
    assert_eq!(sent, [r#"[[11,1,{"epoch":"e1","offset":1}]]"#, r#"[[12,2,"failed","no",null]]"#]);
}

#[test]
fn a_publication_goes_on_without_a_connection_and_is_answered_over_the_next() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[34,1,"chat",null,0]]"#);
    driver.cut();
    let job = driver.job();
    assert!(!driver.is_cancelled(job));
    driver.succeed(job, "5");
    driver.come_back(0);
    assert!(driver.sent()[0].ends_with(",[11,1,5]]"));
}

#[test]
fn a_publication_can_be_cancelled() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[34,1,"chat",null,0],[13,1]]"#);
    let job = driver.job();
    assert!(driver.is_cancelled(job));
    driver.succeed(job, "5");
    assert!(driver.sent().is_empty());
}

#[test]
fn a_topic_that_there_is_not_takes_nothing() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[34,1,"other",null,0],[49,"other",0]]"#);
    let error = r#""unknown-topic","no topic is named \"other\"",null]"#;
    assert_eq!(driver.sent(), [format!("[[12,1,{error},[6,{error}]")]);
    assert!(driver.jobs.is_empty());
}

#[test]
fn what_is_volatile_is_answered_only_if_it_is_refused() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[49,"chat",1],[49,"chat",2]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    assert_eq!(event(&driver, jobs[0]), ("chat", None, "1"));
    driver.succeed(jobs[0], "5");
    assert!(driver.sent().is_empty());
    driver.fail(jobs[1], "no");
    assert_eq!(driver.sent(), [r#"[[6,"failed","no",null]]"#]);
}

#[test]
fn what_is_volatile_counts_as_a_request_at_work_and_ends_with_the_session() {
    let mut driver = Driver::open(Config { requests: 1, ..Config::default() });
    driver.say(r#"[[49,"chat",1],[49,"chat",2],[10,1,"sum",0]]"#);
    let refused = r#""too-many","at most 1 requests may be at work at once",null]"#;
    assert_eq!(driver.sent(), [format!("[[6,{refused},[12,1,{refused}]")]);
    // Nobody waits for it.
    driver.drain();
    assert!(driver.is_over);
    assert!(driver.is_cancelled(driver.job()));
}

#[test]
fn an_event_that_no_client_would_take_is_not_published() {
    let driver = Driver::open(Config::default());
    let large = raw(&format!("\"{}\"", "x".repeat(1024 * 1024)));
    let deep = raw(&format!("{}{}", "[".repeat(65), "]".repeat(65)));
    for event in [large, deep] {
        let error = driver.topics.publish("chat", event).unwrap_err();
        assert!(error.to_string().starts_with("the event "), "{error}");
    }
    assert_eq!(driver.publish("chat", "1"), 1);
}
