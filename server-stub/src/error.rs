use fader_protocol::{RawJson, Rejection, code};

/// Why a coarse result was not sent.
///
/// A handler may return it with `?`: the page gets code `internal`, the logs the rest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartialError {
    /// It is of another type than the live group's result.
    #[error("a coarse result must be of type {expected}, not {is}")]
    Type {
        /// The type that it is of.
        is: &'static str,
        /// The type of the live group's result.
        expected: &'static str,
    },
    /// It has no JSON form; a number that is infinite or none has not.
    #[error("the coarse result could not be written: {0}")]
    NotJson(String),
    /// It is larger, or nests deeper, than a client accepts.
    #[error("{0}")]
    TooLarge(String),
}

impl From<PartialError> for Rejection<RawJson> {
    fn from(error: PartialError) -> Self {
        tracing::error!(%error, "a handler cannot send what it wants to");
        Rejection::new(code::INTERNAL, "the handler broke down")
    }
}
