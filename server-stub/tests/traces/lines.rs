use std::collections::BTreeMap;
use std::future::pending;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use axum::Router;
use fader_protocol::{LiveGroup, Method, NoError, Topic};
use fader_server::session::Config;
use fader_server::{Principal, Server, ServerBuilder, TopicHandler};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tracing_subscriber::EnvFilter;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The log of all tests here: a line is looked for by what only its test writes.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("fader_server=debug"))
            .with_ansi(false)
            .with_writer(|| Log)
            .init();
    });
}

/// The lines that have all of these.
fn lines(whats: &[&str]) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let log = String::from_utf8(log).unwrap();
    let has_all = |line: &&str| whats.iter().all(|what| line.contains(what));
    log.lines().filter(has_all).map(str::to_owned).collect()
}

/// Waits for such a line.
async fn line(whats: &[&str]) -> String {
    let found = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            if let Some(line) = lines(whats).pop() {
                return line;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    found.await.unwrap_or_else(|_| panic!("no line has {whats:?}:\n{}", lines(&[]).join("\n")))
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("to take less time")
}

async fn serve(builder: ServerBuilder) -> SocketAddr {
    listen();
    let server = builder.build().unwrap();
    let app: Router = Router::new().route("/fader", server.route());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    addr
}

async fn say(socket: &mut Socket, text: &str) {
    soon(socket.send(Message::Text(text.into()))).await.unwrap();
}

/// What comes until this did.
async fn until(socket: &mut Socket, what: &str) -> String {
    let mut text = String::new();
    while !text.contains(what) {
        text.push_str(soon(socket.next()).await.unwrap().unwrap().to_text().unwrap());
    }
    text
}

async fn open(addr: SocketAddr) -> Socket {
    let mut request = format!("ws://{addr}/fader").into_client_request().unwrap();
    request.headers_mut().insert("origin", format!("http://{addr}").parse().unwrap());
    request.headers_mut().insert("sec-websocket-protocol", "fader.1.json".parse().unwrap());
    soon(tokio_tungstenite::connect_async(request)).await.unwrap().0
}

/// Connected and welcome: the connection, and the id of the session.
async fn begin(addr: SocketAddr) -> (Socket, String) {
    let mut socket = open(addr).await;
    say(&mut socket, r#"[[0,{"version":1}]]"#).await;
    let welcome = until(&mut socket, "[[1,").await;
    let session = welcome.split('"').nth(3).unwrap().to_owned();
    (socket, session)
}

struct Breaks;
impl Method for Breaks {
    const NAME: &'static str = "breaks";
    type Params = ();
    type Reply = ();
    type Error = NoError;
}

struct Add;
impl Method for Add {
    const NAME: &'static str = "add";
    type Params = (f64, f64);
    type Reply = f64;
    type Error = NoError;
}

struct Never;
impl Method for Never {
    const NAME: &'static str = "never";
    type Params = ();
    type Reply = ();
    type Error = NoError;
}

struct Group;
impl LiveGroup for Group {
    const NAME: &'static str = "fragile";
    type Model = BTreeMap<String, f64>;
    type Result = ();
}

struct News;
impl Topic for News {
    const NAME: &'static str = "news";
    type Event = ();
    type Member = ();
}

fn builder() -> ServerBuilder {
    Server::builder()
        .method::<Breaks>(async |_, ()| panic!("on purpose"))
        .method::<Add>(async |_, (a, b)| Ok(a + b))
        .method::<Never>(async |_, ()| pending().await)
        .live::<Group>(async |_, _| panic!("on purpose"))
        .topic(TopicHandler::<News>::public().publish(async |_, ()| panic!("on purpose")))
}

#[tokio::test]
async fn a_handler_that_panicked_is_named_with_its_session() {
    let (mut socket, session) = begin(serve(builder()).await).await;
    say(
        &mut socket,
        r#"[[10,1,"breaks",null],[14,2,"breaks","a key",null],[34,3,"news",null,null]]"#,
    )
    .await;
    say(&mut socket, r#"[[20,1,"fragile",1,1,1,1,{}]]"#).await;
    for call in [r#"kind="method" name="breaks""#, r#"kind="publish" name="news""#] {
        let line = line(&["a handler panicked", call, &session]).await;
        assert!(line.contains("ERROR"), "{line}");
    }
    line(&["a handler panicked", r#"kind="live group" name="fragile""#, &session]).await;
}

#[tokio::test]
async fn each_call_is_a_span_of_its_session_with_its_outcome_and_time() {
    let (mut socket, session) = begin(serve(builder()).await).await;
    say(&mut socket, r#"[[10,1,"add",[1,2]]]"#).await;
    until(&mut socket, "[11,1,").await;
    let done = line(&[&session, r#"call{kind="method" name="add"}"#, "outcome=ok"]).await;
    assert!(done.contains("DEBUG") && done.contains(" took="), "{done}");
    say(&mut socket, r#"[[10,2,"add",["one"]]]"#).await;
    until(&mut socket, "[12,2,").await;
    line(&[&session, r#"name="add"}"#, "outcome=bad-params"]).await;
    // A caller that gives up on what has begun.
    say(&mut socket, r#"[[10,3,"never",null],[10,4,"add",[1,2]]]"#).await;
    until(&mut socket, "[11,4,").await;
    say(&mut socket, "[[13,3]]").await;
    line(&[&session, r#"name="never"}"#, "outcome=cancelled"]).await;
}

#[tokio::test]
async fn credentials_that_are_checked_too_slowly_are_said_to_be_and_not_a_late_hello() {
    let config = Config { hello: Duration::from_millis(70), ..Config::default() };
    let never = async |_: Option<String>| pending::<Result<Principal, NoError>>().await;
    let addr = serve(Server::builder().config(config).authenticate(never)).await;
    let mut socket = open(addr).await;
    say(&mut socket, r#"[[0,{"version":1,"credentials":"a secret"}]]"#).await;
    let Message::Close(Some(frame)) = soon(socket.next()).await.unwrap().unwrap() else {
        panic!("no close frame");
    };
    let reason = "the server did not check the credentials within 70ms";
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1013, reason));
    let line = line(&["WARN", "authenticate", "limit=70ms"]).await;
    assert_eq!(lines(&["a secret"]), [""; 0], "{line}");
}

#[tokio::test]
async fn a_hello_that_never_comes_is_said_with_the_time() {
    let config = Config { hello: Duration::from_millis(60), ..Config::default() };
    let addr = serve(Server::builder().config(config)).await;
    let Message::Close(Some(frame)) = soon(open(addr).await.next()).await.unwrap().unwrap() else {
        panic!("no close frame");
    };
    let expected = (4408, "no hello came within 60ms");
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), expected);
}
