use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::faults::{Counters, Direction, Faults};

/// How many pieces may be on their way in one direction; then the sender waits.
const ON_THEIR_WAY: usize = 1024;

const PIECE: usize = 16 * 1024;

/// One connection through the proxy.
pub(super) struct Connection {
    pub(super) faults: watch::Receiver<Faults>,
    pub(super) counters: Arc<Counters>,
    pub(super) seed: u64,
}

/// Some bytes, and when they arrived here.
type Piece = (Instant, Vec<u8>);

impl Connection {
    /// Passes bytes on until both ends have closed, or the connection is cut.
    pub(super) async fn run(self, page: TcpStream, server: TcpStream) {
        let cuts = self.faults.borrow().cuts;
        // Small messages must not wait for each other.
        for stream in [&page, &server] {
            let _ = stream.set_nodelay(true);
        }
        let (from_page, to_page) = page.into_split();
        let (from_server, to_server) = server.into_split();
        let (up, piece_up) = mpsc::channel(ON_THEIR_WAY);
        let (down, piece_down) = mpsc::channel(ON_THEIR_WAY);
        let mut faults = self.faults.clone();
        tokio::select! {
            // Whichever ends first drops all four halves.
            _ = faults.wait_for(|faults| faults.cuts != cuts) => {}
            () = async {
                tokio::join!(take(from_page, up), take(from_server, down));
                std::future::pending::<()>().await;
            } => {}
            ended = async {
                tokio::try_join!(
                    self.give(Direction::Up, piece_up, to_server),
                    self.give(Direction::Down, piece_down, to_page),
                )
            } => drop(ended),
        }
    }

    /// Passes pieces on as the faults allow. Fails when the connection is to be cut.
    async fn give(
        &self,
        direction: Direction,
        mut pieces: mpsc::Receiver<Piece>,
        mut to: OwnedWriteHalf,
    ) -> io::Result<()> {
        let mut faults = self.faults.clone();
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut passed = 0_u64;
        loop {
            let piece = pieces.recv().await;
            let _ = faults.wait_for(|faults| !faults.held.of(direction)).await;
            let Some((arrived, bytes)) = piece else { break };
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let Faults { delay, chop, cut_after, .. } = *self.faults.borrow();
                sleep_until(arrived + *delay.of(direction)).await;
                let until_cut = cut_after.of(direction).map(|after| after.saturating_sub(passed));
                let most = chop.map_or(rest.len(), |most| random.usize(1..=most));
                let allowed = until_cut.and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
                let size = most.min(rest.len()).min(allowed);
                to.write_all(&rest[..size]).await?;
                self.counters.bytes.of(direction).add(size);
                passed += size as u64;
                rest = &rest[size..];
                if size == allowed {
                    to.shutdown().await?;
                    return Err(io::ErrorKind::ConnectionAborted.into());
                }
            }
        }
        to.shutdown().await
    }
}

/// Takes bytes in until there are no more.
async fn take(mut from: OwnedReadHalf, pieces: mpsc::Sender<Piece>) {
    let mut buffer = vec![0; PIECE];
    while let Ok(size @ 1..) = from.read(&mut buffer).await {
        if pieces.send((Instant::now(), buffer[..size].to_vec())).await.is_err() {
            return;
        }
    }
}
