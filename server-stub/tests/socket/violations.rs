//! Whoever breaks the rules is told so: a close frame and then the end of the stream, and
//! no reset that would take the close frame away, whatever else was sent.

use std::net::SocketAddr;

use fader_server::{Principal, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{serve, soon};

/// A frame as clients send it, masked with zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        long => {
            bytes.push(0x80 | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

fn violations() -> Vec<(&'static str, u16, Vec<u8>)> {
    let huge = [&[0x81, 0x80 | 127][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat();
    let lonely_fragments = [frame(0x01, b"["), frame(0x81, b"]")].concat();
    let fragments = [frame(0x01, &[b' '; 40_000]), frame(0x00, &[b' '; 40_000])].concat();
    vec![
        ("a message that is too large", 1009, frame(0x81, &[b' '; 70_000])),
        ("a length of a tebibyte", 1009, huge),
        ("fragments that are too large together", 1009, fragments),
        ("text that is no UTF-8", 1007, frame(0x81, &[0xc3, 0x28])),
        ("an unmasked frame", 1002, vec![0x81, 2, b'[', b']']),
        ("a reserved bit", 1002, frame(0xc1, b"[]")),
        ("another reserved bit", 1002, frame(0x91, b"[]")),
        ("a reserved kind of data", 1002, frame(0x83, b"[]")),
        ("a reserved kind of control", 1002, frame(0x8b, b"")),
        ("a continuation of nothing", 1002, frame(0x80, b"[]")),
        ("a message within another's fragments", 1002, lonely_fragments),
        ("a ping in fragments", 1002, frame(0x09, b"")),
        ("a ping that is too long", 1002, frame(0x89, &[0; 126])),
        ("a message that is no array", 4400, frame(0x81, b"{}")),
    ]
}

async fn connect(addr: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "GET /fader HTTP/1.1\r\nHost: {addr}\r\nOrigin: http://{addr}\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: fader.1.json\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.to_lowercase().contains("sec-websocket-accept: "), "{head}");
    stream
}

/// Sends what breaks the rules and a lot after it, and reads until the end: the code of
/// the close frame.
async fn end_of(mut stream: TcpStream, bytes: &[u8]) -> Result<u16, String> {
    stream.write_all(bytes).await.map_err(|error| format!("while sending: {error}"))?;
    // Nobody wants this, and it must not cost the close frame.
    for _ in 0..8 {
        if stream.write_all(&[0; 32 * 1024]).await.is_err() {
            return Err("reset while sending".into());
        }
    }
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.map_err(|error| format!("no FIN but {error}"))?;
    // Frames of servers are not masked.
    let mut rest = &heard[..];
    while let [first, length, ..] = *rest {
        let (start, length) = match length {
            126 => (4, usize::from(u16::from_be_bytes([rest[2], rest[3]]))),
            127 => return Err("a long message".into()),
            length => (2, usize::from(length)),
        };
        if first == 0x88 {
            return Ok(u16::from_be_bytes([rest[start], rest[start + 1]]));
        }
        rest = &rest[start + length..];
    }
    Err(format!("no close frame in {} bytes", heard.len()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_violation_is_answered_by_a_close_frame_and_a_fin_and_never_by_a_reset() {
    let (addr, _server) = serve(Server::builder()).await;
    let (asked, _server2) = serve(Server::builder().authenticate(async |_| {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        Ok::<_, &str>(Principal::new("somebody"))
    }))
    .await;
    let (strict, _server3) =
        serve(Server::builder().authenticate(async |_| Err::<Principal, _>("nobody"))).await;
    let hello = frame(0x81, br#"[[0,{"version":1}]]"#);
    let mut wrong = Vec::new();
    for (what, code, bytes) in violations() {
        for (when, addr, code, before) in [
            ("in the greeting", addr, code, &[][..]),
            ("in a session", addr, code, &hello),
            ("during authentication", asked, code, &hello),
            ("of somebody unknown", strict, 4401, &hello),
        ] {
            let stream = soon(connect(addr)).await;
            let end = soon(end_of(stream, &[before, &bytes].concat())).await;
            if end != Ok(code) {
                wrong.push(format!("{what} {when}: {end:?}, not {code}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What broke the rules is read out for a while only.
#[tokio::test]
async fn who_goes_on_sending_after_a_violation_is_cut_off() {
    let (addr, _server) = serve(Server::builder()).await;
    let mut stream = soon(connect(addr)).await;
    stream.write_all(&[0x81, 2, b'[', b']']).await.unwrap();
    let sending = async { while stream.write_all(&[0; 64 * 1024]).await.is_ok() {} };
    soon(sending).await;
}
