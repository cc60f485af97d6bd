use fader_core::{LiveError, Rejection};
use fader_protocol::code;

/// Why a live group could not be opened or a model not be set. Nothing changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The model has no form in which it could travel.
    #[error("the model cannot be serialized: {0}")]
    Unserializable(String),
    /// The model does not serialize to an object, whose fields would be the group's keys.
    #[error("the model does not serialize to an object")]
    NotAnObject,
    /// The model does not serialize to the same keys as at first; this one is missing.
    #[error("the model has lost the key \"{0}\"")]
    MissingKey(String),
    /// An element cannot be bound to a key; says which and why.
    #[error("{0}")]
    Unbindable(String),
    /// The client refused it.
    #[error(transparent)]
    Refused(#[from] LiveError),
}

/// An answer that is not of the type that the contract names.
pub(crate) fn undecodable<E>(error: &serde_json::Error) -> Rejection<E> {
    Rejection::new(code::BAD_REPLY, format!("not what the contract says: {error}"))
}
