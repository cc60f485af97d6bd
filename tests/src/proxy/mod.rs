//! A TCP proxy between a real browser and a real server, which does to their
//! connections what networks do: it delays, chops up, stops and cuts them, where a
//! cut can be made after an exact byte.
//!
//! [`Proxy`] is the entry; the binary `fault-proxy` runs one for the browser tests
//! and takes [commands](command) as lines.

pub mod command;
mod connection;
mod faults;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub use faults::{Direction, Faults, Stats};

use connection::Connection;
use faults::Counters;

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    faults: watch::Sender<Faults>,
    counters: Arc<Counters>,
    listener: tokio::task::JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of this machine and passes what comes on to `server`.
    /// `seed` decides where [`Faults::chop`] chops.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (faults, watched) = watch::channel(Faults::default());
        let counters = Arc::new(Counters::default());
        let counted = Arc::clone(&counters);
        let listener = tokio::spawn(async move {
            let mut seeds = fastrand::Rng::with_seed(seed);
            // Those that arrive while connections hang, kept open.
            let mut hung = Vec::new();
            while let Ok((page, _)) = listener.accept().await {
                counted.connections.add(1);
                if watched.borrow().hang {
                    hung.push(page);
                    continue;
                }
                let connection = Connection {
                    faults: watched.clone(),
                    counters: Arc::clone(&counted),
                    seed: seeds.u64(..),
                };
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(server).await {
                        connection.run(page, server).await;
                    }
                });
            }
        });
        Ok(Self { address, faults, counters, listener })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what happens from now on, to connections that are open as well.
    pub fn change(&self, change: impl FnOnce(&mut Faults)) {
        self.faults.send_modify(change);
    }

    /// What went through so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.counters.stats()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
        self.change(Faults::cut);
    }
}
