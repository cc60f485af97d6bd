use std::time::Duration;

use fader_server::session::{Config, Stats, Work};

use crate::driver::Driver;

const PREVIEW: u8 = 0;
const COMMIT: u8 = 1;
const CANCEL: u8 = 2;

/// A patch of group 1 without a commit id.
fn patch(epoch: u64, seq: u64, phase: u8, patch: &str) -> String {
    format!(r#"[[20,1,"equaliser",{epoch},{seq},{phase},null,{patch}]]"#)
}

fn commit(epoch: u64, seq: u64, id: u64, patch: &str) -> String {
    format!(r#"[[20,1,"equaliser",{epoch},{seq},{COMMIT},{id},{patch}]]"#)
}

fn driver() -> Driver {
    Driver::open(Config::default())
}

#[test]
fn one_runs_one_waits_and_the_rest_is_merged() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1,"b":{"x":1}}"#));
    assert_eq!(driver.model(), r#"{"a":1,"b":{"x":1}}"#);
    let first = driver.job();

    for seq in 2..=100 {
        driver.pass_ms(1);
        driver.say(&patch(1, seq, PREVIEW, &format!(r#"{{"a":{seq}}}"#)));
    }
    driver.pass_ms(20);
    assert_eq!(driver.job(), first, "a preview never preempts");
    assert!(!driver.is_cancelled(first));
    driver.say(&patch(1, 101, PREVIEW, r#"{"c":null}"#));
    assert!(driver.sent().is_empty());

    driver.pass_ms(1);
    driver.succeed(first, "10");
    assert_eq!(driver.sent(), ["[[21,1,1,1,0,120000,10]]"]);
    assert_eq!(driver.model(), r#"{"a":100,"b":{"x":1},"c":null}"#);
    driver.pass_ms(7);
    driver.succeed(driver.job(), "20");
    assert_eq!(driver.sent(), ["[[21,1,1,101,1000,7000,20]]"]);
    assert!(driver.jobs.is_empty());
    assert_eq!(driver.session.stats(), Stats { merged: 99, ..Stats::default() });
}

#[test]
fn an_error_acknowledges_and_the_group_goes_on() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1}"#));
    driver.say(&patch(1, 2, PREVIEW, r#"{"a":2}"#));
    driver.fail(driver.job(), "too low");
    assert_eq!(driver.sent(), [r#"[[22,1,1,1,0,0,"failed","too low",null]]"#]);
    assert_eq!(driver.model(), r#"{"a":2}"#);
    driver.succeed(driver.job(), "4");
    assert_eq!(driver.sent(), ["[[21,1,1,2,0,0,4]]"]);
}

#[test]
fn a_commit_cancels_the_preview_and_answers_for_it() {
    for phase in [COMMIT, CANCEL] {
        let mut driver = driver();
        driver.say(&patch(1, 1, PREVIEW, r#"{"a":1}"#));
        driver.say(&patch(1, 2, PREVIEW, r#"{"a":2}"#));
        let preview = driver.job();
        driver.say(&patch(1, 3, phase, r#"{"b":3}"#));
        assert!(driver.is_cancelled(preview));
        assert_eq!(driver.jobs.len(), 1, "the commit waits until the preview has ended");

        driver.pass_ms(2);
        driver.succeed(preview, "\"too late\"");
        assert!(driver.sent().is_empty());
        assert_eq!(driver.model(), r#"{"a":2,"b":3}"#);
        let Work::Live { phase: told, .. } = &driver.jobs[&driver.job()].0 else { panic!() };
        assert_eq!(told.number(), u64::from(phase));
        driver.pass_ms(50);
        driver.succeed(driver.job(), "6");
        assert_eq!(driver.sent(), ["[[21,1,1,3,2000,50000,6]]"]);
        assert_eq!(driver.session.stats().preempted, 1);
    }
}

fn preempting(ms: u64) -> Driver {
    let preempt_after = [("equaliser", Duration::from_millis(ms))].into();
    Driver::open(Config { preempt_after, ..Config::default() })
}

#[test]
fn a_preview_that_runs_for_too_long_is_cancelled_for_a_newer_one_if_asked_for() {
    let mut driver = preempting(20);
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1}"#));
    let first = driver.job();
    driver.pass_ms(100);
    assert!(!driver.is_cancelled(first), "nothing newer is there");
    driver.say(&patch(1, 2, PREVIEW, r#"{"a":2}"#));
    assert!(driver.is_cancelled(first));
    driver.fail(first, "cancelled");
    assert!(driver.sent().is_empty(), "the next answers for it");

    let second = driver.job();
    driver.pass_ms(5);
    driver.say(&patch(1, 3, PREVIEW, r#"{"a":3}"#));
    driver.pass_ms(14);
    assert!(!driver.is_cancelled(second));
    driver.pass_ms(1);
    assert!(driver.is_cancelled(second));
    driver.succeed(second, "2");
    driver.pass_ms(19);
    driver.succeed(driver.job(), "3");
    assert_eq!(driver.sent(), ["[[21,1,1,3,15000,19000,3]]"]);
    assert_eq!(driver.session.stats().preempted, 2);
}

#[test]
fn a_commit_is_not_cancelled_however_long_it_runs() {
    let mut driver = preempting(20);
    driver.say(&commit(1, 1, 1, r#"{"a":1}"#));
    driver.say(&patch(1, 2, PREVIEW, r#"{"a":2}"#));
    driver.pass_ms(100);
    driver.say(&patch(1, 3, PREVIEW, r#"{"a":3}"#));
    assert!(!driver.is_cancelled(driver.job()));
    // Another group's previews neither.
    driver.succeed(driver.job(), "1");
    driver.succeed(driver.job(), "3");
    driver.say(r#"[[20,2,"other",1,1,0,null,{}],[20,2,"other",1,2,0,null,{}]]"#);
    driver.pass_ms(100);
    assert!(!driver.is_cancelled(driver.job()));
}

#[test]
fn a_commit_does_not_cancel_a_commit() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 1, r#"{"a":1}"#));
    driver.say(&commit(1, 2, 2, r#"{"a":2}"#));
    driver.say(&patch(1, 3, CANCEL, r#"{"a":3}"#));
    assert!(!driver.is_cancelled(driver.job()));
    driver.succeed(driver.job(), "1");
    driver.succeed(driver.job(), "3");
    assert_eq!(driver.sent(), ["[[21,1,1,1,0,0,1]]", "[[21,1,1,3,0,0,3]]"]);
}

#[test]
fn a_preview_does_not_change_what_a_waiting_commit_commits() {
    for phase in [COMMIT, CANCEL] {
        let mut driver = driver();
        driver.say(&patch(1, 1, PREVIEW, r#"{"a":1,"b":1}"#));
        let preview = driver.job();
        driver.say(&patch(1, 2, phase, r#"{"a":2}"#));
        driver.say(&patch(1, 3, PREVIEW, r#"{"a":3}"#));
        driver.say(&patch(1, 4, PREVIEW, r#"{"b":4}"#));
        driver.succeed(preview, "0");
        assert!(driver.sent().is_empty(), "the commit answers for the preview that it cancelled");

        assert_eq!(driver.model(), r#"{"a":2,"b":1}"#);
        assert_eq!(driver.phase(), phase);
        driver.pass_ms(3);
        driver.succeed(driver.job(), "2");
        assert_eq!(driver.sent(), ["[[21,1,1,2,0,3000,2]]"]);

        assert_eq!(driver.model(), r#"{"a":3,"b":4}"#);
        assert_eq!(driver.phase(), PREVIEW);
        driver.succeed(driver.job(), "4");
        assert_eq!(driver.sent(), ["[[21,1,1,4,3000,0,4]]"]);
        assert!(driver.jobs.is_empty());
        assert_eq!(driver.session.stats().merged, 1);
    }
}

#[test]
fn a_newer_commit_replaces_all_that_waits() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 1, r#"{"a":1,"b":1}"#));
    driver.say(&commit(1, 2, 2, r#"{"a":2}"#));
    driver.say(&patch(1, 3, PREVIEW, r#"{"b":3}"#));
    driver.say(&commit(1, 4, 3, r#"{"a":4}"#));
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.model(), r#"{"a":4,"b":3}"#);
    driver.succeed(driver.job(), "4");
    assert_eq!(driver.sent(), ["[[21,1,1,1,0,0,1]]", "[[21,1,1,4,0,0,4]]"]);
    assert!(driver.jobs.is_empty());
}

#[test]
fn a_preview_that_changes_nothing_is_answered_by_the_commit_that_waits() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1}"#));
    let preview = driver.job();
    driver.say(&commit(1, 2, 1, r#"{"a":2}"#));
    driver.say(&patch(1, 3, PREVIEW, "{}"));
    driver.say(&patch(1, 4, PREVIEW, r#"{"a":2}"#));
    driver.succeed(preview, "1");
    driver.succeed(driver.job(), "2");
    assert_eq!(driver.sent(), ["[[21,1,1,4,0,0,2]]"]);
    assert!(driver.jobs.is_empty());
}

#[test]
fn a_preview_behind_a_commit_is_dropped_with_its_group_and_its_epoch() {
    for ends in ["[[15,1]]".to_owned(), commit(2, 1, 9, r#"{"a":5}"#)] {
        let mut driver = driver();
        driver.say(&commit(1, 1, 1, r#"{"a":1}"#));
        driver.say(&commit(1, 2, 2, r#"{"a":2}"#));
        driver.say(&patch(1, 3, PREVIEW, r#"{"a":3}"#));
        driver.say(&ends);
        driver.succeed(driver.job(), "1");
        let expected = if ends == "[[15,1]]" { r#"{"a":2}"# } else { r#"{"a":5}"# };
        assert_eq!(driver.model(), expected);
        driver.succeed(driver.job(), "2");
        assert!(driver.jobs.is_empty());
    }
}

#[test]
fn a_new_epoch_starts_from_its_snapshot() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1,"b":1}"#));
    driver.say(&patch(1, 2, PREVIEW, r#"{"c":1}"#));
    let old = driver.job();
    driver.say(&patch(2, 1, PREVIEW, r#"{"a":2}"#));
    assert!(driver.is_cancelled(old));
    // What was under way when the connection broke may still arrive.
    driver.say(&patch(1, 3, COMMIT, r#"{"d":1}"#));
    driver.fail(old, "cancelled");
    assert!(driver.sent().is_empty());
    assert_eq!(driver.model(), r#"{"a":2}"#);
    driver.succeed(driver.job(), "2");
    assert_eq!(driver.sent(), ["[[21,1,2,1,0,0,2]]"]);
    let stats = Stats { stale: 1, preempted: 1, ..Stats::default() };
    assert_eq!(driver.session.stats(), stats);
}

#[test]
fn a_patch_that_came_before_is_ignored() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1}"#));
    driver.say(&patch(1, 2, PREVIEW, r#"{"a":2}"#));
    driver.say(&patch(1, 2, PREVIEW, r#"{"a":3}"#));
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":4}"#));
    driver.say(&patch(1, 0, PREVIEW, r#"{"a":5}"#));
    driver.succeed(driver.job(), "0");
    assert_eq!(driver.model(), r#"{"a":2}"#);
    assert_eq!(driver.session.stats().stale, 3);
}

#[test]
fn a_commit_sent_again_has_its_first_result() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 7, r#"{"a":1}"#));
    driver.succeed(driver.job(), "\"done\"");
    driver.sent();

    driver.say(&commit(2, 1, 7, r#"{"a":1}"#));
    assert!(driver.jobs.is_empty(), "it does not run again");
    assert_eq!(driver.sent(), [r#"[[21,1,2,1,0,0,"done"]]"#]);
    assert_eq!(driver.session.stats().replayed, 1);

    // Its snapshot is the model that later patches change.
    driver.say(&patch(2, 2, PREVIEW, r#"{"b":2}"#));
    assert_eq!(driver.model(), r#"{"a":1,"b":2}"#);
    driver.succeed(driver.job(), "2");

    driver.say(&commit(2, 3, 8, r#"{"a":8}"#));
    assert_eq!(driver.jobs.len(), 1, "another commit runs");
}

#[test]
fn a_failed_commit_sent_again_has_failed() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 7, r#"{"a":1}"#));
    driver.fail(driver.job(), "full");
    driver.sent();
    driver.say(&commit(2, 1, 7, r#"{"a":1}"#));
    assert_eq!(driver.sent(), [r#"[[22,1,2,1,0,0,"failed","full",null]]"#]);
}

/// The connection broke between a commit's effect and its acknowledgement.
#[test]
fn a_running_commit_sent_again_is_not_cancelled_and_runs_once() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 7, r#"{"a":1}"#));
    let job = driver.job();
    driver.say(&commit(2, 1, 7, r#"{"a":1}"#));
    assert!(!driver.is_cancelled(job));
    driver.pass_ms(3);
    driver.succeed(job, "\"done\"");
    assert_eq!(driver.sent(), [r#"[[21,1,2,1,3000,0,"done"]]"#]);
    assert!(driver.jobs.is_empty());
}

#[test]
fn what_changed_after_a_repeated_commit_is_computed_as_a_preview() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 7, r#"{"a":1}"#));
    let job = driver.job();
    driver.say(&commit(2, 1, 7, r#"{"a":1}"#));
    driver.say(&patch(2, 2, PREVIEW, r#"{"a":2}"#));
    driver.succeed(job, "\"done\"");
    assert!(driver.sent().is_empty());
    assert_eq!(driver.model(), r#"{"a":2}"#);
    let Work::Live { phase, .. } = &driver.jobs[&driver.job()].0 else { panic!() };
    assert_eq!(phase.number(), u64::from(PREVIEW), "the commit takes effect only once");
    driver.succeed(driver.job(), "2");
    assert_eq!(driver.sent(), ["[[21,1,2,2,0,0,2]]"]);
}

#[test]
fn what_changed_before_a_repeated_commit_is_computed_too() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 7, r#"{"a":1,"b":1}"#));
    let job = driver.job();
    driver.say(&patch(2, 1, PREVIEW, r#"{"a":1,"b":2}"#));
    driver.say(&commit(2, 2, 7, r#"{"a":1}"#));
    driver.succeed(job, "\"done\"");
    assert!(driver.sent().is_empty());
    assert_eq!(driver.model(), r#"{"a":1,"b":2}"#);
}

#[test]
fn a_repeated_commit_answers_for_no_other_values() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 7, r#"{"a":1,"b":1}"#));
    driver.succeed(driver.job(), "\"done\"");
    driver.sent();
    driver.say(&patch(2, 1, PREVIEW, r#"{"a":1,"b":2}"#));
    let preview = driver.job();
    driver.say(&commit(2, 2, 7, r#"{"a":1}"#));
    driver.fail(preview, "cancelled");
    assert!(driver.sent().is_empty(), "the outcome was not computed with this b");
    assert_eq!((driver.model(), driver.phase()), (r#"{"a":1,"b":2}"#, PREVIEW));
    driver.succeed(driver.job(), "2");
    driver.say(&commit(2, 3, 7, r#"{"a":1,"b":1}"#));
    assert_eq!(driver.sent(), ["[[21,1,2,2,0,0,2]]", r#"[[21,1,2,3,0,0,"done"]]"#]);
}

#[test]
fn an_older_commit_repeated_while_a_newer_one_waits_changes_nothing_for_it() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 7, r#"{"a":1}"#));
    driver.say(&commit(1, 2, 8, r#"{"a":2}"#));
    driver.say(&commit(1, 3, 7, r#"{"a":1}"#));
    driver.succeed(driver.job(), "1");
    assert_eq!((driver.model(), driver.phase()), (r#"{"a":2}"#, COMMIT));
    driver.succeed(driver.job(), "2");
    assert_eq!((driver.model(), driver.phase()), (r#"{"a":1}"#, PREVIEW));
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.sent().len(), 3);
}

#[test]
fn a_preview_is_computed_whatever_its_commit_id() {
    let mut driver = driver();
    driver.say(&commit(1, 1, 7, r#"{"a":1}"#));
    driver.succeed(driver.job(), "1");
    driver.say(r#"[[20,1,"equaliser",1,2,0,7,{"a":2}]]"#);
    assert_eq!(driver.model(), r#"{"a":2}"#);
}

#[test]
fn a_commit_that_waited_when_a_new_epoch_began_runs_once() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1}"#));
    driver.say(&commit(1, 2, 7, r#"{"a":2}"#));
    let preview = driver.job();
    driver.say(&commit(2, 1, 7, r#"{"a":2}"#));
    driver.succeed(preview, "1");
    driver.succeed(driver.job(), "2");
    assert_eq!(driver.sent(), ["[[21,1,2,1,0,0,2]]"]);
    assert!(driver.jobs.is_empty());
}

#[test]
fn groups_are_independent() {
    let mut driver = driver();
    driver.say(
        r#"[[20,1,"equaliser",1,1,0,null,{"a":1}],[20,2,"equaliser",1,1,0,null,{"a":2}],[20,3,"other",1,1,0,null,{}]]"#,
    );
    let jobs: Vec<_> = driver.jobs.keys().copied().collect();
    assert_eq!(jobs.len(), 3);
    driver.say(r#"[[20,2,"equaliser",1,2,1,null,{}]]"#);
    assert!(!driver.is_cancelled(jobs[0]) && driver.is_cancelled(jobs[1]));
    driver.succeed(jobs[2], "3");
    driver.succeed(jobs[0], "1");
    assert_eq!(driver.sent(), ["[[21,3,1,1,0,0,3]]", "[[21,1,1,1,0,0,1]]"]);
}

#[test]
fn a_group_keeps_its_name() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, "{}"));
    driver.say(r#"[[20,1,"other",1,2,0,null,{}]]"#);
    let refused = r#"[[22,1,1,2,0,0,"bad-frame","live group 1 is named \"equaliser\"",null]]"#;
    assert_eq!(driver.sent(), [refused]);
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.sent(), ["[[21,1,1,1,0,0,1]]"]);
}

#[test]
fn a_closed_group_is_cancelled_and_forgotten() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1}"#));
    driver.say(&patch(1, 2, PREVIEW, r#"{"a":2}"#));
    let job = driver.job();
    driver.say("[[15,1]]");
    assert!(driver.is_cancelled(job));
    driver.succeed(job, "1");
    assert!(driver.jobs.is_empty() && driver.sent().is_empty());
}

/// A page that leaves commits its last values and closes the group in one message.
#[test]
fn a_commit_is_completed_though_its_group_is_closed() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, r#"{"a":1}"#));
    let preview = driver.job();
    driver.say(r#"[[20,1,"equaliser",1,2,1,7,{"a":2}],[15,1]]"#);
    assert!(driver.is_cancelled(preview));
    driver.succeed(preview, "1");
    assert_eq!(driver.model(), r#"{"a":2}"#);
    let commit = driver.job();
    // A group of the same id would be another one.
    driver.say(&patch(1, 1, PREVIEW, r#"{"b":1}"#));
    assert!(!driver.is_cancelled(commit));
    assert_eq!(driver.jobs.len(), 2);
    driver.succeed(commit, "2");
    assert!(driver.sent().is_empty());
}

#[test]
fn only_so_many_groups_may_be_open() {
    let mut driver = Driver::open(Config { groups: 1, ..Config::default() });
    let second = r#"[[20,2,"equaliser",1,1,0,null,{}]]"#;
    let refused = r#"[[22,2,1,1,0,0,"too-many","at most 1 live groups may be open at once",null]]"#;
    driver.say(&patch(1, 1, PREVIEW, "{}"));
    let job = driver.job();
    driver.say(second);
    assert_eq!(driver.sent(), [refused]);
    // A closed group takes its place until its handler has ended.
    driver.say("[[15,1]]");
    driver.say(second);
    assert_eq!(driver.sent(), [refused]);
    driver.succeed(job, "1");
    driver.say(second);
    assert!(driver.sent().is_empty());
    driver.job();
}

#[test]
fn a_model_that_grows_too_large_is_refused_until_it_is_begun_anew() {
    let mut driver = driver();
    let filler = "x".repeat(40_000);
    driver.say(&patch(1, 1, PREVIEW, &format!(r#"{{"a":"{filler}"}}"#)));
    driver.say(&patch(1, 2, PREVIEW, &format!(r#"{{"b":"{filler}"}}"#)));
    let refused = |epoch, seq| {
        let why = "a model may take at most 65536 bytes";
        format!(r#"[[22,1,{epoch},{seq},0,0,"too-large","{why}",null]]"#)
    };
    assert!(driver.sent().is_empty(), "the answer to the first patch comes first");
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.sent().concat(), format!("[[21,1,1,1,0,0,1],{}", &refused(1, 2)[1..]));
    driver.say(&patch(1, 3, PREVIEW, r#"{"a":1}"#));
    assert_eq!(driver.sent(), [refused(1, 3)]);
    driver.say(&commit(1, 4, 1, r#"{"a":1}"#));
    assert_eq!(driver.sent(), [refused(1, 4)]);
    driver.say(&commit(2, 1, 1, r#"{"a":1}"#));
    assert_eq!(driver.model(), r#"{"a":1}"#, "the commit that was refused had no effect yet");
}

#[test]
fn a_preview_that_is_too_large_spoils_no_commit() {
    let mut driver = driver();
    let large = |key| format!(r#"{{"{key}":"{}"}}"#, "x".repeat(40_000));
    driver.say(&commit(1, 1, 7, r#"{"a":1}"#));
    driver.say(&commit(1, 2, 8, r#"{"a":2}"#));
    driver.say(&patch(1, 3, PREVIEW, &large("b")));
    driver.say(&patch(1, 4, PREVIEW, &large("c")));
    driver.succeed(driver.job(), "1");
    assert_eq!(driver.model(), r#"{"a":2}"#);
    driver.succeed(driver.job(), "2");
    let sent = driver.sent();
    assert_eq!(sent[0], "[[21,1,1,1,0,0,1]]");
    assert!(sent[1].starts_with(r#"[[21,1,1,2,0,0,2],[22,1,1,4,0,0,"too-large","#), "{sent:?}");
}

#[test]
fn a_result_too_large_for_the_client_is_an_error() {
    let mut driver = driver();
    driver.say(&patch(1, 1, PREVIEW, "{}"));
    driver.succeed(driver.job(), &format!("\"{}\"", "x".repeat(1024 * 1024)));
    let sent = driver.sent();
    assert!(sent[0].starts_with(r#"[[22,1,1,1,0,0,"too-large","the answer has"#), "{sent:?}");
}
