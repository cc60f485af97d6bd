//! A TCP proxy that cuts at an exact byte, and passes on as few bytes at a time as
//! is asked for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What becomes of the first connection. All others are passed on.
#[derive(Debug, Clone, Copy)]
pub struct Fate {
    /// It is cut when so many bytes have gone that way.
    pub cut: Option<(Way, usize)>,
    /// So many bytes are passed on at a time.
    pub piece: usize,
}

/// A proxy, until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub addr: SocketAddr,
    passed: Arc<[AtomicUsize; 2]>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy before a server.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start(server: SocketAddr, fate: Fate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("an address");
        let passed = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
        let counters = Arc::clone(&passed);
        let task = tokio::spawn(async move {
            let mut fate = fate;
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, fate, Arc::clone(&counters)));
                fate.cut = None;
            }
        });
        Self { addr, passed, task }
    }

    /// How many bytes were passed on that way.
    #[must_use]
    pub fn passed(&self, way: Way) -> usize {
        self.passed[way as usize].load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Passes on what comes over one connection, until it ends or is cut.
async fn pass(
    mut client: TcpStream,
    server: SocketAddr,
    fate: Fate,
    passed: Arc<[AtomicUsize; 2]>,
) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    // What is written in pieces arrives in pieces.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let limit = |way| fate.cut.filter(|cut| cut.0 == way).map_or(usize::MAX, |cut| cut.1);
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let piece = fate.piece.max(1);
    tokio::select! {
        () = copy(from_client, to_server, limit(Way::Up), piece, &passed[Way::Up as usize]) => {}
        () = copy(from_server, to_client, limit(Way::Down), piece, &passed[Way::Down as usize]) => {}
    }
}

async fn copy(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut left: usize,
    piece: usize,
    passed: &AtomicUsize,
) {
    let mut buffer = vec![0; 4096];
    while left > 0 {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return };
        let taken = read.min(left);
        for bytes in buffer[..taken].chunks(piece) {
            if to.write_all(bytes).await.is_err() {
                return;
            }
            passed.fetch_add(bytes.len(), Ordering::SeqCst);
        }
        left -= taken;
    }
}
