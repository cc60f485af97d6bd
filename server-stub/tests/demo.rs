//! The binary `server-stub`, as it is run.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use fader_demo_contract::{Equaliser, presets};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<TcpStream>>;

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("to take less time")
}

/// A folder with a page, removed when dropped.
struct Page(PathBuf);

impl Page {
    fn new(name: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&dir).expect("a folder");
        std::fs::write(dir.join("index.html"), "<!doctype html><p>page").expect("a page");
        std::fs::write(dir.join("demo_bg.wasm"), b"\0asm").expect("a module");
        Self(dir)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Starts the server at a free port; gives its address and the rest of its output.
async fn start(page: &Page) -> (Child, String, BufReader<tokio::process::ChildStdout>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_server-stub"))
        .args(["--addr", "127.0.0.1:0", "--dir"])
        .arg(&page.0)
        .env("RUST_LOG", "debug")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("a server");
    let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    soon(stdout.read_line(&mut line)).await.expect("a line");
    let addr = line.strip_prefix("Fader demo: http://").and_then(|rest| rest.strip_suffix("/\n"));
    (child, addr.expect("the line that names the address").into(), stdout)
}

async fn get(addr: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("to write");
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.expect("an answer");
    answer
}

async fn connect(addr: &str) -> Socket {
    let mut request = format!("ws://{addr}/fader").into_client_request().expect("a request");
    let origin = format!("http://{addr}").parse().expect("an origin");
    request.headers_mut().insert("origin", origin);
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "fader.1.json".parse().expect("a protocol"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a connection");
    say(&mut socket, r#"[[0,{"version":1}]]"#).await;
    assert!(hear(&mut socket).await.starts_with("[[1,"));
    socket
}

async fn say(socket: &mut Socket, text: &str) {
    socket.send(Message::Text(text.into())).await.expect("to send");
}

async fn hear(socket: &mut Socket) -> String {
    let message = soon(socket.next()).await.expect("a message").expect("a message");
    message.into_text().expect("text").as_str().into()
}

/// What comes until all of these did.
async fn until(socket: &mut Socket, whats: &[&str]) -> String {
    let mut text = String::new();
    while !whats.iter().all(|what| text.contains(what)) {
        text.push_str(&hear(socket).await);
    }
    text
}

#[tokio::test]
async fn serves_the_page() {
    let page = Page::new("serves_the_page");
    let (_child, addr, _stdout) = start(&page).await;
    let answer = get(&addr, "/").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("<p>page"), "{answer}");
    assert!(answer.contains("\r\ncontent-type: text/html"), "{answer}");
    assert!(answer.contains("\r\ncache-control: no-cache\r\n"), "{answer}");
    assert!(answer.contains("script-src 'self' 'wasm-unsafe-eval'; style-src 'self'"), "{answer}");
    assert!(answer.contains("connect-src 'self'"), "{answer}");
    let answer = get(&addr, "/demo_bg.wasm").await;
    assert!(answer.contains("\r\ncontent-type: application/wasm\r\n"), "{answer}");
    assert!(get(&addr, "/nothing").await.starts_with("HTTP/1.1 404 "));
    assert!(get(&addr, "/../demo.rs").await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn computes_the_curve() {
    let page = Page::new("computes_the_curve");
    let (_child, addr, _stdout) = start(&page).await;
    let mut socket = connect(&addr).await;
    let model = Equaliser { work_ms: 40.0, ..presets()[1].equaliser };
    let patch = serde_json::to_string(&model).expect("a patch");
    say(&mut socket, &format!(r#"[[20,1,"equaliser",1,1,1,1,{patch}]]"#)).await;
    let ack: Vec<(u64, u64, u64, u64, u64, u64, fader_demo_contract::Curve)> =
        serde_json::from_str(&hear(&mut socket).await).expect("an acknowledgement");
    let (code, group, epoch, seq, _wait, service, curve) = &ack[0];
    assert_eq!((*code, *group, *epoch, *seq), (21, 1, 1, 1));
    assert!(*service >= 40_000, "{service}");
    assert_eq!(*curve, model.response());

    say(&mut socket, r#"[[20,1,"equaliser",1,2,1,2,{"work_ms":501}]]"#).await;
    let error = hear(&mut socket).await;
    assert!(error.starts_with("[[22,1,1,2,"), "{error}");
    assert!(error.contains(r#""bad-params","work_ms must be from 0 to 500, not 501""#), "{error}");

    say(&mut socket, r#"[[10,1,"presets",null]]"#).await;
    let expected = serde_json::to_string(&presets()).expect("presets");
    assert_eq!(hear(&mut socket).await, format!("[[11,1,{expected}],[4,1]]"));
}

#[tokio::test]
async fn has_an_example_of_everything() {
    let page = Page::new("has_an_example_of_everything");
    let (_child, addr, _stdout) = start(&page).await;
    let mut socket = connect(&addr).await;
    say(&mut socket, r#"[[10,1,"sum",{"a":2,"b":3}]]"#).await;
    assert!(hear(&mut socket).await.starts_with("[[11,1,5.0]"));
    say(&mut socket, r#"[[30,2,"countdown",9,2]]"#).await;
    let items = until(&mut socket, &["[33,2]"]).await;
    assert!(items.find("[32,2,2]") < items.find("[32,2,0]"), "{items}");
    say(&mut socket, r#"[[40,1,"ticks",{}]]"#).await;
    until(&mut socket, &[r#"[43,1,1,{"price":"#]).await;

    let mut other = connect(&addr).await;
    say(&mut other, r#"[[40,1,"chat",{"presence":true}]]"#).await;
    until(&mut other, &["[42,1,", "[46,1,1],[47,1,"]).await;
    say(&mut other, r#"[[34,3,"chat",null,{"text":"hello"}]]"#).await;
    let said = [r#"[43,1,1,{"from":"guest "#, r#","text":"hello"}"#, "[11,3,"];
    until(&mut other, &said).await;
    say(&mut other, r#"[[34,4,"chat",null,{"text":""}]]"#).await;
    assert!(hear(&mut other).await.contains(r#"[12,4,"bad-params","#));
}

#[tokio::test]
async fn two_pages_move_the_same_sliders() {
    let page = Page::new("two_pages_move_the_same_sliders");
    let (_child, addr, _stdout) = start(&page).await;
    let mut sockets = [connect(&addr).await, connect(&addr).await];
    let model = Equaliser::default();
    let patch = serde_json::to_string(&model).expect("a patch");
    for socket in &mut sockets {
        say(socket, &format!(r#"[[20,1,"equaliser/shared",1,1,0,null,{patch}]]"#)).await;
        assert!(hear(socket).await.starts_with("[[21,1,1,1,"));
    }
    let [one, other] = &mut sockets;
    let mid = fader_demo_contract::Band { gain: -3.5, ..model.mid };
    let band = serde_json::to_string(&mid).expect("a band");
    say(one, &format!(r#"[[20,1,"equaliser/shared",1,2,0,null,{{"mid":{band}}}]]"#)).await;
    assert_eq!(hear(other).await, format!(r#"[[25,1,1,1,{{"mid":{band}}}]]"#));
    say(other, r#"[[20,1,"equaliser/shared",1,2,0,null,{}]]"#).await;
    let curve = serde_json::to_string(&Equaliser { mid, ..model }.response()).expect("a curve");
    assert!(hear(other).await.ends_with(&format!(",{curve}]]")));
    assert!(hear(one).await.ends_with(&format!(",{curve}]]")));

    // Who comes later finds it so.
    let mut third = connect(&addr).await;
    say(&mut third, &format!(r#"[[20,1,"equaliser/shared",1,1,0,null,{patch}]]"#)).await;
    let mut heard = [hear(&mut third).await, hear(&mut third).await];
    heard.sort();
    assert_eq!(heard[1], format!(r#"[[25,1,1,1,{{"mid":{band}}}]]"#));

    // What is no equaliser is nobody else's.
    say(one, r#"[[20,1,"equaliser/shared",1,3,1,1,{"work_ms":501}]]"#).await;
    assert!(hear(one).await.starts_with("[[22,1,1,3,"));
    say(other, "[[2,1]]").await;
    assert_eq!(hear(other).await, "[[3,1]]");
}

#[tokio::test]
async fn goes_away_politely() {
    for signal in ["INT", "TERM"] {
        let page = Page::new(&format!("goes_away_politely_{signal}"));
        let (mut child, addr, mut stdout) = start(&page).await;
        let mut socket = connect(&addr).await;
        let pid = child.id().expect("a process").to_string();
        let status = Command::new("kill").args(["-s", signal, &pid]).status().await;
        assert!(status.expect("kill").success());
        assert_eq!(hear(&mut socket).await, r#"[[5,500,500,"the server goes away"]]"#);
        let close = soon(socket.next()).await.expect("a close frame").expect("a close frame");
        let Message::Close(Some(frame)) = close else { panic!("not a close frame: {close:?}") };
        assert_eq!(u16::from(frame.code), 1012);
        while let Some(Ok(_)) = soon(socket.next()).await {}
        assert!(soon(child.wait()).await.expect("an end").success());
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).await.expect("the rest");
        assert_eq!(rest, "", "nothing else on stdout");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_a_clear_error() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let addr = taken.local_addr().expect("an address").to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_server-stub")).args(["--addr", &addr]).output();
    let output = soon(output).await.expect("an end");
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).expect("text");
    assert!(
        error.contains(&addr) && error.contains("choose another address with --addr"),
        "{error}"
    );
    assert!(output.stdout.is_empty());
}
