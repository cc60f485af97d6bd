use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};

pub(crate) type Socket =
    tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<TcpStream>>;

/// The promise of `future`, kept in time.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future).await.expect("to take less time")
}

/// A running `server-stub`, without a page.
pub(crate) struct Stub {
    pub(crate) addr: String,
    child: Child,
}

impl Stub {
    /// Starts it at a free port of this machine.
    pub(crate) async fn start(stderr: impl Into<Stdio>, log: &str) -> Self {
        Self::start_with(&["--addr", "127.0.0.1:0"], stderr, log).await
    }

    pub(crate) async fn start_with(args: &[&str], stderr: impl Into<Stdio>, log: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_server-stub"))
            .args(args)
            .env("RUST_LOG", log)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        soon(stdout.read_line(&mut line)).await.unwrap();
        let addr = line.strip_prefix("Fader demo: http://").unwrap().trim_end_matches("/\n");
        Self { addr: addr.into(), child }
    }

    /// Starts it at `addr` with this standard output, and waits until it serves.
    pub(crate) async fn start_silent(addr: &str, stdout: Stdio) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_server-stub"))
            .args(["--addr", addr])
            .stdout(stdout)
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        soon(async {
            while TcpStream::connect(addr).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        Self { addr: addr.into(), child }
    }

    /// A handshake as a page makes it that was opened at the server's address.
    pub(crate) fn handshake(&self) -> Request {
        let mut request = format!("ws://{}/fader", self.addr).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("origin", format!("http://{}", self.addr).parse().unwrap());
        headers.insert("sec-websocket-protocol", "fader.1.json".parse().unwrap());
        request
    }

    /// Connected and welcome.
    pub(crate) async fn connect(&self) -> Socket {
        greeted(self.handshake()).await
    }

    /// Sends these bytes, and waits for the first of an answer.
    pub(crate) async fn knock(&self, request: &str) {
        let mut stream = TcpStream::connect(&self.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(soon(stream.read(&mut [0])).await.unwrap() > 0);
    }

    /// Asks it to end with SIGTERM.
    pub(crate) async fn terminate(&self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().await.unwrap().success());
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        soon(self.child.wait()).await.unwrap()
    }

    /// Asks it to end, and gives what it wrote to a standard error that was piped.
    pub(crate) async fn log(mut self) -> String {
        let mut stderr = self.child.stderr.take().unwrap();
        let mut log = String::new();
        self.terminate().await;
        soon(stderr.read_to_string(&mut log)).await.unwrap();
        assert!(self.ended().await.success(), "{log}");
        log
    }
}

pub(crate) async fn open(request: Request) -> Result<Socket, Error> {
    soon(tokio_tungstenite::connect_async(request)).await.map(|(socket, _)| socket)
}

/// Connected with this handshake, and welcome.
pub(crate) async fn greeted(request: Request) -> Socket {
    let mut socket = open(request).await.unwrap();
    say(&mut socket, r#"[[0,{"version":1}]]"#).await;
    let welcome = soon(socket.next()).await.unwrap().unwrap();
    assert!(welcome.to_text().unwrap().starts_with("[[1,"), "{welcome}");
    socket
}

pub(crate) async fn say(socket: &mut Socket, text: &str) {
    soon(socket.send(Message::Text(text.into()))).await.unwrap();
}

/// Closes the connection for good, and waits until the server has, too.
pub(crate) async fn close(mut socket: Socket) {
    soon(socket.close(None)).await.unwrap();
    while let Some(Ok(_)) = soon(socket.next()).await {}
}

/// The status that a handshake is answered with.
pub(crate) async fn status(request: Request) -> u16 {
    match open(request).await {
        Ok(_) => 101,
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("no answer: {other}"),
    }
}

/// The close code and reason, after any number of other messages.
pub(crate) async fn closed(socket: &mut Socket) -> (u16, String) {
    loop {
        match soon(socket.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => {
                return (frame.code.into(), frame.reason.as_str().into());
            }
            Some(Ok(_)) => {}
            other => panic!("no close frame: {other:?}"),
        }
    }
}
