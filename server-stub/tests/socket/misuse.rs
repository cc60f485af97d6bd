use fader_server::session::Config;
use fader_server::{MessageLimits, MethodContext, Server};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, serve, soon};
use crate::handlers::{Echo, Hang, signal_when_dropped};

#[tokio::test]
async fn a_message_that_is_too_large_is_refused() {
    let (addr, _server) = serve(Server::builder()).await;
    let mut client = Client::open(addr).await;
    client.say(&format!("[{}]", " ".repeat(65_534))).await;
    client.say("[[2,1]]").await;
    assert_eq!(client.hear().await, "[[3,1]]");
    client.say(&format!("[{}]", " ".repeat(65_535))).await;
    let (code, reason) = client.closed().await;
    assert_eq!(code, 1009);
    assert!(reason.contains("65537") && reason.contains("65536"), "{reason}");
}

#[tokio::test]
async fn many_fragments_that_are_too_large_together_are_refused() {
    let (addr, _server) = serve(Server::builder()).await;
    let mut client = Client::open(addr).await;
    // Masked fragments of 1,024 bytes, masked with zeros.
    let mut fragment = vec![0x01, 0x80 | 126, 4, 0, 0, 0, 0, 0];
    fragment.extend([b' '; 1024]);
    client.stream().write_all(&fragment).await.unwrap();
    fragment[0] = 0x00;
    for _ in 0..64 {
        client.stream().write_all(&fragment).await.unwrap();
    }
    assert_eq!(client.closed().await.0, 1009);
}

#[tokio::test]
async fn a_huge_length_is_refused_before_it_arrives() {
    let (addr, _server) = serve(Server::builder()).await;
    let mut client = Client::open(addr).await;
    let mut header = vec![0x81, 0x80 | 127];
    header.extend((1_u64 << 40).to_be_bytes());
    header.extend([0; 4]);
    client.stream().write_all(&header).await.unwrap();
    assert_eq!(client.closed().await.0, 1009);
}

#[tokio::test]
async fn a_binary_message_without_a_text_is_refused() {
    let (addr, _server) = serve(Server::builder()).await;
    let mut client = Client::open(addr).await;
    client.send(Message::Binary(vec![1, 2].into())).await;
    let closed =
        "message is not a JSON array of frames: a binary message that ends before its text does";
    assert_eq!(client.closed().await, (4400, closed.into()));
}

#[tokio::test]
async fn broken_frames_have_the_close_codes_of_the_rfc() {
    let (addr, _server) = serve(Server::builder()).await;
    let not_utf8: &[u8] = &[0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28];
    let unmasked: &[u8] = &[0x81, 0x02, b'[', b']'];
    let reserved_bit: &[u8] = &[0xc1, 0x82, 0, 0, 0, 0, b'[', b']'];
    for (bytes, code) in [(not_utf8, 1007), (unmasked, 1002), (reserved_bit, 1002)] {
        let mut client = Client::open(addr).await;
        client.stream().write_all(bytes).await.unwrap();
        assert_eq!(client.closed().await.0, code, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_client_that_never_speaks_is_sent_away() {
    let hello = std::time::Duration::from_millis(50);
    let (addr, _server) =
        serve(Server::builder().config(Config { hello, ..Config::default() })).await;
    let (mut client, _) = Client::with(crate::client::handshake(addr)).await.unwrap();
    assert_eq!(client.closed().await, (4408, "no hello came within 50ms".into()));
}

#[tokio::test]
async fn a_ping_of_the_websocket_is_answered() {
    let (addr, _server) = serve(Server::builder()).await;
    let mut client = Client::open(addr).await;
    client.send(Message::Ping(vec![7].into())).await;
    client.say("[[2,1]]").await;
    assert_eq!(client.message().await, Message::Pong(vec![7].into()));
    assert_eq!(client.hear().await, "[[3,1]]");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let (ended, mut end) = mpsc::unbounded_channel();
    let builder = Server::builder()
        .method::<Echo>(async |_, size: String| Ok("x".repeat(size.parse().unwrap_or(0))))
        .method::<Hang>(move |_: MethodContext, (): ()| {
            let guard = signal_when_dropped(ended.clone());
            async move {
                let _guard = guard;
                std::future::pending().await
            }
        })
        .queue_bytes(1024 * 1024)
        .config(Config { requests: 1000, ..Config::default() });
    let (addr, _server) = serve(builder).await;
    let (mut client, welcome) = Client::begin(addr).await;
    client.say(r#"[[10,1,"hang",null]]"#).await;
    // More than the kernel's buffers and the queue hold.
    for id in 2..=60 {
        client.say(&format!(r#"[[10,{id},"echo","500000"]]"#)).await;
    }
    assert_eq!(client.closed().await, (4410, "too much waits to be read".into()));
    // What it did not read is more than is kept for it.
    let (_, welcome, _) = Client::greet(addr, &welcome.hello(0)).await;
    assert!(!welcome.resumed);
    assert_eq!(soon(end.recv()).await, Some(()));
}

#[tokio::test]
async fn what_is_sent_stays_within_the_clients_limits() {
    let sends = MessageLimits { message_bytes: 20_000, ..MessageLimits::default() };
    let builder = Server::builder()
        .method::<Echo>(async |_, text: String| Ok(text))
        .config(Config { sends, ..Config::default() });
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    let text = "x".repeat(8000);
    let requests: Vec<_> = (1..=6).map(|id| format!(r#"[10,{id},"echo","{text}"]"#)).collect();
    client.say(&format!("[{}]", requests.join(","))).await;
    let mut replies = 0;
    while replies < 6 {
        let message = client.hear().await;
        assert!(message.len() <= 20_000);
        replies += message.matches("[11,").count();
    }
    client.say(&format!(r#"[[10,7,"echo","{}"]]"#, "x".repeat(20_000))).await;
    assert!(client.hear().await.starts_with(r#"[[12,7,"too-large","#));
}
