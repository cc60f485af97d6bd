use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use fader_protocol::close;
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes};

use crate::server::Shared;
use crate::stall::Stall;
use crate::transport::Transport;

/// How long a client may take to accept what waits and the close frame, and then to
/// answer it.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// How much is still read of a client that was sent a close frame, in bytes. Ending a
/// connection with unread data resets it, which can take the close frame from the client.
const DRAIN: usize = 4 * 1024 * 1024;

/// How much may wait, in bytes, until what could be left out is better left out.
const CONGESTED: usize = 64 * 1024;

/// The part of the queue's limit beyond which nothing more is read from the client.
const UNREAD: usize = 4;

/// What a message costs beside its text: its place in the queue, which doubles when it
/// grows, and the allocator's share.
const OVERHEAD: usize = 2 * size_of::<fader_protocol::Message>() + 32;

/// The size of tungstenite's own buffers, in bytes: by default they take 128 KiB each
/// for every connection.
const BUFFER: usize = 4 * 1024;

/// What a connection may hold and how long it may take to be written.
#[derive(Debug, Clone)]
pub(crate) struct SocketConfig {
    /// The largest message that is read, in bytes.
    pub(crate) receives: usize,
    /// The largest message that is written, in bytes.
    pub(crate) sends: usize,
    /// How many bytes may wait to be written.
    pub(crate) queue: usize,
    /// How long the client may take nothing of it.
    pub(crate) write: Duration,
}

impl SocketConfig {
    /// As the server's options say.
    pub(crate) fn of(shared: &Shared) -> Self {
        let config = &shared.common.config;
        Self {
            receives: config.accepts.message_bytes,
            sends: config.sends.message_bytes,
            queue: shared.queue_bytes,
            write: config.write,
        }
    }
}

/// A WebSocket that writes while it is read, from a bounded queue.
///
/// A client that does not take what is written is not read either, so that it cannot
/// have more answers made, and ends after a while: see [`Stall`].
#[derive(Debug)]
pub(crate) struct Socket {
    socket: WebSocketStream<Transport>,
    config: SocketConfig,
    queue: VecDeque<fader_protocol::Message>,
    /// What the queue costs, in bytes.
    queued: usize,
    /// What tungstenite was given and may not have written, in bytes: also its own pongs.
    buffered: usize,
    is_congested: bool,
    stall: Stall,
    /// Since when nothing is read, and how long it was so before.
    deaf_since: Option<Instant>,
    deaf: Duration,
    /// Reading has failed: the WebSocket gives nothing more.
    is_broken: bool,
}

/// What came from the client.
#[derive(Debug)]
pub(crate) enum Event {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// The socket is not congested any more.
    Written,
    /// The client takes nothing of what is written to it.
    TooSlow,
    /// The client broke the rules; it should be told.
    Broken(u16, String),
    /// The client closed the connection with this code, or it was cut.
    Gone(u16),
}

/// The client reads more slowly than it is sent to.
#[derive(Debug)]
pub(crate) struct TooSlow;

impl Socket {
    /// The server's end of a connection whose handshake is over.
    pub(crate) async fn new(transport: Transport, config: SocketConfig) -> Self {
        let websocket = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(config.receives))
            .max_frame_size(Some(config.receives))
            // What is buffered, one message, and control frames.
            .max_write_buffer_size(config.sends + config.queue / UNREAD + 4 * BUFFER);
        let socket =
            WebSocketStream::from_raw_socket(transport, Role::Server, Some(websocket)).await;
        Self {
            socket,
            queue: VecDeque::new(),
            queued: 0,
            buffered: 0,
            is_congested: false,
            stall: Stall::new(config.write),
            deaf_since: None,
            deaf: Duration::ZERO,
            is_broken: false,
            config,
        }
    }

    /// Adds a message to the queue, which is written while [`next`](Self::next) waits.
    pub(crate) fn queue(&mut self, message: fader_protocol::Message) -> Result<(), TooSlow> {
        let cost = cost(&message);
        // One message always fits, whatever it costs.
        if !self.queue.is_empty() && self.waiting() + cost > self.config.queue {
            return Err(TooSlow);
        }
        self.queued += cost;
        self.is_congested |= self.waiting() > CONGESTED;
        self.queue.push_back(message);
        Ok(())
    }

    /// Whether the client reads so slowly that it should only be sent what it
    /// must have. Once so, until all is written.
    pub(crate) fn is_congested(&self) -> bool {
        self.is_congested
    }

    /// Drops what has not been written yet.
    pub(crate) fn forget_queue(&mut self) {
        self.queue = VecDeque::new();
        self.queued = 0;
    }

    /// Writes the queue and waits for something to come. Loses nothing when dropped.
    pub(crate) async fn next(&mut self) -> Event {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What has come already, if anything.
    pub(crate) async fn arrived(&mut self) -> Option<Event> {
        poll_fn(|cx| match self.poll_next(cx) {
            Poll::Ready(event) => Poll::Ready(Some(event)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// For how long nothing was read since the last look.
    pub(crate) fn take_deaf(&mut self) -> Duration {
        if let Some(since) = &mut self.deaf_since {
            let now = Instant::now();
            self.deaf += now - std::mem::replace(since, now);
        }
        std::mem::take(&mut self.deaf)
    }

    /// Whether nothing is read, for the client does not take what waits for it.
    fn is_deaf(&mut self) -> bool {
        let is_deaf = self.waiting() > self.config.queue / UNREAD;
        if is_deaf {
            self.deaf_since.get_or_insert_with(Instant::now);
        } else if let Some(since) = self.deaf_since.take() {
            self.deaf += since.elapsed();
        }
        is_deaf
    }

    /// What waits to be written, and what it costs, in bytes.
    pub(crate) fn waiting(&self) -> usize {
        self.queued + self.buffered
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        loop {
            match self.poll_write(cx) {
                Poll::Ready(Err(_)) => return Poll::Ready(Event::Gone(close::ABNORMAL)),
                Poll::Ready(Ok(())) if std::mem::take(&mut self.is_congested) => {
                    return Poll::Ready(Event::Written);
                }
                _ => {}
            }
            if self.is_deaf() {
                break;
            }
            let Poll::Ready(message) = self.socket.poll_next_unpin(cx) else { break };
            return Poll::Ready(match message {
                Some(Ok(Message::Text(text))) => Event::Text(text),
                Some(Ok(Message::Binary(bytes))) => Event::Binary(bytes),
                // Answered by tungstenite, in at most so many bytes.
                Some(Ok(Message::Ping(bytes))) => {
                    self.buffered += bytes.len() + 2;
                    continue;
                }
                Some(Ok(Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Ok(Message::Close(Some(frame)))) => Event::Gone(frame.code.into()),
                Some(Ok(Message::Close(None))) | None => Event::Gone(close::ABNORMAL),
                Some(Err(error)) => {
                    self.is_broken = true;
                    broken(error)
                }
            });
        }
        let written = self.socket.get_ref().written();
        self.stall.poll(cx, self.waiting() > 0, written).map(|()| Event::TooSlow)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while let Some(message) = self.queue.front() {
            // The buffer never has much more than one message.
            if self.buffered > 0 && self.buffered + message.size() > BUFFER {
                ready!(self.poll_flush(cx))?;
            }
            ready!(self.socket.poll_ready_unpin(cx))?;
            let Some(message) = self.queue.pop_front() else { break };
            self.queued -= cost(&message);
            self.buffered += message.size() + 10;
            self.socket.start_send_unpin(match message {
                fader_protocol::Message::Text(text) => Message::Text(text.into()),
                fader_protocol::Message::Binary(bytes) => Message::Binary(bytes.into()),
            })?;
        }
        // What a burst took is given back.
        if self.queue.capacity() > 64 {
            self.queue = VecDeque::new();
        }
        self.poll_flush(cx)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.buffered > 0 {
            ready!(self.socket.poll_flush_unpin(cx))?;
            self.buffered = 0;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes the queue and a close frame, and waits a little for the client to answer it.
    pub(crate) async fn close(mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code: code.into(), reason: close::fit_reason(reason).into() };
        let closing = async {
            poll_fn(|cx| self.poll_write(cx)).await?;
            self.socket.send(Message::Close(Some(frame))).await
        };
        // Whoever does not take the close frame in has only the end of the connection.
        if let Ok(Ok(())) = timeout(CLOSE_WAIT, closing).await {
            self.linger().await;
        }
    }

    /// Answers the client's close frame.
    pub(crate) async fn end(self) {
        self.linger().await;
    }

    /// Waits for the answer to the close frame, or answers the client's; then ends our side
    /// and reads on until the client ends its own, for a while and up to [`DRAIN`] bytes.
    async fn linger(mut self) {
        let lingering = async {
            if !self.is_broken {
                while let Some(Ok(_)) = self.socket.next().await {}
            }
            let mut left = DRAIN;
            let transport = self.socket.get_mut();
            poll_fn(|cx| transport.poll_finish(cx)).await?;
            poll_fn(|cx| transport.poll_drain(cx, &mut left)).await
        };
        // However it ends, it is over.
        let _ = timeout(CLOSE_WAIT, lingering).await;
    }
}

/// What a message costs while it waits, in bytes.
fn cost(message: &fader_protocol::Message) -> usize {
    let bytes = match message {
        fader_protocol::Message::Text(text) => text.capacity(),
        fader_protocol::Message::Binary(bytes) => bytes.capacity(),
    };
    bytes + OVERHEAD
}

/// What a failed read means.
fn broken(error: Error) -> Event {
    match error {
        Error::Capacity(error) => Event::Broken(close::MESSAGE_TOO_BIG, error.to_string()),
        Error::Utf8(error) => Event::Broken(CloseCode::Invalid.into(), error),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Event::Gone(close::ABNORMAL)
        }
        Error::Protocol(error) => Event::Broken(CloseCode::Protocol.into(), error.to_string()),
        _ => Event::Gone(close::ABNORMAL),
    }
}
