use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use fader_protocol::close;
use futures_util::{SinkExt, StreamExt};
use tungstenite::Error;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::frame::coding::CloseCode;

/// How long a client may take to accept the close frame and answer it.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// How long the connection is kept after a close that was sent because reading
/// failed. What the client has sent is not read any more; ending the connection
/// over it at once would take the close frame from the client.
const LINGER: Duration = Duration::from_millis(500);

/// How much may wait, in bytes, until what could be left out is better left out.
const CONGESTED: usize = 64 * 1024;

/// A WebSocket that writes while it is read, from a bounded queue.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: WebSocket,
    queue: VecDeque<fader_protocol::Message>,
    queued_bytes: usize,
    limit_bytes: usize,
    is_congested: bool,
    is_flushed: bool,
    is_readable: bool,
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
    /// The client broke the rules; it should be told.
    Broken(u16, String),
    /// The client closed the connection with this code, or it was cut.
    Gone(u16),
}

/// The client reads more slowly than it is sent to.
#[derive(Debug)]
pub(crate) struct TooSlow;

impl Socket {
    /// A socket whose queue holds up to `limit_bytes`.
    pub(crate) fn new(socket: WebSocket, limit_bytes: usize) -> Self {
        Self {
            socket,
            queue: VecDeque::new(),
            queued_bytes: 0,
            limit_bytes,
            is_congested: false,
            is_flushed: true,
            is_readable: true,
        }
    }

    /// Adds a message to the queue, which is written while [`next`](Self::next) waits.
    pub(crate) fn queue(&mut self, message: fader_protocol::Message) -> Result<(), TooSlow> {
        if self.queued_bytes + message.size() > self.limit_bytes {
            return Err(TooSlow);
        }
        self.queued_bytes += message.size();
        self.is_congested |= self.queued_bytes > CONGESTED;
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
        self.queue.clear();
        self.queued_bytes = 0;
    }

    /// Writes the queue and waits for something to come. Loses nothing when dropped.
    pub(crate) async fn next(&mut self) -> Event {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        match self.poll_write(cx) {
            Poll::Ready(Err(_)) => return Poll::Ready(Event::Gone(close::ABNORMAL)),
            Poll::Ready(Ok(())) if std::mem::take(&mut self.is_congested) => {
                return Poll::Ready(Event::Written);
            }
            _ => {}
        }
        loop {
            return Poll::Ready(match ready!(self.socket.poll_next_unpin(cx)) {
                Some(Ok(Message::Text(text))) => Event::Text(text),
                Some(Ok(Message::Binary(bytes))) => Event::Binary(bytes),
                // Answered by tungstenite.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(Some(frame)))) => Event::Gone(frame.code),
                Some(Ok(Message::Close(None))) | None => Event::Gone(close::ABNORMAL),
                Some(Err(error)) => {
                    self.is_readable = false;
                    broken(error)
                }
            });
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        while !self.queue.is_empty() {
            ready!(self.socket.poll_ready_unpin(cx))?;
            if let Some(message) = self.queue.pop_front() {
                self.queued_bytes -= message.size();
                self.is_flushed = false;
                self.socket.start_send_unpin(match message {
                    fader_protocol::Message::Text(text) => Message::Text(text.into()),
                    fader_protocol::Message::Binary(bytes) => Message::Binary(bytes.into()),
                })?;
            }
        }
        if !self.is_flushed {
            ready!(self.socket.poll_flush_unpin(cx))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Writes the queue and a close frame, and waits a little for the client to answer it.
    pub(crate) async fn close(mut self, code: u16, reason: &str) {
        let reason = close::fit_reason(reason).into();
        let closing = async {
            poll_fn(|cx| self.poll_write(cx)).await?;
            self.socket.send(Message::Close(Some(CloseFrame { code, reason }))).await?;
            if self.is_readable {
                self.read_out().await;
            } else {
                tokio::time::sleep(LINGER).await;
            }
            Ok::<_, axum::Error>(())
        };
        // Whoever does not take the close frame in has only the end of the connection.
        let _ = tokio::time::timeout(CLOSE_WAIT, closing).await;
    }

    /// Answers the client's close frame.
    pub(crate) async fn end(mut self) {
        let _ = tokio::time::timeout(CLOSE_WAIT, self.read_out()).await;
    }

    async fn read_out(&mut self) {
        while let Some(Ok(_)) = self.socket.next().await {}
    }
}

/// What a failed read means.
fn broken(error: axum::Error) -> Event {
    let error = match error.into_inner().downcast::<Error>() {
        Ok(error) => error,
        Err(_) => return Event::Gone(close::ABNORMAL),
    };
    match *error {
        Error::Capacity(error) => Event::Broken(close::MESSAGE_TOO_BIG, error.to_string()),
        Error::Utf8(error) => Event::Broken(CloseCode::Invalid.into(), error),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Event::Gone(close::ABNORMAL)
        }
        Error::Protocol(error) => Event::Broken(CloseCode::Protocol.into(), error.to_string()),
        _ => Event::Gone(close::ABNORMAL),
    }
}
