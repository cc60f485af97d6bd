//! What the server says to a peer that does not speak as it should.

use std::time::Duration;

use fader_protocol::close;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::contract::Probe;
use crate::server::TestServer;

const HELLO: &str = r#"[[0,{"version":1}]]"#;

/// Sends some messages to a new connection. Gives what comes back until the
/// close, and its code; or until `enough` frames came.
async fn converse(
    server: &TestServer,
    messages: Vec<Message>,
    enough: usize,
) -> (Vec<String>, u16) {
    let mut request = server.url().into_client_request().expect("a URL");
    let protocol = HeaderValue::from_static("fader.1.json");
    request.headers_mut().insert("sec-websocket-protocol", protocol);
    let (mut socket, _) = connect_async(request).await.expect("a connection");
    for message in messages {
        // The server may have closed by now.
        let _ = socket.send(message).await;
    }
    let mut frames = Vec::new();
    let listen = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let batch: Vec<serde_json::Value> =
                        serde_json::from_str(&text).expect("a batch");
                    let frames_without_acks = batch.iter().filter(|frame| frame[0] != 4);
                    frames.extend(frames_without_acks.map(ToString::to_string));
                    if frames.len() >= enough {
                        return 0;
                    }
                }
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                end => unreachable!("no close frame: {end:?}"),
            }
        }
    };
    let code = tokio::time::timeout(Duration::from_secs(20), listen).await.expect("an answer");
    (frames, code)
}

#[tokio::test]
async fn a_conversation_that_cannot_go_on_is_closed_with_its_code() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let text = |text: &str| Message::text(text);
    let cases: Vec<(Vec<Message>, u16)> = vec![
        (vec![text(r#"[[0,{"version":2}]]"#)], close::UNSUPPORTED_VERSION),
        (vec![text(r#"[[0,{"version":0}]]"#)], close::UNSUPPORTED_VERSION),
        (vec![text(r#"[[10,1,"nap",1]]"#)], close::BAD_MESSAGE),
        (vec![text("[]"), text("[[2,1]]")], close::BAD_MESSAGE),
        (vec![text(r#"[[0,{}]]"#)], close::BAD_MESSAGE),
        (vec![text("nonsense")], close::BAD_MESSAGE),
        (vec![text(HELLO), text("nonsense")], close::BAD_MESSAGE),
        (vec![text(HELLO), text("{}")], close::BAD_MESSAGE),
        (vec![text(HELLO), text(&"[".repeat(60_000))], close::BAD_MESSAGE),
        (vec![text(HELLO), text(&format!("[{}[2,1]]", "[2,1],".repeat(1024)))], close::BAD_MESSAGE),
        (vec![text(HELLO), Message::binary(vec![1, 2, 3])], close::BAD_MESSAGE),
        (vec![text(HELLO), text(&" ".repeat(65_537))], close::MESSAGE_TOO_BIG),
        (vec![text(HELLO), text(&" ".repeat(1_000_000))], close::MESSAGE_TOO_BIG),
    ];
    for (messages, expected) in cases {
        let what: String = format!("{messages:?}").chars().take(100).collect();
        let (_, code) = converse(&server, messages, usize::MAX).await;
        assert_eq!(code, expected, "{what}");
    }
}

#[tokio::test]
async fn a_frame_that_makes_no_sense_is_told_of_and_the_others_are_answered() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    for (frame, told) in [
        ("[9999]", r#"[6,"unknown-frame""#),
        ("null", r#"[6,"bad-frame""#),
        (r#"[10,5]"#, r#"[12,5,"bad-frame""#),
        (r#"[10,-5,"nap",1]"#, r#"[6,"bad-frame""#),
        (r#"[10,18446744073709551616,"nap",1]"#, r#"[6,"bad-frame""#),
        (r#"[10,5,"",1]"#, r#"[12,5,"bad-frame""#),
        (r#"[10,5,"no such",1]"#, r#"[12,5,"unknown-method""#),
        (r#"[10,5,"nap","x"]"#, r#"[12,5,"bad-params""#),
        (r#"[20,1,"area",1,1,7,null,{}]"#, r#"[6,"bad-frame""#),
        (r#"[20,1,"no such",1,1,0,null,{}]"#, r#"[22,1,1,1,0,0,"unknown-group""#),
        (r#"[0,{"version":1}]"#, r#"[6,"bad-frame""#),
    ] {
        let message = format!(r#"[{frame},[10,77,"nap",1]]"#);
        let messages = vec![Message::text(HELLO), Message::text(message)];
        let (frames, _) = converse(&server, messages, 3).await;
        assert!(frames.iter().any(|heard| heard.starts_with(told)), "{frame}: {frames:?}");
        assert!(frames.iter().any(|heard| heard == "[11,77,1]"), "{frame}: {frames:?}");
    }
}
