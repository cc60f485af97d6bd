use fader_protocol::Instant;

use crate::Cause;

/// The connection's state, as the app sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not connected and not trying: before the first connect, or while the page is frozen.
    Idle,
    /// Dialing, or waiting for the server's welcome.
    Connecting {
        /// Counts the attempts since the connection was last stable, from 1.
        attempt: u32,
    },
    /// Requests and live input flow.
    Open,
    /// Waiting before the next attempt.
    Waiting {
        /// The number of the next attempt.
        attempt: u32,
        /// When it will be made.
        until: Instant,
        /// Why there is no connection; nothing if there has been no attempt.
        cause: Option<Cause>,
    },
    /// The server refused the credentials twice in a row, or pages of this origin: it takes
    /// the app to change that. Another attempt is made at once after
    /// [`renew_credentials`](crate::Client::renew_credentials), and rarely by itself.
    Refused {
        /// The number of the next attempt.
        attempt: u32,
        /// When it will be made.
        until: Instant,
        /// What the server said.
        cause: Cause,
    },
    /// The browser says that there is no network. A connection is tried when it
    /// says otherwise, and now and then all the same.
    Offline,
    /// The client is done and stays so.
    Closed(CloseReason),
}

/// Why a client is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CloseReason {
    /// The app closed it.
    ByApp,
    /// The server refused it in a way that another attempt would not change.
    Refused(Cause),
}
