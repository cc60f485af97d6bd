use fader_protocol::MessageLimits;
use fader_server::session::Config;

use crate::driver::Driver;

#[test]
fn a_message_that_cannot_be_taken_apart_closes_the_connection() {
    let config = || Config {
        accepts: MessageLimits { message_bytes: 300, frames: 10, ..MessageLimits::default() },
        ..Config::default()
    };
    let large = format!("[[2,7],\"{}\"]", "x".repeat(300));
    let many = format!("[{}[2,7]]", "[2,7],".repeat(10));
    let table = [
        (large.as_str(), 1009, "message of 310 bytes, at most 300 are allowed"),
        (&many, 4400, "message of 11 frames, at most 10 are allowed"),
        ("", 4400, "message is not a JSON array of frames"),
        ("[[2,7]", 4400, "message is not a JSON array of frames"),
        ("{\"a\":1}", 4400, "message is not a JSON array of frames"),
        ("[[2,7]] [[2,7]]", 4400, "message is not a JSON array of frames"),
        ("[[10,1,\"sum\",NaN]]", 4400, "message is not a JSON array of frames"),
    ];
    for (message, code, reason) in table {
        let mut driver = Driver::open(config());
        driver.say(r#"[[10,1,"slow",0]]"#);
        driver.say(message);
        let (closed, why) = driver.close.clone().unwrap();
        assert_eq!(closed, code, "{message}");
        assert!(why.starts_with(reason), "{message}: {why}");
        assert!(driver.is_cancelled(driver.job()), "work of a closed connection is stopped");
    }
}

#[test]
fn a_bad_frame_is_answered_and_harms_no_other() {
    let name = "n".repeat(129);
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    let table = [
        ("7", "[6,\"bad-frame\",\"a frame must be an array that begins with a code\",null]"),
        ("[]", "[6,\"bad-frame\",\"a frame must begin with its code, an integer\",null]"),
        ("[\"x\"]", "[6,\"bad-frame\",\"a frame must begin with its code, an integer\",null]"),
        ("[99,1]", "[6,\"unknown-frame\",\"frame 99 is not known\",null]"),
        ("[1,{}]", "[6,\"unknown-frame\",\"frame 1 is not known\",null]"),
        ("[2,-1]", "[6,\"bad-frame\",\"frame 2: nonce must be an integer from 0 to 2^53-1\",null]"),
        (
            "[2,9007199254740992]",
            "[6,\"bad-frame\",\"frame 2: nonce must be an integer from 0 to 2^53-1\",null]",
        ),
        ("[10]", "[6,\"bad-frame\",\"frame 10: id must be an integer from 0 to 2^53-1\",null]"),
        (
            "[10,5]",
            "[12,5,\"bad-frame\",\"frame 10: method must be a string of 1 to 128 bytes\",null]",
        ),
        (
            &format!("[10,5,\"{name}\",1]"),
            "[12,5,\"bad-frame\",\"frame 10: method must be a string of 1 to 128 bytes\",null]",
        ),
        ("[10,5,\"sum\"]", "[12,5,\"bad-frame\",\"frame 10: params must be present\",null]"),
        (
            &format!("[10,5,\"sum\",{deep}]"),
            "[12,5,\"bad-frame\",\"frame 10: params must be nested at most 64 levels deep\",null]",
        ),
        ("[10,5,\"nope\",1]", "[12,5,\"unknown-method\",\"no method is named \\\"nope\\\"\",null]"),
        (
            "[10,5,\"equaliser\",1]",
            "[12,5,\"unknown-method\",\"no method is named \\\"equaliser\\\"\",null]",
        ),
        (
            "[20,1,\"equaliser\",1,1,3,null,{}]",
            "[6,\"bad-frame\",\"frame 20: phase must be 0, 1 or 2\",null]",
        ),
        (
            "[20,1,\"equaliser\",1,1,0,null,[]]",
            "[6,\"bad-frame\",\"frame 20: patch must be an object with keys of 1 to 128 bytes\",null]",
        ),
        (
            "[20,1,\"sum\",4,1,0,null,{}]",
            "[22,1,4,1,0,0,\"unknown-group\",\"no live group is named \\\"sum\\\"\",null]",
        ),
        (
            "[20,1,\"equaliser\",4,2,0,null,{}]",
            "[22,1,4,2,0,0,\"bad-frame\",\"an epoch begins with seq 1\",null]",
        ),
    ];
    for (bad, answer) in table {
        let mut driver = Driver::open(Config::default());
        driver.say(&format!("[[2,1],{bad},[2,2],[10,1,\"sum\",[1,2]]]"));
        assert_eq!(driver.sent(), [format!("[[3,1],{answer},[3,2]]")], "{bad}");
        driver.succeed(driver.job(), "3");
        assert_eq!(driver.sent(), ["[[11,1,3]]"], "{bad}");
        assert_eq!(driver.close, None, "{bad}");
    }
}

#[test]
fn unknown_ids_and_late_frames_are_ignored() {
    let mut driver = Driver::open(Config::default());
    driver.say("[[13,5],[15,6],[3,7]]");
    assert!(driver.sent().is_empty());
    assert_eq!(driver.close, None);
}
