use std::process::Stdio;

use tokio::process::Command;
use tokio_tungstenite::tungstenite::handshake::client::Request;

use crate::stub::{Stub, close, closed, greeted, open, say, soon, status};

/// A page's handshake that was loaded from `origin` and connects to `host`.
fn page(stub: &Stub, origin: &str, host: &str) -> Request {
    let mut request = stub.handshake();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    request.headers_mut().insert("host", host.parse().unwrap());
    request
}

#[tokio::test]
async fn a_name_of_a_stranger_that_points_to_the_server_opens_nothing() {
    let stub = Stub::start(Stdio::piped(), "info").await;
    let port = stub.addr.rsplit_once(':').unwrap().1.to_owned();
    let host = format!("evil.example:{port}");
    for _ in 0..3 {
        let mut socket = open(page(&stub, &format!("http://{host}"), &host)).await.unwrap();
        let reason = format!("host {host} is not known to be this server's own");
        assert_eq!(closed(&mut socket).await, (4403, reason));
    }
    let log = stub.log().await;
    assert_eq!(log.matches("is not known to be this server's").count(), 1, "{log}");
    assert!(log.contains(&host) && log.contains("ServerBuilder::hosts"), "{log}");
}

#[tokio::test]
async fn a_foreign_page_is_told_why_and_the_log_names_both_hosts_once() {
    let stub = Stub::start(Stdio::piped(), "info").await;
    for origin in ["https://a.example", "https://b.example", "https://a.example", "null"] {
        let mut socket = open(page(&stub, origin, &stub.addr)).await.unwrap();
        let reason = format!("the page's origin {origin} is not allowed at host {}", stub.addr);
        assert_eq!(closed(&mut socket).await, (4403, reason));
    }
    let addr = stub.addr.clone();
    let log = stub.log().await;
    for origin in ["https://a.example", "https://b.example", "null"] {
        let line = format!("origin=\"{origin}\" host=\"{addr}\"");
        assert_eq!(log.matches(&line).count(), 1, "{line} in {log}");
    }
}

#[tokio::test]
async fn a_page_at_the_default_port_is_the_same_with_and_without_it() {
    let args = ["--addr", "127.0.0.1:0", "--host", "a.example"];
    let stub = Stub::start_with(&args, Stdio::null(), "info").await;
    for (origin, host, welcome) in [
        ("https://a.example", "a.example:443", true),
        ("https://a.example", "a.example", true),
        ("http://a.example", "a.example:80", true),
        ("https://a.example", "a.example:80", false),
        ("https://b.example", "b.example", false),
    ] {
        let request = page(&stub, origin, host);
        if welcome {
            greeted(request).await;
        } else {
            assert_eq!(closed(&mut open(request).await.unwrap()).await.0, 4403, "{origin} {host}");
        }
    }
}

#[tokio::test]
async fn apps_and_files_may_be_allowed_by_name() {
    let mut args = vec!["--addr", "127.0.0.1:0"];
    let origins =
        ["capacitor://localhost", "tauri://localhost", "chrome-extension://abc", "file://", "null"];
    for origin in origins {
        args.extend(["--allow-origin", origin]);
    }
    let stub = Stub::start_with(&args, Stdio::null(), "info").await;
    for origin in origins {
        greeted(page(&stub, origin, &stub.addr)).await;
    }
    // The page that is served here is not locked out.
    stub.connect().await;
}

#[tokio::test]
async fn a_flood_of_foreign_pages_that_wait_is_refused_before_the_handshake() {
    let stub = Stub::start(Stdio::null(), "info").await;
    let mut waiting = Vec::new();
    let mut refused = 0;
    for _ in 0..100 {
        match open(page(&stub, "https://a.example", &stub.addr)).await {
            Ok(socket) => waiting.push(socket),
            Err(_) => refused += 1,
        }
    }
    assert!(refused >= 30 && waiting.len() >= 64, "{refused} refused, {} wait", waiting.len());
    assert_eq!(status(page(&stub, "https://a.example", &stub.addr)).await, 403);
    stub.connect().await;
}

#[tokio::test]
async fn a_flood_of_long_origins_leaves_a_short_log() {
    let stub = Stub::start(Stdio::piped(), "info").await;
    let begun = std::time::Instant::now();
    for number in 0..1000 {
        let origin = format!("https://{number}{}.example", "x".repeat(7600));
        let request = format!(
            "GET /fader HTTP/1.1\r\nhost: {}\r\norigin: {origin}\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            stub.addr
        );
        stub.knock(&request).await;
    }
    let seconds = begun.elapsed().as_secs() + 1;
    let log = stub.log().await;
    // Ten lines a second, each with two texts of 200 bytes.
    let most = 1000 * 10 * usize::try_from(seconds).unwrap();
    assert!(log.len() <= most, "{} bytes of log in {seconds} s", log.len());
    assert!(log.contains("… (76"), "{log}");
}

#[tokio::test]
async fn what_a_peer_sends_forges_no_line_of_the_log() {
    let stub = Stub::start(Stdio::piped(), "debug").await;
    let mut socket = open(stub.handshake()).await.unwrap();
    let hello = r#"[[0,{"version":1,"agent":"me\n2026-01-01 ERROR forged\u001b[2J"}]]"#;
    say(&mut socket, hello).await;
    close(socket).await;
    let log = stub.log().await;
    assert!(log.contains(r"me\n2026-01-01 ERROR forged\u{1b}[2J"), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("2026-01-01 ERROR")), "{log}");
}

#[tokio::test]
async fn a_server_that_others_can_reach_does_not_start_before_it_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_server-stub"))
        .args(["--addr", "0.0.0.0:0"])
        .kill_on_drop(true)
        .output();
    let output = soon(output).await.unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    for flag in ["--host NAME", "--allow-origin ORIGIN", "--any-host", "--addr 127.0.0.1:8080"] {
        assert!(error.contains(flag), "{flag} in {error}");
    }
}
