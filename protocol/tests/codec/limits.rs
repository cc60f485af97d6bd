use fader_protocol::{
    ClientFrame, Decoded, MAX_FRAMES, MAX_INTEGER, MessageError, MessageLimits, RawPayload,
    ServerFrame, close, code, json,
};

fn decode(text: &str, limits: &MessageLimits) -> Decoded<ClientFrame<RawPayload>> {
    json::decode(text, limits)
}

fn default(text: &str) -> Decoded<ClientFrame<RawPayload>> {
    decode(text, &MessageLimits::default())
}

#[test]
fn a_message_may_have_as_many_bytes_as_allowed() {
    let text = "[[2,1]]";
    let limit = text.len();
    assert!(
        decode(text, &MessageLimits { message_bytes: limit, ..MessageLimits::default() }).is_ok()
    );
    let error =
        decode(text, &MessageLimits { message_bytes: limit - 1, ..MessageLimits::default() });
    let error = error.unwrap_err();
    assert_eq!(error, MessageError::TooLarge { bytes: limit, limit: limit - 1 });
    assert_eq!(error.close_code(), close::MESSAGE_TOO_BIG);
}

#[test]
fn a_message_too_large_is_not_looked_into() {
    let text = format!("{}not json", " ".repeat(64 * 1024));
    assert!(matches!(default(&text), Err(MessageError::TooLarge { .. })));
}

#[test]
fn a_message_may_have_as_many_frames_as_allowed() {
    let text = |frames: usize| format!("[{}]", vec!["[2,1]"; frames].join(","));
    assert_eq!(default(&text(MAX_FRAMES)).unwrap().len(), MAX_FRAMES);
    let error = default(&text(MAX_FRAMES + 1)).unwrap_err();
    assert_eq!(error, MessageError::TooManyFrames { frames: MAX_FRAMES + 1, limit: MAX_FRAMES });
    assert_eq!(error.close_code(), close::BAD_MESSAGE);
}

/// Arrays and objects in turn, `levels` deep.
fn nested(levels: usize) -> String {
    let (open, close) = (["[", "{\"k\":"], ["]", "}"]);
    let opening: String = (0..levels).map(|level| open[level % 2]).collect();
    let closing: String = (0..levels).rev().map(|level| close[level % 2]).collect();
    format!("{opening}1{closing}")
}

#[test]
fn a_payload_may_nest_as_deep_as_allowed() {
    let limit = MessageLimits::default().depth;
    let text = |levels| format!(r#"[[10,7,"m",{}],[2,1]]"#, nested(levels));
    assert!(default(&text(limit)).unwrap()[0].is_ok());

    let frames = default(&text(limit + 1)).unwrap();
    let error = frames[0].as_ref().unwrap_err();
    assert_eq!((error.code, error.request), (code::BAD_FRAME, Some(7)));
    assert_eq!(error.message, "frame 10: params must be nested at most 64 levels deep");
    assert_eq!(frames[1], Ok(ClientFrame::Ping(1)), "the other frames are unharmed");
}

#[test]
fn a_patch_and_an_errors_data_nest_no_deeper_either() {
    let limit = MessageLimits::default().depth;
    let live = |levels| format!(r#"[[20,1,"g",1,1,0,null,{{"key":{}}}]]"#, nested(levels));
    assert!(default(&live(limit - 1)).unwrap()[0].is_ok());
    assert_eq!(default(&live(limit)).unwrap()[0].as_ref().unwrap_err().code, code::BAD_FRAME);

    let rejected = |levels| {
        let text = format!(r#"[[12,7,"failed","why",{}]]"#, nested(levels));
        json::decode::<ServerFrame<RawPayload>>(&text, &MessageLimits::default()).unwrap().remove(0)
    };
    assert!(rejected(limit).is_ok());
    assert_eq!(rejected(limit + 1).unwrap_err().request, Some(7));
}

/// Neither the stack nor the time grows out of hand.
#[test]
fn a_message_that_is_nothing_but_brackets_is_survived() {
    let limits = MessageLimits { message_bytes: usize::MAX, ..MessageLimits::default() };
    for brackets in ["[".repeat(200_000), nested(200_000)] {
        let text = format!(r#"[[10,7,"m",{brackets}"#);
        assert!(matches!(decode(&text, &limits), Err(MessageError::Malformed(_))));
    }
    let text = format!(r#"[[10,7,"m",{}],{}]"#, nested(200_000), nested(200_000));
    let frames = decode(&text, &limits).unwrap();
    assert_eq!(frames.len(), 2);
    assert!(frames.iter().all(Result::is_err));
}

#[test]
fn a_name_has_from_one_to_128_bytes() {
    let request =
        |method: &str| default(&format!(r#"[[10,1,"{method}",null]]"#)).unwrap().remove(0);
    let live = |key: &str| {
        default(&format!(r#"[[20,1,"g",1,1,0,null,{{"{key}":1}}]]"#)).unwrap().remove(0)
    };
    // Bytes of the name, not of its spelling and not characters.
    for good in ["x".to_string(), "x".repeat(128), "é".repeat(64), r"\u00e9".repeat(64)] {
        assert!(request(&good).is_ok() && live(&good).is_ok(), "{good}");
    }
    for bad in [String::new(), "x".repeat(129), "é".repeat(65)] {
        assert_eq!(request(&bad).unwrap_err().request, Some(1), "{bad}");
        assert_eq!(live(&bad).unwrap_err().code, code::BAD_FRAME, "{bad}");
    }
}

#[test]
fn integers_end_where_javascripts_do() {
    let ping = |nonce: u64| default(&format!("[[2,{nonce}]]")).unwrap().remove(0);
    assert_eq!(ping(MAX_INTEGER), Ok(ClientFrame::Ping(9_007_199_254_740_991)));
    assert!(ping(MAX_INTEGER + 1).is_err());
    assert!(ping(u64::MAX).is_err());

    let welcome = |heartbeat: u64, bytes: u64| {
        let text = format!(
            r#"[[1,{{"session":"s","secret":"t","heartbeat_ms":{heartbeat},"message_bytes":{bytes}}}]]"#
        );
        json::decode::<ServerFrame<RawPayload>>(&text, &MessageLimits::default()).unwrap().remove(0)
    };
    assert!(welcome(MAX_INTEGER, MAX_INTEGER).is_ok());
    assert!(welcome(MAX_INTEGER + 1, 1).is_err());
    assert!(welcome(1, MAX_INTEGER + 1).is_err());

    let resume = |received: u64| {
        let text = format!(
            r#"[[0,{{"version":1,"resume":{{"session":"s","secret":"t","received":{received}}}}}]]"#
        );
        default(&text).unwrap().remove(0)
    };
    assert!(resume(MAX_INTEGER).is_ok());
    assert!(resume(MAX_INTEGER + 1).is_err());
}
