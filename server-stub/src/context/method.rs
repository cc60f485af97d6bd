use std::sync::Arc;

use fader_protocol::{RawPayload, Rejection};
use tokio_util::sync::CancellationToken;

use super::{CallInfo, common_accessors};
use crate::Server;
use crate::blocking::blocking;

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

    /// Runs work that computes or blocks on a thread of its own, and gives what it returns.
    ///
    /// Only [`blocking_threads`](crate::ServerBuilder::blocking_threads) such calls work at
    /// a time, whatever the server's clients ask for. The others wait, which counts as
    /// waiting and not as work. Next is whoever had the least of it: a client with many or
    /// long calls does not keep the others waiting. The work should look at the token now
    /// and then and return when it is cancelled.
    ///
    /// # Errors
    /// With code `cancelled` if the call is cancelled before it is its turn, which it leaves
    /// at once; with code `internal` if the work panics.
    pub async fn blocking<R: Send + 'static>(
        &self,
        work: impl FnOnce(&CancellationToken) -> R + Send + 'static,
    ) -> Result<R, Rejection<RawPayload>> {
        blocking(&self.call, work).await
    }
}

common_accessors!(MethodContext);
