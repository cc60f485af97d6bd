use fader_protocol::json::{self, JsonFrame};
use fader_protocol::{
    ClientFrame, FrameError, MAX_INTEGER, MessageError, MessageLimits, RawPayload, ServerFrame,
    close, code,
};

/// What is sent, the code of the error, and the request that the error names.
type Case = (&'static str, &'static str, Option<u64>);

#[test]
fn what_begins_or_ends_a_subscription_is_named() {
    for (frame, subscription) in [
        (r#"[42,3,{"epoch":7}]"#, Some(3)),
        (r#"[45,3,"forbidden"]"#, Some(3)),
        ("[42,null,{}]", None),
        ("[43,3,1]", None),
        ("[11,3]", None),
    ] {
        let error = read::<ServerFrame<RawPayload>>(frame).expect_err(frame);
        assert_eq!(error.subscription, subscription, "{frame}");
    }
}

/// Between two good frames, so that these must be unharmed.
fn read<F: JsonFrame>(frame: &str) -> Result<F, FrameError> {
    let text = format!("[[2,1],{frame},[2,2]]");
    let mut frames = json::decode::<F>(&text, &MessageLimits::default()).unwrap();
    assert_eq!(frames.len(), 3, "{frame}");
    assert!(frames[0].is_ok() && frames[2].is_ok(), "{frame}");
    frames.remove(1)
}

fn check<F: JsonFrame + std::fmt::Debug>(cases: &[Case]) {
    for &(frame, code, request) in cases {
        let error = read::<F>(frame).expect_err(frame);
        assert_eq!((error.code, error.request), (code, request), "{frame}: {error}");
        // The link counts it or not by its code, wherever that can be read.
        let of = frame.trim_start_matches('[').split([',', ']']).next().unwrap();
        let of: u64 = of.parse().unwrap_or(0);
        let counted = matches!(of, 10..=19 | 30..=MAX_INTEGER);
        assert_eq!(error.sequenced, counted, "{frame}");
    }
}

/// Wrong for both directions: not a frame at all.
const NO_FRAME: &[Case] = &[
    ("null", code::BAD_FRAME, None),
    ("true", code::BAD_FRAME, None),
    ("2", code::BAD_FRAME, None),
    (r#""[2,1]""#, code::BAD_FRAME, None),
    (r#"{"0":2,"1":1}"#, code::BAD_FRAME, None),
    ("[]", code::BAD_FRAME, None),
    ("[null]", code::BAD_FRAME, None),
    (r#"["2",1]"#, code::BAD_FRAME, None),
    ("[[2],1]", code::BAD_FRAME, None),
    ("[-1]", code::BAD_FRAME, None),
    ("[2.0,1]", code::BAD_FRAME, None),
    ("[2e0,1]", code::BAD_FRAME, None),
    ("[9007199254740992]", code::BAD_FRAME, None),
    ("[18446744073709551616]", code::BAD_FRAME, None),
    ("[4]", code::BAD_FRAME, None),
    ("[4,-1]", code::BAD_FRAME, None),
    ("[8]", code::UNKNOWN_FRAME, None),
    ("[16,1]", code::UNKNOWN_FRAME, None),
    ("[28,1]", code::UNKNOWN_FRAME, None),
    ("[99]", code::UNKNOWN_FRAME, None),
    ("[9007199254740991,1,2,3]", code::UNKNOWN_FRAME, None),
];

const CLIENT: &[Case] = &[
    // hello
    ("[0]", code::BAD_FRAME, None),
    ("[0,null]", code::BAD_FRAME, None),
    ("[0,1]", code::BAD_FRAME, None),
    ("[0,[1]]", code::BAD_FRAME, None),
    (r#"[0,[1,"agent"]]"#, code::BAD_FRAME, None),
    ("[0,{}]", code::BAD_FRAME, None),
    (r#"[0,{"version":"1"}]"#, code::BAD_FRAME, None),
    (r#"[0,{"version":-1}]"#, code::BAD_FRAME, None),
    (r#"[0,{"version":1.0}]"#, code::BAD_FRAME, None),
    (r#"[0,{"version":4294967296}]"#, code::BAD_FRAME, None),
    (r#"[0,{"version":1,"agent":7}]"#, code::BAD_FRAME, None),
    (r#"[0,{"version":1,"resume":"s"}]"#, code::BAD_FRAME, None),
    (r#"[0,{"version":1,"resume":{"session":"s","secret":"t"}}]"#, code::BAD_FRAME, None),
    (r#"[0,{"version":1,"resume":{"session":"s","received":1}}]"#, code::BAD_FRAME, None),
    (
        r#"[0,{"version":1,"resume":{"session":"s","secret":"t","received":9007199254740992}}]"#,
        code::BAD_FRAME,
        None,
    ),
    // ping and pong
    ("[2]", code::BAD_FRAME, None),
    ("[2,null]", code::BAD_FRAME, None),
    (r#"[2,"1"]"#, code::BAD_FRAME, None),
    ("[2,-1]", code::BAD_FRAME, None),
    ("[2,-0]", code::BAD_FRAME, None),
    ("[2,1.5]", code::BAD_FRAME, None),
    ("[2,1e3]", code::BAD_FRAME, None),
    ("[2,9007199254740992]", code::BAD_FRAME, None),
    ("[3]", code::BAD_FRAME, None),
    // request
    ("[10]", code::BAD_FRAME, None),
    (r#"[10,"1","m",null]"#, code::BAD_FRAME, None),
    ("[10,1]", code::BAD_FRAME, Some(1)),
    ("[10,1,null,null]", code::BAD_FRAME, Some(1)),
    ("[10,1,7,null]", code::BAD_FRAME, Some(1)),
    (r#"[10,1,"",null]"#, code::BAD_FRAME, Some(1)),
    (r#"[10,1,"\ud800",null]"#, code::BAD_FRAME, Some(1)),
    (r#"[10,1,"m"]"#, code::BAD_FRAME, Some(1)),
    // keyed-request and volatile-request
    (r#"[14,1,"m",null]"#, code::BAD_FRAME, Some(1)),
    (r#"[14,1,"m",7,null]"#, code::BAD_FRAME, Some(1)),
    (r#"[14,1,"m","",null]"#, code::BAD_FRAME, Some(1)),
    (r#"[14,1,"m","k"]"#, code::BAD_FRAME, Some(1)),
    ("[7]", code::BAD_FRAME, None),
    (r#"[7,1,"m"]"#, code::BAD_FRAME, Some(1)),
    // cancel
    ("[13]", code::BAD_FRAME, None),
    ("[13,null]", code::BAD_FRAME, None),
    // live
    ("[20]", code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,0,null]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,0,{}]"#, code::BAD_FRAME, None),
    (r#"[20,1,"",1,1,0,null,{}]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",-1,1,0,null,{}]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,null,0,null,{}]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,3,null,{}]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,"commit",null,{}]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,1,false,{}]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,1,1.5,{}]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,0,null,null]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,0,null,[]]"#, code::BAD_FRAME, None),
    (r#"[20,1,"g",1,1,0,null,{"":1}]"#, code::BAD_FRAME, None),
    // live-close
    ("[15]", code::BAD_FRAME, None),
    (r#"[15,"1"]"#, code::BAD_FRAME, None),
    // what only a server sends
    (r#"[1,{"session":"s","heartbeat_ms":1,"message_bytes":1}]"#, code::UNKNOWN_FRAME, None),
    (r#"[5,0,0,""]"#, code::UNKNOWN_FRAME, None),
    (r#"[6,"failed",""]"#, code::UNKNOWN_FRAME, None),
    ("[11,1,null]", code::UNKNOWN_FRAME, None),
    (r#"[12,1,"failed",""]"#, code::UNKNOWN_FRAME, None),
    ("[21,1,1,1,0,0,null]", code::UNKNOWN_FRAME, None),
    (r#"[22,1,1,1,0,0,"failed",""]"#, code::UNKNOWN_FRAME, None),
    ("[24,1,1,1,null]", code::UNKNOWN_FRAME, None),
    ("[25,1,1,1,{}]", code::UNKNOWN_FRAME, None),
];

const SERVER: &[Case] = &[
    // welcome
    ("[1]", code::BAD_FRAME, None),
    (r#"[1,["s",1,1]]"#, code::BAD_FRAME, None),
    (r#"[1,{"secret":"t","heartbeat_ms":1,"message_bytes":1}]"#, code::BAD_FRAME, None),
    (r#"[1,{"session":"s","heartbeat_ms":1,"message_bytes":1}]"#, code::BAD_FRAME, None),
    (r#"[1,{"session":"s","secret":"t","message_bytes":1}]"#, code::BAD_FRAME, None),
    (r#"[1,{"session":"s","secret":"t","heartbeat_ms":1}]"#, code::BAD_FRAME, None),
    (r#"[1,{"session":7,"secret":"t","heartbeat_ms":1,"message_bytes":1}]"#, code::BAD_FRAME, None),
    (
        r#"[1,{"session":"s","secret":"t","heartbeat_ms":-1,"message_bytes":1}]"#,
        code::BAD_FRAME,
        None,
    ),
    (
        r#"[1,{"session":"s","secret":"t","heartbeat_ms":1,"message_bytes":1.5}]"#,
        code::BAD_FRAME,
        None,
    ),
    // goodbye
    ("[5]", code::BAD_FRAME, None),
    (r#"[5,1000,"why"]"#, code::BAD_FRAME, None),
    ("[5,1000,1000]", code::BAD_FRAME, None),
    ("[5,1000,1000,null]", code::BAD_FRAME, None),
    // notice
    ("[6]", code::BAD_FRAME, None),
    (r#"[6,"",""]"#, code::BAD_FRAME, None),
    (r#"[6,"bad-frame"]"#, code::BAD_FRAME, None),
    // reply and error
    ("[11]", code::BAD_FRAME, None),
    ("[11,1]", code::BAD_FRAME, Some(1)),
    ("[12,1]", code::BAD_FRAME, Some(1)),
    ("[12,1,7,null]", code::BAD_FRAME, Some(1)),
    (r#"[12,1,"",""]"#, code::BAD_FRAME, Some(1)),
    (r#"[12,1,"failed",null]"#, code::BAD_FRAME, Some(1)),
    // live-result and live-error
    ("[21,1,1,1,0,0]", code::BAD_FRAME, None),
    ("[21,1,1,1,0,-1,null]", code::BAD_FRAME, None),
    ("[21,1,1,1,0,0.5,null]", code::BAD_FRAME, None),
    ("[22,1,1,1,0,0,null]", code::BAD_FRAME, None),
    (r#"[22,1,1,1,0,0,"failed"]"#, code::BAD_FRAME, None),
    // live-partial and live-push
    ("[24,1,1,1]", code::BAD_FRAME, None),
    ("[24,1,1,null,1]", code::BAD_FRAME, None),
    ("[25,1,1,1]", code::BAD_FRAME, None),
    ("[25,1,1,1,null]", code::BAD_FRAME, None),
    (r#"[25,1,1,1,{"":1}]"#, code::BAD_FRAME, None),
    // what only a client sends
    (r#"[0,{"version":1}]"#, code::UNKNOWN_FRAME, None),
    (r#"[10,1,"m",null]"#, code::UNKNOWN_FRAME, None),
    ("[13,1]", code::UNKNOWN_FRAME, None),
    (r#"[20,1,"g",1,1,0,null,{}]"#, code::UNKNOWN_FRAME, None),
    ("[15,1]", code::UNKNOWN_FRAME, None),
];

#[test]
fn what_is_no_frame_is_an_error_of_its_own() {
    check::<ClientFrame<RawPayload>>(NO_FRAME);
    check::<ServerFrame<RawPayload>>(NO_FRAME);
}

#[test]
fn a_clients_malformed_frames_are_named() {
    check::<ClientFrame<RawPayload>>(CLIENT);
}

#[test]
fn a_servers_malformed_frames_are_named() {
    check::<ServerFrame<RawPayload>>(SERVER);
}

#[test]
fn a_message_that_is_no_array_is_lost_as_a_whole() {
    for text in [
        "",
        " ",
        "null",
        "7",
        "true",
        r#""[[2,1]]""#,
        r#"{"frames":[]}"#,
        "[[2,1]",
        "[[2,1]]]",
        "[[2,1],]",
        "[[2,1]] [[2,1]]",
        "[[2,1]]\0",
        "\u{feff}[[2,1]]",
        "[2,1",
        "[[2,01]]",
        "[[2,+1]]",
        "[[2,0x1]]",
        "[[2,NaN]]",
        "[[2,1]] // ping",
        "[[2,'1']]",
        r#"[[10,1,"m",tru]]"#,
        r#"[[10,1,"m","\x"]]"#,
        r#"[[10,1,"m","\u12"]]"#,
        "[[10,1,\"m\",\"a\nb\"]]",
        r#"[[10,1,"m",{"a"}]]"#,
        r#"[[10,1,"m",{a:1}]]"#,
    ] {
        let error =
            json::decode::<ClientFrame<RawPayload>>(text, &MessageLimits::default()).unwrap_err();
        assert!(matches!(error, MessageError::Malformed(_)), "{text}: {error}");
        assert_eq!(error.close_code(), close::BAD_MESSAGE);
    }
}

/// What is accepted although no encoder of this crate writes it.
#[test]
fn what_means_the_same_is_accepted() {
    let hello = ClientFrame::Hello(fader_protocol::Hello {
        version: 1,
        agent: None,
        resume: None,
        credentials: None,
    });
    let live = read::<ClientFrame<RawPayload>>(r#"[20,1,"g",1,1,0,null,{"a":2}]"#);
    for (frame, same) in [
        ("[2,1,\"added later\",{}]", Ok(ClientFrame::Ping(1))),
        ("\t[ 2 ,\r\n1 ] ", Ok(ClientFrame::Ping(1))),
        (r#"[0,{"version":1,"agent":null}]"#, Ok(hello.clone())),
        (r#"[0,{"version":1,"added later":[[]]}]"#, Ok(hello)),
        // The last of two equal keys counts.
        (r#"[20,1,"\u0067",1,1,0,null,{"a":1,"\u0061":2}]"#, live),
    ] {
        assert_eq!(read::<ClientFrame<RawPayload>>(frame), same, "{frame}");
    }
    assert_eq!(
        json::decode::<ClientFrame<RawPayload>>(" [ ] ", &MessageLimits::default()),
        Ok(vec![])
    );

    let without_data = read::<ServerFrame<RawPayload>>(r#"[12,1,"failed","why"]"#);
    assert!(without_data.is_ok());
    assert_eq!(read(r#"[12,1,"failed","why",null]"#), without_data);
}

/// An error goes back to the sender and into logs: it is short whatever was sent.
#[test]
fn errors_do_not_quote_what_was_sent() {
    let long = "\u{1}\u{200b}".repeat(1000);
    let quoted = serde_json::to_string(&long).unwrap();
    for text in [
        quoted.clone(),
        format!("[{quoted}]"),
        format!("[[{quoted}]]"),
        format!(r#"[[0,{{"version":{quoted}}}]]"#),
        format!(r#"[[0,{{{quoted}:1}}]]"#),
        format!("[[2,{quoted}]]"),
        format!("[[10,1,{quoted},null]]"),
        format!(r#"[[20,1,"g",1,1,{quoted},null,{{}}]]"#),
        format!(r#"[[20,1,"g",1,1,1,1,{{{quoted}:1}}]]"#),
    ] {
        let error = match json::decode::<ClientFrame<RawPayload>>(&text, &MessageLimits::default())
        {
            Err(error) => error.to_string(),
            Ok(frames) => frames[0].as_ref().unwrap_err().to_string(),
        };
        assert!(error.len() <= 100, "{error}");
    }
}
