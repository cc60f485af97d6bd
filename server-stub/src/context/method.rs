use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{CallInfo, common_accessors};
use crate::Server;

/// What a method's handler knows about the call. `S` is the app's state.
///
/// When the caller gives up or the session ends, the handler's future is
/// dropped. Work that it has moved elsewhere (`spawn_blocking`, `spawn`) is not:
/// give it the token.
pub struct MethodContext<S = ()> {
    call: CallInfo,
    state: Arc<S>,
}

impl<S> MethodContext<S> {
    pub(crate) fn of(call: CallInfo, state: Arc<S>) -> Self {
        Self { call, state }
    }

    /// A context to call a handler with in a test.
    ///
    /// ```
    /// use fader_server::{MethodContext, NoError, Server};
    ///
    /// async fn greet(context: MethodContext<String>, name: String) -> Result<String, NoError> {
    ///     Ok(format!("{}, {name}", context.state()))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Server::builder().build()?;
    /// let context = MethodContext::new(&server, "Hello".to_owned()).as_principal("ann");
    /// assert_eq!(greet(context, "Bob".into()).await, Ok("Hello, Bob".into()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(server: &Server, state: S) -> Self {
        Self::of(CallInfo::by_hand(server), Arc::new(state))
    }

    /// Is cancelled when nobody waits for the reply any more.
    #[must_use]
    pub fn cancellation(&self) -> CancellationToken {
        self.call.cancellation.clone()
    }
}

common_accessors!(MethodContext);
