use fader_protocol::Message;
use fastrand::Rng;

/// What somebody says who is no client of ours, and means no good. Params and
/// names are of a kind that the honest client does not use.
pub(super) fn messages(kind: u8, session: &str, rng: &mut Rng) -> Vec<Message> {
    if kind.is_multiple_of(8) {
        let hello = r#"[[0,{"version":1}]]"#.into();
        return vec![hello, binary(r#"[[10,1,"echo",[0,3]],[10,2,"echo",[2,2]]]"#, rng)];
    }
    texts(kind, session, rng).into_iter().map(Message::from).collect()
}

/// A binary message that may be damaged.
fn binary(text: &str, rng: &mut Rng) -> Message {
    let length = u32::try_from(text.len()).expect("a short text");
    let mut message = [&length.to_be_bytes(), text.as_bytes(), &[1, 2, 3, 4]].concat();
    match rng.u8(..4) {
        0 => message.truncate(rng.usize(..message.len())),
        1 => {
            let at = rng.usize(..message.len());
            message[at] = rng.u8(..);
        }
        _ => {}
    }
    Message::Binary(message)
}

fn texts(kind: u8, session: &str, rng: &mut Rng) -> Vec<String> {
    let hello = r#"[[0,{"version":1}]]"#.to_owned();
    let big = rng.u64(..9_007_199_254_740_992);
    match kind % 12 {
        // Says nothing at all.
        0 => Vec::new(),
        1 => vec![garbage(rng)],
        2 => vec![resume(session, "guessed", 0, None)],
        3 => vec![resume("__proto__", "", big, None), hello],
        4 => vec![resume(&"s".repeat(800), "null", big, None)],
        // Has received what was never sent, and goes back on it.
        5 => vec![hello, format!("[[4,{big}]]")],
        6 => vec![hello, r#"[[10,1,"echo","stranger"],[4,1],[4,0]]"#.into()],
        7 => vec![hello.clone(), hello, "[[5,0,0,\"\"],[1,{}],[11,1,2],[21]]".into()],
        // Cancels and closes what it does not have.
        8 => vec![hello, format!("[[13,{big}],[15,{big}],[3,{big}],[2,{big}]]")],
        9 => vec![hello, format!("[[20,{big},\"nobody\",{big},{big},1,{big},{{}}],[99,1]]")],
        10 => vec![hello, format!("[[10,1,\"echo\",{}1{}]]", "[".repeat(70), "]".repeat(70))],
        // More than is allowed at once.
        _ => {
            let calls: Vec<_> = (0..300).map(|id| format!("[7,{id},\"nope\",0]")).collect();
            vec![hello, format!("[{}]", calls.join(","))]
        }
    }
}

/// Text that may or may not be a message.
fn garbage(rng: &mut Rng) -> String {
    const PARTS: [&str; 12] =
        ["[", "]", "[[", ",", "0", "-1", "1e999", "\"\\ud800\"", "{}", "null", "[10,1,", "\u{0}"];
    (0..rng.usize(..12)).map(|_| PARTS[rng.usize(..PARTS.len())]).collect()
}

/// A hello that continues a session.
pub(super) fn resume(
    session: &str,
    secret: &str,
    received: u64,
    credentials: Option<&str>,
) -> String {
    let credentials = credentials.map(|text| format!(r#","credentials":"{text}""#));
    let credentials = credentials.unwrap_or_default();
    format!(
        r#"[[0,{{"version":1{credentials},"resume":{{"session":"{session}","secret":"{secret}","received":{received}}}}}]]"#
    )
}

/// What a server says that lies. None of it is a close for good.
pub(super) fn lie(rng: &mut Rng) -> Message {
    if rng.u8(..20) == 0 {
        let id = rng.u64(..8);
        return binary(&format!("[[11,{id},[0,1]],[43,{id},1,[1,9]],[32,{id},[2,1]]]"), rng);
    }
    text_lie(rng).into()
}

fn text_lie(rng: &mut Rng) -> String {
    let id = rng.u64(..8);
    let number = [id, 0, 9_007_199_254_740_991, rng.u64(..100)][rng.usize(..4)];
    match rng.u8(..20) {
        0 => garbage(rng),
        14 => format!(
            r#"[[42,{id},{{"epoch":"lie {}","offset":{number},"recovered":true}}]]"#,
            id % 3
        ),
        15 => format!("[[43,{id},{number},\"a lie\"],[43,{id},{number},\"another\"]]"),
        16 => format!("[[44,{id},{number},\"too-slow\"],[45,{number},\"forbidden\",\"\"]]"),
        17 => format!("[[46,{id},{}],[47,{id},\"{number}\",1],[48,{id},\"{id}\"]]", id % 3),
        18 => format!("[{}]", vec![format!("[32,{id},0]"); 100].join(",")),
        19 => format!("[[33,{id}],[32,{id},1]]"),
        1 => format!("[[4,{number}]]"),
        2 => format!("[[11,{id},\"a lie\"],[11,{id},\"another\"]]"),
        3 => format!("[[12,{id},\"no such code\",\"\",null]]"),
        // A delay of nothing, and of nearly for ever.
        4 => format!("[[5,{number},{number},\"\"]]"),
        5 => format!("[[6,\"{id}\",\"a notice\",[]]]"),
        6 => format!("[[21,{id},{number},{number},{number},0,{{}}]]"),
        7 => format!("[[22,{id},1,{number},0,0,\"too-large\",\"\",null]]"),
        8 => format!("[[24,{id},1,{number},1]]"),
        9 => format!("[[25,{id},1,{number},{{\"x\":{number},\"nope\":1}}]]"),
        10 => format!("[[2,{number}],[3,{number}]]"),
        11 => format!(
            r#"[[1,{{"session":"","secret":"","resumed":true,"received":{number},"heartbeat_ms":{number},"message_bytes":{id}}}]]"#
        ),
        12 => format!("[[{number},1,2,3]]"),
        _ => format!("[{}]", vec![format!("[11,{id},0]"); 200].join(",")),
    }
}
