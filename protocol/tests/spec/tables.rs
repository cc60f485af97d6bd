use std::collections::BTreeMap;

use fader_protocol::json::{self, JsonFrame};
use fader_protocol::link::LinkConfig;
use fader_protocol::{
    ClientFrame, Delivery, Goodbye, Hello, LiveAck, LivePatch, LivePush, MAX_FRAMES, MAX_INTEGER,
    MessageLimits, Patch, Phase, RawPayload, Rejection, SUBPROTOCOL_JSON, ServerFrame,
    SubscribeOptions, Subscribed, VERSION, Welcome, Window, close, code,
};

use crate::document::{SPEC, codes, table};

/// The table's name of a frame. A new variant does not compile before it has one;
/// the tests below then ask for a row in the document and for a sample.
fn client_name(frame: &ClientFrame<RawPayload>) -> &'static str {
    match frame {
        ClientFrame::Hello(_) => "hello",
        ClientFrame::Ping(_) => "ping",
        ClientFrame::Pong(_) => "pong",
        ClientFrame::Ack(_) => "ack",
        ClientFrame::Request { delivery: Delivery::Once, .. } => "request",
        ClientFrame::Request { delivery: Delivery::Keyed(_), .. } => "keyed-request",
        ClientFrame::Request { delivery: Delivery::Volatile, .. } => "volatile-request",
        ClientFrame::Cancel { .. } => "cancel",
        ClientFrame::Live(_) => "live",
        ClientFrame::LiveClose { .. } => "live-close",
        ClientFrame::Renew(_) => "renew",
        ClientFrame::Stream { .. } => "stream",
        ClientFrame::Credit { .. } => "credit",
        ClientFrame::Publish { .. } => "publish",
        ClientFrame::VolatilePublish { .. } => "volatile-publish",
        ClientFrame::Subscribe { .. } => "subscribe",
        ClientFrame::Unsubscribe { .. } => "unsubscribe",
    }
}

fn server_name(frame: &ServerFrame<RawPayload>) -> &'static str {
    match frame {
        ServerFrame::Welcome(_) => "welcome",
        ServerFrame::Ping(_) => "ping",
        ServerFrame::Pong(_) => "pong",
        ServerFrame::Ack(_) => "ack",
        ServerFrame::Goodbye(_) => "goodbye",
        ServerFrame::Notice(_) => "notice",
        ServerFrame::Reply { .. } => "reply",
        ServerFrame::Error { .. } => "error",
        ServerFrame::LiveAck(LiveAck { outcome: Ok(_), .. }) => "live-result",
        ServerFrame::LiveAck(LiveAck { outcome: Err(_), .. }) => "live-error",
        ServerFrame::LivePartial { .. } => "live-partial",
        ServerFrame::LivePush(_) => "live-push",
        ServerFrame::Renewed(_) => "renewed",
        ServerFrame::Item { .. } => "item",
        ServerFrame::End { .. } => "end",
        ServerFrame::Subscribed { .. } => "subscribed",
        ServerFrame::Event { .. } => "event",
        ServerFrame::Gap { .. } => "gap",
        ServerFrame::Unsubscribed { .. } => "unsubscribed",
        ServerFrame::Present { .. } => "present",
        ServerFrame::Joined { .. } => "joined",
        ServerFrame::Left { .. } => "left",
    }
}

fn null() -> RawPayload {
    json::to_raw(&()).unwrap()
}

fn client_frames() -> Vec<ClientFrame<RawPayload>> {
    let request =
        |delivery| ClientFrame::Request { id: 1, method: "m".into(), delivery, params: null() };
    vec![
        ClientFrame::Hello(Hello {
            version: VERSION,
            agent: None,
            resume: None,
            credentials: None,
        }),
        ClientFrame::Ping(1),
        ClientFrame::Pong(1),
        ClientFrame::Ack(1),
        request(Delivery::Once),
        request(Delivery::Keyed("k".into())),
        request(Delivery::Volatile),
        ClientFrame::Cancel { id: 1 },
        ClientFrame::Live(LivePatch {
            group: 1,
            name: "g".into(),
            epoch: 1,
            seq: 1,
            phase: Phase::Preview,
            commit: None,
            patch: Patch::new(),
        }),
        ClientFrame::LiveClose { group: 1 },
        ClientFrame::Renew("token".into()),
        ClientFrame::Stream { id: 1, method: "m".into(), credit: 1, params: null() },
        ClientFrame::Credit { id: 1, items: 1 },
        ClientFrame::Publish { id: 1, topic: "t".into(), key: None, event: null() },
        ClientFrame::VolatilePublish { topic: "t".into(), event: null() },
        ClientFrame::Subscribe { id: 1, topic: "t".into(), options: SubscribeOptions::default() },
        ClientFrame::Unsubscribe { id: 1 },
    ]
}

fn welcome() -> Welcome {
    Welcome {
        session: "s".into(),
        secret: "t".into(),
        resumed: true,
        received: 0,
        heartbeat_ms: 1,
        message_bytes: 1024,
        window: Some(Window { id: "w".into(), ms: 1 }),
        expires_ms: Some(1),
    }
}

fn server_frames() -> Vec<ServerFrame<RawPayload>> {
    let rejection = || Rejection::new(code::FAILED, "");
    let ack = |outcome| {
        ServerFrame::LiveAck(LiveAck {
            group: 1,
            epoch: 1,
            seq: 1,
            wait_us: 0,
            service_us: 0,
            outcome,
        })
    };
    vec![
        ServerFrame::Welcome(welcome()),
        ServerFrame::Ping(1),
        ServerFrame::Pong(1),
        ServerFrame::Ack(1),
        ServerFrame::Goodbye(Goodbye { after_ms: 0, spread_ms: 0, reason: String::new() }),
        ServerFrame::Notice(rejection()),
        ServerFrame::Reply { id: 1, payload: null() },
        ServerFrame::Error { id: 1, rejection: rejection() },
        ack(Ok(null())),
        ack(Err(rejection())),
        ServerFrame::LivePartial { group: 1, epoch: 1, seq: 1, result: null() },
        ServerFrame::LivePush(LivePush { group: 1, epoch: 1, seq: 1, patch: Patch::new() }),
        ServerFrame::Renewed(Some(1)),
        ServerFrame::Item { id: 1, payload: null() },
        ServerFrame::End { id: 1 },
        ServerFrame::Subscribed {
            id: 1,
            start: Subscribed { epoch: "e".into(), offset: 0, recovered: false },
        },
        ServerFrame::Event { id: 1, offset: 1, payload: null() },
        ServerFrame::Gap { id: 1, to: 1, reason: "r".into() },
        ServerFrame::Unsubscribed { id: 1, rejection: rejection() },
        ServerFrame::Present { id: 1, count: 0 },
        ServerFrame::Joined { id: 1, member: "m".into(), info: null() },
        ServerFrame::Left { id: 1, member: "m".into() },
    ]
}

/// Every frame is counted by the link or not, whatever becomes of it: the sender
/// goes by its kind, a receiver that cannot read it by its code.
#[test]
fn codes_tell_which_frames_are_sequenced() {
    fn check<F: JsonFrame>(frames: &[F], is_sequenced: impl Fn(&F) -> bool) {
        for frame in frames {
            let code = codes(json::encode([frame]).text().unwrap())[0];
            let mut read =
                json::decode::<F>(&format!("[[{code}]]"), &MessageLimits::default()).unwrap();
            let Err(error) = read.remove(0) else { panic!("{code} needs no fields") };
            assert_eq!(error.sequenced, is_sequenced(frame), "{code}");
        }
    }
    check(&client_frames(), ClientFrame::is_sequenced);
    check(&server_frames(), ServerFrame::is_sequenced);
}

/// The frames of one direction, by code, with the names and numbers of fields of
/// the document's table.
fn documented(direction: &str) -> BTreeMap<u64, (String, usize)> {
    table("Frames")
        .into_iter()
        .filter(|row| row[2] == direction || row[2] == "both")
        .map(|row| (row[0].parse().unwrap(), (row[1].clone(), row[3].split('·').count())))
        .collect()
}

/// What the encoder writes for one of each frame, in the same form.
fn written<F: JsonFrame>(
    frames: &[F],
    name: impl Fn(&F) -> &'static str,
) -> BTreeMap<u64, (String, usize)> {
    frames
        .iter()
        .map(|frame| {
            let message = json::encode([frame]);
            let text = message.text().unwrap();
            let fields: Vec<Vec<serde_json::Value>> = serde_json::from_str(text).unwrap();
            (codes(text)[0], (name(frame).to_owned(), fields[0].len() - 1))
        })
        .collect()
}

/// The codes that the decoder does not call unknown.
fn known<F: JsonFrame>() -> Vec<u64> {
    let is_known = |code: &u64| {
        let mut frames =
            json::decode::<F>(&format!("[[{code}]]"), &MessageLimits::default()).unwrap();
        frames.remove(0).map_or_else(|error| error.code != code::UNKNOWN_FRAME, |_| true)
    };
    (0..1000).filter(is_known).collect()
}

#[test]
fn the_frame_table_is_what_the_code_reads_and_writes() {
    let client = documented("client");
    assert_eq!(client, written(&client_frames(), client_name));
    assert_eq!(client.into_keys().collect::<Vec<_>>(), known::<ClientFrame<RawPayload>>());

    let server = documented("server");
    assert_eq!(server, written(&server_frames(), server_name));
    assert_eq!(server.into_keys().collect::<Vec<_>>(), known::<ServerFrame<RawPayload>>());
}

/// The constants of a source file that are declared with this type.
fn constants(source: &'static str, declared: &str) -> Vec<&'static str> {
    source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub const ")?.split_once(declared))
        .map(|(_, value)| value.trim_end_matches(';').trim_matches('"'))
        .collect()
}

#[test]
fn the_rejection_table_is_what_the_code_names() {
    let mut documented: Vec<_> =
        table("Rejections").into_iter().map(|row| row[0].clone()).collect();
    let mut named = constants(include_str!("../../src/rejection.rs"), ": &str = ");
    documented.sort();
    named.sort_unstable();
    assert_eq!(documented, named);
}

#[test]
fn the_close_table_is_what_the_code_does() {
    let documented = table("Closing and coming back");
    for row in &documented {
        let reaction = match row[3].as_str() {
            "gives up" => close::Reaction::Fatal,
            "retries with fresh credentials" => close::Reaction::Reauthenticate,
            "retries slowly" => close::Reaction::RetrySlowly,
            what if what.starts_with("retries") => close::Reaction::Retry,
            what => panic!("{what}"),
        };
        assert_eq!(close::reaction(row[0].parse().unwrap()), reaction, "{}", row[0]);
    }
    for code in constants(include_str!("../../src/close.rs"), ": u16 = ") {
        assert!(documented.iter().any(|row| row[0] == code), "{code} is not in the document");
    }
    for code in (1000..5000).filter(|code| close::reaction(*code) != close::Reaction::Retry) {
        assert!(documented.iter().any(|row| row[0] == code.to_string()), "{code}");
    }
}

#[test]
fn the_numbers_of_the_document_are_those_of_the_code() {
    let limits = MessageLimits::default();
    let limit = |what: &str| -> u64 {
        let rows = table("Limits");
        let row = rows.iter().find(|row| row[0].starts_with(what)).unwrap();
        let digits = row[1].split(' ').next().unwrap();
        digits.replace(',', "").parse().unwrap()
    };
    assert_eq!(limit("bytes in a message to a server"), limits.message_bytes as u64);
    assert_eq!(limit("frames"), limits.frames as u64);
    assert_eq!(limit("frames"), MAX_FRAMES as u64);
    assert_eq!(limit("levels"), limits.depth as u64);
    assert_eq!(limit("bytes in a name"), limits.name_bytes as u64);
    assert_eq!(limit("the largest integer"), MAX_INTEGER);
    let link = LinkConfig::default();
    assert_eq!(limit("sequenced frames kept"), link.frames as u64);
    assert_eq!(limit("bytes of them"), link.bytes as u64);
    assert!(SPEC.starts_with(&format!("# The Fader protocol, version {VERSION}\n")));
    assert!(SPEC.contains(&format!("the subprotocol `{SUBPROTOCOL_JSON}`")));
    for phase in [Phase::Preview, Phase::Commit, Phase::Cancel] {
        let stated = format!("{} for a *{phase:?}*", phase.number()).to_lowercase();
        assert!(SPEC.contains(&stated), "{stated}");
    }
}
