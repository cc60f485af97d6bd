use std::fmt;
use std::time::Duration;

use fader_protocol::{Rejection, code};

use crate::Cause;

/// Why a request has no reply. `D` is the type of the application's error data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError<D> {
    /// It never left this client.
    #[error("not sent: {0}")]
    NotSent(NotSent),
    /// It left, and the session was lost before an answer came, or for a volatile
    /// request the connection: it may have run or not.
    #[error("outcome unknown: the server was lost before the reply")]
    Unknown,
    /// No answer came in time. If it had left, the server was told to stop.
    #[error("{0}")]
    TimedOut(Unanswered),
    /// The app gave up. If it had left, the server was told to stop.
    #[error("cancelled")]
    Cancelled,
    /// The server refused it, or its handler failed.
    #[error("rejected: {0}")]
    Rejected(Rejection<D>),
    /// The client is closed.
    #[error("the client is closed")]
    Closed,
}

impl<D> RequestError<D> {
    /// The server answered in a way that is none.
    pub(crate) fn bad_reply(message: &str) -> Self {
        Self::Rejected(Rejection::new(code::BAD_REPLY, message))
    }
}

/// A request that had no answer in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// The method or topic, where it is known; otherwise empty.
    pub name: String,
    /// How long it could have taken.
    pub limit: Duration,
    /// Whether it left this client.
    pub sent: bool,
    /// Why there is no connection, or why there was none for a while since the call.
    pub cause: Option<Cause>,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, limit, sent, cause } = self;
        if !name.is_empty() {
            write!(f, "{name}: ")?;
        }
        write!(f, "no answer within {} ms; ", limit.as_millis())?;
        match (sent, cause) {
            (true, None) => f.write_str("sent"),
            (true, Some(cause)) => write!(f, "sent, then the connection was lost: {cause}"),
            (false, None) => f.write_str("not sent"),
            (false, Some(cause)) => write!(f, "not sent, without a connection: {cause}"),
        }
    }
}

/// Why a request never left the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// As many requests wait as [`QueueConfig`](crate::QueueConfig) allows.
    #[error("the queue is full")]
    QueueFull,
    /// It is volatile, and there is no connection.
    #[error("not connected")]
    NotConnected,
    /// The parameters have no form in which they could travel.
    #[error("the parameters cannot be serialized")]
    Unserializable,
    /// The name of the method or topic, or the idempotency key, is empty or longer than 128 bytes.
    #[error("a method's or topic's name and an idempotency key must have 1 to 128 bytes")]
    BadName,
    /// The parameters nest deeper than a server accepts.
    #[error("the parameters nest deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// It did not arrive, and so did not run: something between here and the server does not
    /// take so many bytes in a message.
    #[error(
        "{size} bytes are too large for something on the way, which closed the connection (1009)"
    )]
    Undeliverable {
        /// About how many bytes it takes in a message.
        size: usize,
    },
    /// It is larger than the server accepts.
    #[error("{size} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

/// Why a topic could not be subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// The client is closed.
    #[error("the client is closed")]
    Closed,
    /// A name that is empty or longer than 128 bytes.
    #[error("\"{0}\" is no name for a topic: it must have 1 to 128 bytes")]
    BadName(String),
    /// A position to continue from that no server can have given.
    #[error("the position to continue from is no server's: its epoch must have 1 to 128 bytes")]
    BadPosition,
    /// The client has as many subscriptions as it may.
    #[error("at most {limit} subscriptions are allowed")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// Why a command for a live group was refused. The group stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// The client is closed, or the group is.
    #[error("the live group is closed")]
    Closed,
    /// A key that the group was not opened with.
    #[error("the live group has no key \"{key}\"; it has \"{}\"", known.join("\", \""))]
    UnknownKey {
        /// The key.
        key: String,
        /// Those that it was opened with.
        known: Vec<String>,
    },
    /// A name of a group or a key that is empty or longer than 128 bytes.
    #[error("\"{0}\" is no name for a live group or a key: it must have 1 to 128 bytes")]
    BadName(String),
    /// A value of bytes; only a result may be that.
    #[error("the value of \"{key}\" is bytes, and must be JSON")]
    Bytes {
        /// The key.
        key: String,
    },
    /// A value that nests deeper than a server accepts.
    #[error("the value of \"{key}\" nests deeper than {limit} levels")]
    TooDeep {
        /// The key.
        key: String,
        /// The limit.
        limit: usize,
    },
    /// A model that takes more room than the server accepts in a message.
    #[error("a model of {size} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
}
