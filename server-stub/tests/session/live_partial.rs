//! Coarse results ahead of full ones.

use fader_server::session::Config;

use crate::driver::Driver;

#[test]
fn coarse_results_are_sent_ahead_of_the_answer() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",4,1,0,null,{"a":1}]]"#);
    driver.say(r#"[[20,1,"equaliser",4,2,0,null,{"a":2}]]"#);
    let job = driver.job();
    driver.partial(job, "1");
    driver.partial(job, "2");
    assert_eq!(driver.sent(), ["[[24,1,4,1,1]]", "[[24,1,4,1,2]]"]);
    driver.pass_ms(5);
    driver.succeed(job, "3");
    assert_eq!(driver.sent(), ["[[21,1,4,1,0,5000,3]]"]);
    driver.partial(driver.job(), "4");
    assert_eq!(driver.sent(), ["[[24,1,4,2,4]]"]);
}

#[test]
fn a_commit_has_coarse_results_too() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,1,7,{"a":1}],[20,1,"equaliser",1,2,0,null,{"a":2}]]"#);
    driver.partial(driver.job(), "1");
    assert_eq!(driver.sent(), ["[[24,1,1,1,1]]"]);
}

#[test]
fn nothing_is_sent_for_a_job_whose_result_nobody_will_see() {
    let supersede = [
        (0, r#"[[20,1,"equaliser",1,2,1,7,{}]]"#),
        (0, r#"[[20,1,"equaliser",2,1,0,null,{}]]"#),
        (1, r#"[[20,1,"equaliser",2,1,0,null,{}]]"#),
        (0, "[[15,1]]"),
        (1, "[[15,1]]"),
    ];
    for (phase, message) in supersede {
        let mut driver = Driver::open(Config::default());
        driver.say(&format!(r#"[[20,1,"equaliser",1,1,{phase},null,{{"a":1}}]]"#));
        let job = driver.job();
        driver.say(message);
        driver.partial(job, "1");
        assert!(driver.sent().is_empty(), "{phase} {message}");
        driver.succeed(job, "2");
        driver.partial(job, "3");
        assert!(driver.sent().is_empty(), "{phase} {message}");
    }
}

#[test]
fn a_request_has_no_coarse_result() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[10,1,"slow",0]]"#);
    driver.partial(driver.job(), "1");
    assert!(driver.sent().is_empty());
}

#[test]
fn a_coarse_result_that_a_client_would_refuse_is_dropped() {
    let mut driver = Driver::open(Config::default());
    driver.say(r#"[[20,1,"equaliser",1,1,0,null,{}]]"#);
    let job = driver.job();
    driver.partial(job, &format!("\"{}\"", "x".repeat(1024 * 1024)));
    driver.partial(job, &format!("{}1{}", "[".repeat(65), "]".repeat(65)));
    assert!(driver.sent().is_empty());
    driver.succeed(job, "1");
    assert_eq!(driver.sent(), ["[[21,1,1,1,0,0,1]]"]);
}
