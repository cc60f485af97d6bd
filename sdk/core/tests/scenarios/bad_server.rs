//! A server that sends nonsense: nothing panics, what can be understood is, and
//! what cannot be is dropped or ends the connection.

use fader_core::{Input, Rejection, RequestError, State};
use fader_protocol::{close, code};

use crate::support::{Rig, json, ms, reply, s};

/// Messages that cannot be taken apart at all.
fn hopeless() -> Vec<String> {
    vec![
        String::new(),
        " ".into(),
        "null".into(),
        "{}".into(),
        "7".into(),
        "\"text\"".into(),
        "[".into(),
        "[[2,1]".into(),
        "[[2,1]]]".into(),
        "[[2,1],]".into(),
        "[[2,01]]".into(),
        "[[2,NaN]]".into(),
        "[['2',1]]".into(),
        "\u{feff}[[2,1]]".into(),
        "[[2,\"\u{1}\"]]".into(),
        format!("{}[", "[".repeat(100_000)),
        format!("[{}[2,1]]", "[2,1],".repeat(1024)),
        format!("[[6,\"code\",\"{}\"]]", "x".repeat(1024 * 1024)),
    ]
}

/// Frames that cannot be understood, in messages that can be taken apart.
const SENSELESS: &[&str] = &[
    "null",
    "{}",
    "7",
    "\"text\"",
    "[]",
    "[null]",
    "[\"2\",1]",
    "[-1]",
    "[1.5]",
    "[1e1]",
    "[4]",
    "[0,{\"version\":1}]",
    "[9999,1,2,3]",
    "[18446744073709551615]",
    "[18446744073709551616]",
    "[1]",
    "[1,null]",
    "[1,[]]",
    "[1,{}]",
    "[1,{\"session\":1,\"heartbeat_ms\":1,\"message_bytes\":1}]",
    "[1,{\"session\":\"a\",\"heartbeat_ms\":-1,\"message_bytes\":1}]",
    "[1,{\"session\":\"a\",\"heartbeat_ms\":1,\"message_bytes\":1e9}]",
    "[2]",
    "[2,null]",
    "[2,-1]",
    "[2,\"1\"]",
    "[2,9007199254740992]",
    "[2,18446744073709551615]",
    "[2,1e400]",
    "[3]",
    "[3,1.0]",
    "[5]",
    "[5,1]",
    "[5,1,2]",
    "[5,1,2,3]",
    "[5,-1,2,\"x\"]",
    "[5,18446744073709551615,0,\"x\"]",
    "[6]",
    "[6,\"\",\"empty code\"]",
    "[6,7,\"no code\"]",
    "[6,\"code\"]",
    "[11]",
    "[11,1]",
    "[11,null,1]",
    "[11,18446744073709551615,1]",
    "[12,1]",
    "[12,1,\"code\"]",
    "[12,1,null,\"message\"]",
    "[21,1]",
    "[21,1,1,1,0,0]",
    "[21,1,1,1,-5,0,null]",
    "[21,1,1,18446744073709551616,0,0,null]",
    "[22,1,1,1,0,0]",
    "[22,1,1,1,0,0,\"code\"]",
];

#[test]
fn a_hopeless_message_ends_the_connection_and_the_client_tries_again() {
    for message in hopeless() {
        let what: String = message.chars().take(40).collect();
        let mut rig = Rig::open();
        let sent = rig.request("sent");
        rig.take();
        rig.serve_text(&message);
        let seen = rig.take();
        assert_eq!(seen.hang_ups.len(), 1, "{what}");
        assert_eq!(seen.hang_ups[0].0, close::BAD_MESSAGE, "{what}");
        assert!(!seen.hang_ups[0].1.is_empty(), "{what}");
        assert!(seen.waits_until().is_some(), "{what}");
        rig.resume(1);
        assert_eq!(*rig.client.state(), State::Open, "{what}");
        rig.serve([reply(1, "better now")]);
        assert_eq!(rig.take().settled, [(sent, Ok(json("better now")))], "{what}");
    }
}

#[test]
fn a_hopeless_message_ends_a_handshake_too() {
    for message in hopeless() {
        let mut rig = Rig::new();
        rig.input(Input::Connect);
        rig.transport_opens();
        rig.serve_text(&message);
        let seen = rig.take();
        assert_eq!(seen.hang_ups.len(), 1);
        assert!(seen.waits_until().is_some());
    }
}

#[test]
fn a_server_that_always_sends_nonsense_is_dialled_ever_more_rarely() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    let mut dials = 0;
    let end = rig.now + s(600);
    while rig.now < end {
        rig.transport_opens();
        rig.serve_text("nonsense");
        dials += 1;
        let State::Waiting { until, .. } = *rig.client.state() else { panic!("not waiting") };
        rig.advance(until - rig.now);
    }
    assert!(dials < 60, "{dials} dials in 10 minutes");
}

#[test]
fn a_frame_that_makes_no_sense_is_dropped_and_its_neighbours_are_not() {
    for frame in SENSELESS {
        let mut rig = Rig::open();
        let group = rig.live_open([("x".to_owned(), json(1))].into());
        let before = rig.request("before");
        let after = rig.request("after");
        rig.take();
        rig.serve_text(&format!(r#"[[11,1,"a"],{frame},[11,2,"b"],[21,1,1,1,0,0,"c"]]"#));
        let seen = rig.take();
        assert_eq!(seen.settled, [(before, Ok(json("a"))), (after, Ok(json("b")))], "{frame}");
        assert_eq!(seen.results, [(group, Ok(json("c")))], "{frame}");
        assert!(seen.hang_ups.is_empty() && seen.pongs.is_empty(), "{frame}");
    }
}

#[test]
fn a_reply_that_nests_too_deep_settles_its_request_and_spoils_no_other_frame() {
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    let mut rig = Rig::open();
    let id = rig.request("x");
    rig.take();
    rig.serve_text(&format!("[[11,1,{deep}],[2,5]]"));
    let seen = rig.take();
    let [(settled, Err(RequestError::Rejected(rejection)))] = &seen.settled[..] else {
        panic!("not one rejection: {:?}", seen.settled)
    };
    assert_eq!((*settled, rejection.code.as_str()), (id, code::BAD_REPLY));
    assert_eq!(seen.pongs, [5]);
    assert!(seen.frames.is_empty(), "there is nothing to cancel");

    let id = rig.request("y");
    rig.take();
    let deepest = format!("{}{}", "[".repeat(64), "]".repeat(64));
    rig.serve_text(&format!("[[11,2,{deepest}]]"));
    assert!(matches!(rig.take().settled[..], [(settled, Ok(_))] if settled == id));
}

#[test]
fn fields_of_later_versions_are_ignored() {
    let mut rig = Rig::open();
    let id = rig.request("x");
    rig.take();
    rig.serve_text(r#"[[11,1,"ok",{"new":true},1,2],[2,3,"new"],[6,"code","message",null,4]]"#);
    let seen = rig.take();
    assert_eq!(seen.settled, [(id, Ok(json("ok")))]);
    assert_eq!(seen.pongs, [3]);
    assert_eq!(seen.notices, [Rejection::new("code", "message")]);
}

#[test]
fn an_empty_batch_is_a_sign_of_life_and_nothing_more() {
    let mut rig = Rig::open();
    rig.serve_text("[]");
    assert!(rig.take().is_nothing());
}

#[test]
fn a_notice_is_passed_on_to_the_app() {
    let mut rig = Rig::open();
    rig.serve_text(r#"[[6,"bad-frame","no such thing",{"field":"id"}]]"#);
    let notices = rig.take().notices;
    assert_eq!(notices[0].code, "bad-frame");
    assert_eq!(notices[0].data, Some(json(serde_json::json!({"field": "id"}))));
}

#[test]
fn answers_for_groups_epochs_and_patches_that_are_not_there_change_nothing_shown() {
    let max = 9_007_199_254_740_991_u64;
    let mut rig = Rig::open();
    let group = rig.live_open([("x".to_owned(), json(1))].into());
    rig.take();
    for (id, epoch, seq) in
        [(99, 1, 1), (max, max, max), (1, 0, 1), (1, 2, 1), (1, 1, 0), (1, 1, 2), (1, 1, max)]
    {
        rig.serve_text(&format!("[[21,{id},{epoch},{seq},0,0,\"wrong\"]]"));
        assert!(rig.take().results.is_empty(), "{id} {epoch} {seq}");
    }
    rig.serve_text("[[21,1,1,1,0,0,\"right\"]]");
    assert_eq!(rig.take().results, [(group, Ok(json("right")))]);
}

#[test]
fn times_beyond_reason_break_no_arithmetic() {
    let max = 9_007_199_254_740_991_u64;
    let mut rig = Rig::open();
    let group = rig.live_open([("x".to_owned(), json(1))].into());
    for seq in 1..4 {
        rig.take();
        rig.advance(ms(20));
        rig.serve_text(&format!("[[21,1,1,{seq},{max},{max},null]]"));
        rig.set(group, [("x".to_owned(), json(seq + 1))].into());
    }
    rig.advance(s(600));
    // However long the server says that it takes, the client does not wait for ever.
    let status = rig.status(group);
    assert!(status.stalled, "{status:?}");
}

/// Random bytes and random edits of good messages.
#[test]
fn no_message_makes_it_panic() {
    let good = r#"[[1,{"session":"s","heartbeat_ms":25000,"message_bytes":65536}],[2,1],[3,1],[5,10,10,"x"],[6,"c","m",null],[11,1,{"a":[1,2]}],[12,2,"c","m",{}],[21,1,1,1,5,5,[0]],[22,1,1,1,5,5,"c","m",null]]"#;
    let mut random = fastrand::Rng::with_seed(99);
    for _ in 0..20_000 {
        let mut bytes = good.as_bytes().to_vec();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..bytes.len().max(1));
            match random.u8(..4) {
                0 if at < bytes.len() => bytes[at] = random.u8(32..127),
                1 if at < bytes.len() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                _ => bytes.insert(at, *random.choice(b"[]{},:\"\\0918-e.nul ").unwrap()),
            }
        }
        let message = String::from_utf8(bytes).unwrap();
        let mut rig = Rig::open();
        rig.request("one");
        rig.request("two");
        rig.live_open([("x".to_owned(), json(1))].into());
        rig.drain();
        rig.serve_text(&message);
        rig.advance(s(1));
    }
}
