/// Why a coarse result was not sent.
///
/// A handler may return it with `?`, as a [`HandlerError`](crate::HandlerError).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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

/// Why values were not pushed.
///
/// A handler may return it with `?`, as a [`HandlerError`](crate::HandlerError).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The server has no live group of that name.
    #[error("no live group is registered under the name {0:?}")]
    UnknownGroup(&'static str),
    /// They do not serialize to an object, whose members would be keys of the model.
    #[error("the values do not serialize to an object")]
    NotAnObject,
    /// The model does not have that key.
    #[error("the model has no key {0:?}")]
    UnknownKey(String),
    /// The value is of another type than the model's; a number that is infinite or
    /// none is not a number in JSON.
    #[error("the model does not take the value of {key:?}: {why}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// The model as a whole does not take them.
    #[error("the model does not take the values: {0}")]
    Model(String),
    /// They are larger, or nest deeper, than a model may.
    #[error("the values are too large: {0}")]
    TooLarge(String),
}
