//! Values from elsewhere, and values for others.

use fader_server::session::{Config, Stats};

use crate::driver::Driver;

/// A session with group 1 open at `a` and `b` 1, and its first answer given.
fn open() -> Driver {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,0,null,{"a":1,"b":1}]]"#);
    driver.succeed(driver.job(), "0");
    driver.sent();
    driver
}

/// A patch of group 1.
fn patch(epoch: u64, seq: u64, phase: u8, patch: &str) -> String {
    format!(r#"[[20,1,"equaliser",{epoch},{seq},{phase},null,{patch}]]"#)
}

fn preview(seq: u64, values: &str) -> String {
    patch(1, seq, 0, values)
}

#[test]
fn a_value_from_elsewhere_is_told_and_computed_when_the_client_asks() {
    let mut driver = open();
    driver.push(r#"{"a":2}"#);
    assert_eq!(driver.sent(), [r#"[[25,1,1,1,{"a":2}]]"#]);
    assert!(driver.jobs.is_empty(), "a push starts no job");
    driver.say(&preview(2, "{}"));
    assert_eq!(driver.model(), r#"{"a":2,"b":1}"#);
    driver.succeed(driver.job(), "3");
    assert_eq!(driver.sent(), ["[[21,1,1,2,0,0,3]]"]);
    assert_eq!(driver.session.stats(), Stats { pushed: 1, ..Stats::default() });
}

#[test]
fn only_keys_that_the_group_has_and_values_that_differ_are_told() {
    let mut driver = open();
    driver.push(r#"{"a":1.0,"b":1,"c":2}"#);
    assert!(driver.sent().is_empty());
    driver.push(r#"{"a":1.0,"b":3,"c":2}"#);
    assert_eq!(driver.sent(), [r#"[[25,1,1,1,{"b":3}]]"#]);
    driver.push(r#"{"b":3.0}"#);
    assert!(driver.sent().is_empty());
    driver.say(&preview(2, "{}"));
    assert_eq!(driver.model(), r#"{"a":1,"b":3}"#);
}

#[test]
fn a_group_without_a_snapshot_or_of_another_name_or_closed_is_told_nothing() {
    let mut driver = Driver::open(Config::default());
    driver.push(r#"{"a":2}"#);
    // Refused: an epoch begins with seq 1.
    driver.say(&preview(2, r#"{"a":1}"#));
    driver.sent();
    driver.push(r#"{"a":2}"#);
    assert!(driver.sent().is_empty());

    let mut driver = open();
    driver.say(r#"[[20,2,"other",1,1,0,null,{"a":1}]]"#);
    driver.push(r#"{"a":2}"#);
    assert_eq!(driver.sent(), [r#"[[25,1,1,1,{"a":2}]]"#]);
    driver.say("[[15,1]]");
    driver.push(r#"{"a":3}"#);
    assert!(driver.sent().is_empty());
}

#[test]
fn a_value_from_elsewhere_changes_neither_the_running_job_nor_a_waiting_commit() {
    let mut driver = open();
    driver.say(&preview(2, r#"{"a":2}"#));
    let running = driver.job();
    driver.say(&patch(1, 3, 1, r#"{"a":3}"#));
    driver.push(r#"{"a":9,"b":9}"#);
    assert_eq!(driver.sent(), [r#"[[25,1,1,3,{"a":9,"b":9}]]"#]);
    driver.say(&preview(4, "{}"));
    driver.succeed(running, "0");
    assert_eq!(driver.model(), r#"{"a":3,"b":1}"#);
    driver.succeed(driver.job(), "0");
    assert_eq!(driver.model(), r#"{"a":9,"b":9}"#);
}

#[test]
fn a_later_change_of_the_client_replaces_a_value_from_elsewhere() {
    let mut driver = open();
    driver.push(r#"{"a":9}"#);
    driver.say(&preview(2, r#"{"a":2}"#));
    assert_eq!(driver.model(), r#"{"a":2,"b":1}"#);
}

#[test]
fn values_that_make_a_model_too_large_are_not_taken() {
    let mut driver = open();
    driver.push(&format!(r#"{{"a":"{}"}}"#, "x".repeat(40_000)));
    driver.sent();
    driver.push(&format!(r#"{{"b":"{}"}}"#, "x".repeat(40_000)));
    assert!(driver.sent().is_empty());
    assert_eq!(driver.session.stats(), Stats { pushed: 1, unfit: 1, ..Stats::default() });
    driver.say(&preview(2, r#"{"a":2}"#));
    assert_eq!(driver.model(), r#"{"a":2,"b":1}"#);
}

#[test]
fn what_its_client_changed_is_shared_with_the_other_groups_of_the_name() {
    let mut driver = open();
    driver
        .say(r#"[[20,2,"equaliser",1,1,0,null,{"a":1,"b":1}],[20,3,"other",1,1,0,null,{"a":1}]]"#);
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    jobs.into_iter().for_each(|job| driver.succeed(job, "0"));
    driver.sent();

    driver.say(&preview(2, r#"{"a":2}"#));
    driver.share(driver.job(), r#"{"a":2.0,"b":1.0}"#);
    assert_eq!(
        driver.sent(),
        [r#"[[25,2,1,1,{"a":2.0}]]"#],
        "neither to itself nor to another name"
    );
    assert_eq!(driver.pushed(), [r#"{"a":2.0}"#]);
}

#[test]
fn what_a_handler_adds_is_shared_too() {
    let mut driver = open();
    driver.say(&preview(2, r#"{"a":2}"#));
    let job = driver.job();
    driver.share(job, r#"{"b":4,"c":5}"#);
    assert_eq!(driver.pushed(), [r#"{"b":4,"c":5}"#]);
    driver.share(job, r#"{"b":5}"#);
    assert_eq!(driver.pushed(), [r#"{"b":5}"#]);
    assert!(driver.sent().is_empty());
}

/// A handler that shares its whole model each time it is called.
#[test]
fn a_call_for_values_from_elsewhere_shares_nothing() {
    let mut driver = open();
    driver.push(r#"{"a":2}"#);
    driver.say(&preview(2, "{}"));
    driver.share(driver.job(), r#"{"a":2,"b":1}"#);
    driver.share(driver.job(), r#"{"a":3}"#);
    assert!(driver.pushed().is_empty());
    driver.succeed(driver.job(), "0");
    // An own change, and beside it the value from elsewhere.
    driver.say(&preview(3, r#"{"b":3}"#));
    driver.share(driver.job(), r#"{"a":2,"b":3}"#);
    assert_eq!(driver.pushed(), [r#"{"b":3}"#]);
}

#[test]
fn what_a_page_opens_with_is_not_shared() {
    let mut driver = Driver::open(Config::default());
    driver.say(&patch(1, 1, 0, r#"{"a":1,"b":1}"#));
    driver.share(driver.job(), r#"{"a":1,"b":1}"#);
    assert!(driver.pushed().is_empty());
    driver.say(&patch(1, 2, 0, r#"{"a":1,"b":1}"#));
    driver.succeed(driver.job(), "0");
    driver.share(driver.job(), r#"{"a":1,"b":1}"#);
    assert!(driver.pushed().is_empty(), "said again is not changed");
}

#[test]
fn what_a_page_opens_with_is_shared_if_a_gesture_ended_with_it() {
    let mut driver = Driver::open(Config::default());
    driver.say(&patch(1, 1, 1, r#"{"a":1,"b":1}"#));
    driver.share(driver.job(), r#"{"a":1,"b":1}"#);
    assert_eq!(driver.pushed(), [r#"{"a":1,"b":1}"#]);
}

/// A handler that shares on letting go only.
#[test]
fn a_commit_shares_what_previews_changed() {
    let mut driver = open();
    driver.say(&preview(2, r#"{"a":2}"#));
    driver.succeed(driver.job(), "0");
    driver.say(&preview(3, r#"{"a":3}"#));
    let preview = driver.job();
    driver.say(&patch(1, 4, 1, "{}"));
    driver.share(preview, r#"{"a":3,"b":1}"#);
    assert!(driver.pushed().is_empty(), "a cancelled job shares nothing");
    driver.succeed(preview, "0");
    driver.share(driver.job(), r#"{"a":3,"b":1}"#);
    assert_eq!(driver.pushed(), [r#"{"a":3}"#]);
    driver.succeed(driver.job(), "0");
    driver.say(&patch(1, 5, 1, "{}"));
    driver.share(driver.job(), r#"{"a":3,"b":1}"#);
    assert!(driver.pushed().is_empty(), "once is enough");
}

#[test]
fn a_preview_behind_a_commit_shares_its_own_changes() {
    let mut driver = open();
    driver.say(&patch(1, 2, 1, r#"{"b":2}"#));
    let first = driver.job();
    driver.say(&patch(1, 3, 1, r#"{"a":3}"#));
    driver.say(&preview(4, r#"{"a":4}"#));
    driver.succeed(first, "0");
    driver.share(driver.job(), r#"{"a":3,"b":2}"#);
    assert_eq!(driver.pushed(), [r#"{"a":3,"b":2}"#], "the first commit did not share its b");
    driver.succeed(driver.job(), "0");
    driver.share(driver.job(), r#"{"a":4,"b":2}"#);
    assert_eq!(driver.pushed(), [r#"{"a":4}"#]);
}

/// Two people move the same slider: whose value is shared last is right, everywhere.
#[test]
fn a_value_shared_later_prevails_here_too() {
    let mut driver = open();
    driver.say(&preview(2, r#"{"a":2}"#));
    driver.push(r#"{"a":9}"#);
    assert_eq!(driver.sent(), [r#"[[25,1,1,2,{"a":9}]]"#]);
    driver.share(driver.job(), r#"{"a":2,"b":1}"#);
    assert_eq!(driver.pushed(), [r#"{"a":2}"#]);
    assert_eq!(driver.sent(), [r#"[[25,1,1,2,{"a":2}]]"#]);
    // And in the other order: what was shared first is replaced.
    driver.push(r#"{"a":8}"#);
    assert_eq!(driver.sent(), [r#"[[25,1,1,2,{"a":8}]]"#]);
    driver.succeed(driver.job(), "0");
    driver.say(&patch(1, 3, 1, "{}"));
    driver.share(driver.job(), r#"{"a":8,"b":1}"#);
    assert!(driver.pushed().is_empty(), "the 8 is not the client's");
}

#[test]
fn a_newer_change_of_the_client_is_not_replaced_by_what_is_shared_of_an_older_one() {
    let mut driver = open();
    driver.say(&preview(2, r#"{"a":2}"#));
    driver.say(&preview(3, r#"{"a":3}"#));
    driver.share(driver.job(), r#"{"a":2}"#);
    assert_eq!(driver.pushed(), [r#"{"a":2}"#]);
    assert!(driver.sent().is_empty());
    driver.succeed(driver.job(), "0");
    assert_eq!(driver.model(), r#"{"a":3,"b":1}"#);
    driver.share(driver.job(), r#"{"a":3}"#);
    assert_eq!(driver.pushed(), [r#"{"a":3}"#]);
}

/// The push was lost with the connection, and the client starts again from what it had.
#[test]
fn a_new_epoch_does_not_bring_replaced_values_back() {
    let mut driver = open();
    driver.push(r#"{"a":9}"#);
    driver.sent();
    // Meanwhile the person changed b.
    driver.say(&patch(2, 1, 0, r#"{"a":1,"b":2}"#));
    assert_eq!(driver.sent(), [r#"[[25,1,2,1,{"a":9}]]"#]);
    assert_eq!(driver.model(), r#"{"a":9,"b":2}"#);
    driver.share(driver.job(), r#"{"a":9,"b":2}"#);
    assert_eq!(driver.pushed(), [r#"{"b":2}"#]);
}

/// What comes while the client is away, it is told when it is back.
#[test]
fn a_value_from_elsewhere_waits_for_the_client_of_a_detached_session() {
    let mut driver = open();
    driver.cut();
    driver.push(r#"{"a":8}"#);
    driver.push(r#"{"a":9}"#);
    assert!(driver.sent().is_empty() && driver.jobs.is_empty());
    driver.come_back(0);
    driver.sent();
    driver.say(&patch(2, 1, 0, r#"{"a":1,"b":1}"#));
    assert_eq!(driver.sent(), [r#"[[25,1,2,1,{"a":9}]]"#]);
    assert_eq!(driver.model(), r#"{"a":9,"b":1}"#);
}

#[test]
fn a_commit_that_begins_an_epoch_replaces_values_from_elsewhere() {
    let mut driver = open();
    driver.push(r#"{"a":9}"#);
    driver.sent();
    driver.say(&patch(2, 1, 1, r#"{"a":2,"b":1}"#));
    assert!(driver.sent().is_empty());
    assert_eq!(driver.model(), r#"{"a":2,"b":1}"#);
    driver.share(driver.job(), r#"{"a":2,"b":1}"#);
    assert_eq!(driver.pushed(), [r#"{"a":2}"#]);
}

#[test]
fn a_commit_shares_though_its_group_is_closed_and_its_epoch_is_over() {
    for ends in ["[[15,1]]".to_owned(), patch(2, 1, 0, r#"{"a":2,"b":1}"#)] {
        let mut driver = open();
        driver.say(&patch(1, 2, 1, r#"{"a":2}"#));
        let commit = driver.job();
        driver.say(&ends);
        driver.share(commit, r#"{"a":2}"#);
        assert_eq!(driver.pushed(), [r#"{"a":2}"#]);
    }
}

#[test]
fn a_request_shares_nothing() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.share(driver.job(), r#"{"a":2}"#);
    assert!(driver.pushed().is_empty());
}
