use std::any::Any;
use std::error::Error;

use fader_protocol::{RawPayload, Rejection, code, json};
use serde::Serialize;

use crate::log_limiter::limited;
use crate::peer_text::PeerText;

/// Why a live group's or a topic's handler has no answer.
///
/// Made with [`new`](HandlerError::new), or from a [`Rejection`], it is what the page is
/// told. Any other error may be returned with `?`: the page gets code `internal` without
/// details, which are for the server's log and not for strangers.
///
/// ```
/// use fader_server::{HandlerError, LiveContext, code};
///
/// async fn quotient(_: LiveContext, text: String) -> Result<f64, HandlerError> {
///     let divisor: f64 = text.parse()?; // `internal` for the page, the reason in the log
///     if divisor == 0.0 {
///         return Err(HandlerError::new(code::BAD_PARAMS, "cannot divide by zero"));
///     }
///     Ok(1.0 / divisor)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerError(Rejection<RawPayload>);

impl HandlerError {
    /// An error that the page is told: `code` is one of [`code`](crate::code) or one of
    /// the app's own, `message` is for people.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self(Rejection::new(code, message))
    }

    /// The same error with a value that the page's program can read. What has no JSON form
    /// is left out, and logged.
    #[must_use]
    pub fn with_data(mut self, data: &(impl Serialize + ?Sized)) -> Self {
        match json::to_raw(data) {
            Ok(data) => self.0.data = Some(data),
            Err(error) => limited!(error, %error, "the data of a handler's error has no JSON form"),
        }
        self
    }

    /// What the page is told.
    #[must_use]
    pub fn rejection(&self) -> &Rejection<RawPayload> {
        &self.0
    }
}

impl From<HandlerError> for Rejection<RawPayload> {
    fn from(error: HandlerError) -> Self {
        error.0
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for HandlerError {
    fn from(error: E) -> Self {
        let mut error = Some(error);
        let rejection: Option<&mut Option<Rejection<RawPayload>>> =
            (&mut error as &mut dyn Any).downcast_mut();
        if let Some(rejection) = rejection.and_then(Option::take) {
            return Self(rejection);
        }
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        // It may quote what the client sent.
        limited!(error, error = %PeerText::new(&error), "a handler failed");
        Self::new(code::INTERNAL, "the handler broke down")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(error: impl Into<HandlerError>) -> Rejection<RawPayload> {
        error.into().into()
    }

    #[test]
    fn a_rejection_is_told_as_it_is() {
        let rejection = Rejection::new("out-of-stock", "none is left");
        assert_eq!(fails(rejection.clone()), rejection);
        let told = fails(HandlerError::new("out-of-stock", "none is left").with_data(&3));
        assert_eq!(told.data.unwrap().get(), "3");
    }

    #[test]
    fn what_went_wrong_inside_is_not_for_strangers() {
        let told = fails(std::io::Error::other("/etc/secret: permission denied"));
        assert_eq!(told, Rejection::new(code::INTERNAL, "the handler broke down"));
    }

    #[test]
    fn data_without_a_json_form_is_left_out() {
        let map = std::collections::BTreeMap::from([((1, 2), 3)]);
        let told = fails(HandlerError::new("own", "why").with_data(&map));
        assert_eq!(told, Rejection::new("own", "why"));
    }
}
