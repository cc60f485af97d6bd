use std::time::Duration;

/// When clients come back to a server that is [drained](crate::Server::drain): each after
/// `after` plus a random part of `spread`, so that not all come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drain {
    /// How long the next server needs to be there. Default 500 ms.
    pub after: Duration,
    /// Over how much time the clients are spread. Default 500 ms; with many clients, their
    /// number divided by the connections a second that the next server can take in.
    pub spread: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { after: Duration::from_millis(500), spread: Duration::from_millis(500) }
    }
}
