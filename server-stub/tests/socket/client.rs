use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use fader_server::{Server, ServerBuilder};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Far longer than anything here takes, so that a test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(20);

/// The promise of `future`, kept in time.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("to take less time")
}

/// Serves at a free port, until the test ends.
pub(crate) async fn serve(builder: ServerBuilder) -> (SocketAddr, Server) {
    let server = builder.build().unwrap();
    let app: Router = Router::new().route("/fader", server.route());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
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
        let (mut client, _) = Self::with(handshake(addr)).await.unwrap();
        client.say(r#"[[0,{"version":1}]]"#).await;
        let welcome = client.hear().await;
        assert!(welcome.starts_with(r#"[[1,{"session":""#), "{welcome}");
        client
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

    /// The next text message.
    pub(crate) async fn hear(&mut self) -> String {
        match self.message().await {
            Message::Text(text) => text.as_str().into(),
            other => panic!("not a text message: {other:?}"),
        }
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
