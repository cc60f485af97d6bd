use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use fader_server::{Server, ServerBuilder};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Far longer than anything here takes, so that a test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(20);

/// The promise of `future`, kept in time.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("to take less time")
}

/// Waits until this is so.
pub(crate) async fn when(is_so: impl Fn() -> bool) {
    soon(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// What comes until all of these did, as one message.
pub(crate) async fn until(client: &mut Client, whats: &[&str]) -> String {
    let mut text = String::new();
    while !whats.iter().all(|what| text.contains(what)) {
        text.push_str(&client.hear().await);
    }
    text.replace("][", ",")
}

/// Serves at a free port, until the test ends.
pub(crate) async fn serve<S: Send + Sync + 'static>(
    builder: ServerBuilder<S>,
) -> (SocketAddr, Server) {
    let server = builder.build().unwrap();
    let app: Router = Router::new().route("/fader", server.route());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (addr, server)
}

/// A handshake as a page of the server's own origin makes it.
pub(crate) fn handshake(addr: SocketAddr) -> Request {
    let mut request = format!("ws://{addr}/fader").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("origin", format!("http://{addr}").parse().unwrap());
    headers.insert("sec-websocket-protocol", "fader.1.json".parse().unwrap());
    request
}

/// One end of a WebSocket, without Fader's client.
pub(crate) struct Client(WebSocketStream<TcpStream>);

/// What a client knows of its session.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) session: String,
    pub(crate) secret: String,
    pub(crate) resumed: bool,
    pub(crate) received: u64,
    pub(crate) window: Window,
}

/// What it is told of idempotency keys.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Window {
    pub(crate) id: String,
    pub(crate) ms: u64,
}

impl Welcome {
    /// A hello that continues the session.
    pub(crate) fn hello(&self, received: u64) -> String {
        let Self { session, secret, .. } = self;
        format!(
            r#"[[0,{{"version":1,"resume":{{"session":"{session}","secret":"{secret}","received":{received}}}}}]]"#
        )
    }
}

impl Client {
    pub(crate) async fn with(request: Request) -> Result<(Self, Response), Error> {
        let addr = request.uri().authority().unwrap().as_str();
        let stream = TcpStream::connect(addr).await.unwrap();
        // The test looks at what the server sends, whatever its size.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let connecting = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
        soon(connecting).await.map(|(socket, response)| (Self(socket), response))
    }

    /// Connected and welcome.
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        Self::begin(addr).await.0
    }

    /// Connected and welcome, and what the welcome said.
    pub(crate) async fn begin(addr: SocketAddr) -> (Self, Welcome) {
        let (client, welcome, rest) = Self::greet(addr, r#"[[0,{"version":1}]]"#).await;
        assert!(!welcome.resumed && rest.is_empty());
        (client, welcome)
    }

    /// Connected with this hello: the welcome, and the frames that came with it.
    pub(crate) async fn greet(addr: SocketAddr, hello: &str) -> (Self, Welcome, Vec<String>) {
        let (mut client, _) = Self::with(handshake(addr)).await.unwrap();
        client.say(hello).await;
        let text = client.hear().await;
        let mut frames: Vec<Box<RawValue>> = serde_json::from_str(&text).unwrap();
        let rest = frames.split_off(1).iter().map(|frame| frame.get().to_owned()).collect();
        let (code, welcome): (u64, Welcome) = serde_json::from_str(frames[0].get()).unwrap();
        assert_eq!(code, 1);
        (client, welcome, rest)
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.send(Message::Text(text.into())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        soon(self.0.send(message)).await.unwrap();
    }

    pub(crate) async fn message(&mut self) -> Message {
        soon(self.0.next()).await.unwrap().unwrap()
    }

    /// The next text message, without the acknowledgement at its end.
    pub(crate) async fn hear(&mut self) -> String {
        loop {
            match self.message().await {
                Message::Text(text) => match text.rsplit_once("[4,") {
                    Some(("[", _)) => {}
                    Some((rest, _)) => return format!("{}]", rest.trim_end_matches(',')),
                    None => return text.as_str().into(),
                },
                other => panic!("not a text message: {other:?}"),
            }
        }
    }

    /// Closes the connection with this code.
    pub(crate) async fn close(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.send(Message::Close(Some(frame))).await;
    }

    /// The close code and reason, after any number of other messages.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match soon(self.0.next()).await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.as_str().into());
                }
                Some(Ok(_)) => {}
                other => panic!("no close frame: {other:?}"),
            }
        }
    }

    /// The connection itself.
    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        self.0.get_mut()
    }
}
