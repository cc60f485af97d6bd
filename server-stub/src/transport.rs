use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What carries bytes both ways.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// The connection below a WebSocket. It counts what the peer takes, and can be read
/// after the WebSocket has failed.
pub(crate) struct Transport {
    io: Box<dyn Duplex>,
    written: u64,
}

impl Transport {
    pub(crate) fn new(io: impl Duplex + 'static) -> Self {
        Self { io: Box::new(io), written: 0 }
    }

    /// How many bytes have been written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Reads and drops up to `limit` bytes, or what comes until the peer ends.
    pub(crate) fn poll_drain(
        &mut self,
        cx: &mut Context<'_>,
        limit: &mut usize,
    ) -> Poll<io::Result<()>> {
        let mut bytes = [0; 4096];
        while *limit > 0 {
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.io).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                break;
            }
            *limit = limit.saturating_sub(buffer.filled().len());
        }
        Poll::Ready(Ok(()))
    }

    /// Tells the peer that nothing more comes. It can still send.
    pub(crate) fn poll_finish(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Transport {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, bytes))?;
        self.written += written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_finish(cx)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("written", &self.written).finish_non_exhaustive()
    }
}
