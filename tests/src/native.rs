//! A shell for the client core on tokio: one socket, one timer, no decisions.

use std::future::{Future, pending};
use std::pin::{Pin, pin};
use std::time::Duration;

use fader_core::{
    Client, Config, Event, Fader, Generation, Input, Instant, JsonCodec, Output, RawPayload,
};
use fader_protocol::close;
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Far longer than anything takes here, so that a test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Dialing = Pin<Box<dyn Future<Output = Result<Socket, Error>> + Send>>;

/// A client of a real server. It lives only while it is awaited.
#[expect(missing_debug_implementations, reason = "a dial in progress has no form to show")]
pub struct Native {
    /// The core, for commands and questions.
    pub core: Client<Fader<JsonCodec>>,
    /// What the core told the app, oldest first. Take out what was looked at.
    pub events: Vec<Event<RawPayload>>,
    url: String,
    start: tokio::time::Instant,
    line: Line,
}

enum Line {
    Down,
    Dialing(Generation, Dialing),
    Open(Generation, Box<Socket>),
}

impl Native {
    /// A client that has begun to connect.
    ///
    /// # Panics
    /// When the configuration makes no sense.
    #[must_use]
    pub fn connect(url: impl Into<String>, config: Config) -> Self {
        let dialect = Fader::<JsonCodec>::default();
        let mut native = Self {
            core: Client::new(config, dialect, 1).expect("a valid configuration"),
            events: Vec::new(),
            url: url.into(),
            start: tokio::time::Instant::now(),
            line: Line::Down,
        };
        native.core.handle(native.now(), Input::Connect);
        native
    }

    /// The present instant, for commands to the core.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    /// Lives until `found` finds what it looks for in the client.
    ///
    /// # Panics
    /// With `what` after 20 seconds.
    pub async fn until<T>(
        &mut self,
        what: &str,
        mut found: impl FnMut(&mut Self) -> Option<T>,
    ) -> T {
        let search = async {
            loop {
                self.drain().await;
                if let Some(result) = found(self) {
                    return result;
                }
                let input = self.happens().await;
                self.handle(input).await;
            }
        };
        in_time(what, search).await
    }

    /// Lives until something happens elsewhere.
    ///
    /// # Panics
    /// With `what` after 20 seconds.
    pub async fn meanwhile<T>(&mut self, what: &str, elsewhere: impl Future<Output = T>) -> T {
        let wait = async {
            let mut elsewhere = pin!(elsewhere);
            self.drain().await;
            loop {
                let input = tokio::select! {
                    result = &mut elsewhere => return result,
                    input = self.happens() => input,
                };
                self.handle(input).await;
            }
        };
        in_time(what, wait).await
    }

    /// Lives for some time.
    pub async fn pass(&mut self, time: Duration) {
        self.meanwhile("time passes", tokio::time::sleep(time)).await;
    }

    /// The connection breaks, without a close frame.
    pub async fn cut(&mut self) {
        if let Line::Open(generation, _) = std::mem::replace(&mut self.line, Line::Down) {
            let (code, reason) = (close::ABNORMAL, String::new());
            self.handle(Input::Closed { generation, code, reason }).await;
        }
    }

    /// Waits for one thing to happen. Loses nothing when dropped.
    async fn happens(&mut self) -> Input<fader_protocol::Message> {
        let deadline = self.core.deadline();
        let start = self.start;
        let timer = async move {
            match deadline {
                Some(due) => tokio::time::sleep_until(start + (due - Instant::ZERO)).await,
                None => pending().await,
            }
        };
        tokio::select! {
            input = self.line.next() => input,
            () = timer => Input::Tick,
        }
    }

    async fn handle(&mut self, input: Input<fader_protocol::Message>) {
        self.core.handle(self.now(), input);
        self.drain().await;
    }

    async fn drain(&mut self) {
        while let Some(output) = self.core.poll() {
            match output {
                Output::Dial { generation } => {
                    self.line = Line::Dialing(generation, dial(&self.url));
                }
                Output::Send { message, .. } => self.line.send(message).await,
                Output::HangUp { code, reason, .. } => {
                    std::mem::replace(&mut self.line, Line::Down).hang_up(code, reason);
                }
                Output::Authorize { .. } => unreachable!("no credentials are configured"),
                Output::Event(event) => self.events.push(event),
            }
        }
    }
}

impl Line {
    /// What the transport reports next. Loses nothing when dropped.
    async fn next(&mut self) -> Input<fader_protocol::Message> {
        let closed = |generation, code, reason| Input::Closed { generation, code, reason };
        let mut said = (close::ABNORMAL, String::new());
        let generation = match self {
            Line::Down => pending().await,
            Line::Dialing(generation, dialing) => {
                let generation = *generation;
                if let Ok(socket) = dialing.await {
                    *self = Line::Open(generation, Box::new(socket));
                    return Input::Opened { generation };
                }
                generation
            }
            Line::Open(generation, socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => {
                        let message = text.as_str().into();
                        return Input::Message { generation: *generation, message };
                    }
                    Some(Ok(Message::Binary(bytes))) => {
                        let message = fader_protocol::Message::Binary(bytes.into());
                        return Input::Message { generation: *generation, message };
                    }
                    Some(Ok(Message::Close(Some(frame)))) => {
                        said = (frame.code.into(), frame.reason.as_str().into());
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break *generation,
                }
            },
        };
        *self = Line::Down;
        closed(generation, said.0, said.1)
    }

    async fn send(&mut self, message: fader_protocol::Message) {
        use futures_util::SinkExt;

        if let Line::Open(_, socket) = self {
            // A socket that is closing says so when it is read.
            let _ = socket
                .send(match message {
                    fader_protocol::Message::Text(text) => Message::Text(text.into()),
                    fader_protocol::Message::Binary(bytes) => Message::Binary(bytes.into()),
                })
                .await;
        }
    }

    fn hang_up(self, code: u16, reason: String) {
        if let Line::Open(_, mut socket) = self {
            tokio::spawn(async move {
                let frame = CloseFrame { code: code.into(), reason: reason.into() };
                let _ = socket.close(Some(frame)).await;
                while let Some(Ok(_)) = socket.next().await {}
            });
        }
    }
}

async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(result) => result,
        Err(_) => unreachable!("never happened: {what}"),
    }
}

fn dial(url: &str) -> Dialing {
    let request = url.into_client_request();
    Box::pin(async move {
        let mut request = request?;
        let protocol = HeaderValue::from_static(fader_protocol::SUBPROTOCOL_JSON);
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        Ok(connect_async(request).await?.0)
    })
}
