use fader_core::{NotSent, RawPayload, Rejection, Unanswered};
use fader_protocol::{NoError, code, json};
use serde::de::DeserializeOwned;

/// Why a request has no reply. `E` is the error of the method's handler.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError<E = NoError> {
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
    /// It ran, and the method's handler returned this error.
    #[error("failed: {0}")]
    Failed(E),
    /// The server refused it, or answered otherwise than the contract says; the code says
    /// which ([`code`]).
    #[error("rejected: {0}")]
    Rejected(Rejection<RawPayload>),
    /// The client is closed.
    #[error("the client is closed")]
    Closed,
}

/// What the core knows of a failure.
type Untyped = fader_core::RequestError<RawPayload>;

impl<E: DeserializeOwned> RequestError<E> {
    /// A handler's error that is not of the contract's form stays as it came.
    pub(crate) fn of(failure: Untyped) -> Self {
        match failure {
            Untyped::NotSent(reason) => Self::NotSent(reason),
            Untyped::Unknown => Self::Unknown,
            Untyped::TimedOut(unanswered) => Self::TimedOut(unanswered),
            Untyped::Cancelled => Self::Cancelled,
            Untyped::Rejected(rejection) => {
                let data = rejection.data.as_ref().filter(|_| rejection.code == code::FAILED);
                match data.and_then(|data| json::from_raw(data).ok()) {
                    Some(error) => Self::Failed(error),
                    None => Self::Rejected(rejection),
                }
            }
            Untyped::Closed => Self::Closed,
        }
    }
}

impl<E> RequestError<E> {
    /// The answer is not of the type that the contract names.
    pub(crate) fn bad_reply(error: &serde_json::Error) -> Self {
        Self::Rejected(crate::error::undecodable(error))
    }
}
