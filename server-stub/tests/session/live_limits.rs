//! What the live groups of a session may take in memory, and who pays when it is too much.

use fader_protocol::close;
use fader_server::session::Config;

use crate::driver::Driver;

/// Two groups with 4 KiB each for sure, and 8 KiB for whoever needs more.
fn config() -> Config {
    Config { groups: 2, live_bytes: 16 * 1024, ..Config::default() }
}

fn say(driver: &mut Driver, group: u64, epoch: u64, seq: u64, patch: &str) -> String {
    driver.say(&format!(r#"[[20,{group},"equaliser",{epoch},{seq},0,null,{patch}]]"#));
    for job in driver.jobs.keys().copied().collect::<Vec<_>>() {
        driver.succeed(job, "0");
    }
    driver.sent().concat()
}

fn keys(count: usize) -> String {
    let keys: Vec<_> = (0..count).map(|key| format!("\"{key}\":1")).collect();
    format!("{{{}}}", keys.join(","))
}

fn large(key: &str, bytes: usize) -> String {
    format!(r#"{{"{key}":"{}"}}"#, "x".repeat(bytes))
}

#[test]
fn a_model_has_so_many_keys_and_no_more() {
    let mut driver = Driver::open(Config { model_keys: 10, ..Config::default() });
    assert!(say(&mut driver, 1, 1, 1, &keys(10)).starts_with("[[21,"));
    let refused = r#"[[22,1,1,2,0,0,"too-large","a model may have at most 10 keys",null]]"#;
    assert_eq!(say(&mut driver, 1, 1, 2, r#"{"one more":1}"#), refused);
    assert!(say(&mut driver, 1, 2, 1, &keys(10)).starts_with("[[21,"), "it can go on");
}

#[test]
fn the_group_that_takes_too_much_memory_is_told_so_and_others_go_on() {
    let mut driver = Driver::open(config());
    assert!(say(&mut driver, 2, 1, 1, r#"{"a":1}"#).starts_with("[[21,"));
    let refused = say(&mut driver, 1, 1, 1, &large("a", 10_000));
    assert!(refused.starts_with(r#"[[22,1,1,1,0,0,"too-large","#), "{refused}");
    assert!(refused.contains("at most 16384 bytes of memory together"), "{refused}");
    assert!(refused.contains("there is room for 12288"), "{refused}");
    assert!(say(&mut driver, 2, 1, 2, r#"{"a":2}"#).starts_with("[[21,"));
    assert!(say(&mut driver, 1, 2, 1, r#"{"a":1}"#).starts_with("[[21,"), "it can shrink");
    assert_eq!(driver.close, None);
}

#[test]
fn who_takes_all_there_is_leaves_each_other_group_its_share() {
    let mut driver = Driver::open(config());
    assert!(say(&mut driver, 1, 1, 1, &large("a", 5_000)).starts_with("[[21,"));
    let mut taken = 0;
    while say(&mut driver, 1, 1, taken + 2, &large(&format!("b{taken}"), 100)).starts_with("[[21") {
        taken += 1;
    }
    assert!(say(&mut driver, 1, 2, 1, &large("a", 5_000)).starts_with("[[21,"));
    assert!(say(&mut driver, 2, 1, 1, &large("a", 1_000)).starts_with("[[21,"));
    assert!(say(&mut driver, 2, 1, 2, &large("b", 6_000)).contains("too-large"));
}

#[test]
fn a_value_from_elsewhere_that_takes_too_much_memory_is_left_out() {
    let mut driver = Driver::open(config());
    say(&mut driver, 1, 1, 1, r#"{"a":1}"#);
    driver.push(&large("a", 10_000));
    assert!(driver.sent().is_empty());
    assert_eq!(driver.session.stats().unfit, 1);
}

/// It is computed again as a preview, which has no effect, and never as a commit.
#[test]
fn a_commit_whose_outcome_was_too_large_to_keep_takes_effect_once() {
    let mut driver = Driver::open(config());
    let commit = |seq| format!(r#"[[20,1,"equaliser",1,{seq},1,7,{{"a":1}}]]"#);
    driver.say(&commit(1));
    assert_eq!(driver.phase(), 1);
    let result = format!("\"{}\"", "x".repeat(20_000));
    driver.succeed(driver.job(), &result);
    assert_eq!(driver.sent(), [format!("[[21,1,1,1,0,0,{result}]]")]);
    driver.say(&commit(2));
    assert_eq!(driver.phase(), 0);
    driver.succeed(driver.job(), &result);
    assert_eq!(driver.sent(), [format!("[[21,1,1,2,0,0,{result}]]")]);
    assert_eq!(driver.session.stats().replayed, 0);
}

#[test]
fn who_asks_for_more_at_once_than_may_wait_loses_the_connection_and_not_the_session() {
    let mut driver = Driver::open(Config { outbox_bytes: 100_000, ..Config::default() });
    driver.say(r#"[[20,1,"equaliser",1,1,1,7,{"a":1}]]"#);
    driver.succeed(driver.job(), &format!("\"{}\"", "x".repeat(10_000)));
    driver.sent();
    let repeats: Vec<_> =
        (2..1000).map(|seq| format!(r#"[20,1,"equaliser",1,{seq},1,7,{{}}]"#)).collect();
    driver.say(&format!("[{},[10,1,\"sum\",0]]", repeats.join(",")));
    assert_eq!(driver.close_code(), Some(close::TOO_SLOW));
    assert!(driver.sent().is_empty());
    driver.succeed(driver.job(), "1");
    driver.come_back(0);
    let sent = driver.sent().concat();
    assert!(sent.ends_with("[11,1,1]]"), "{sent}");
}
