use fader_protocol::{RawPayload, Rejection, code};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::context::CallInfo;

/// Runs work on a thread of its own when it is its turn.
pub(crate) async fn blocking<R: Send + 'static>(
    call: &CallInfo,
    work: impl FnOnce(&CancellationToken) -> R + Send + 'static,
) -> Result<R, Rejection<RawPayload>> {
    let token = call.cancellation.clone();
    let turn = tokio::select! {
        biased;
        () = token.cancelled() => return Err(cancelled()),
        turn = call.waited.during(call.server.shared.blocking.wait(&call.peer)) => turn,
    };
    // The turn is over when the work is, whether or not somebody still waits for it.
    let working = spawn_blocking(move || {
        let _turn = turn;
        work(&token)
    });
    working.await.map_err(|error| {
        tracing::error!(%error, "the blocking work of a handler broke down");
        Rejection::new(code::INTERNAL, "the handler broke down")
    })
}

/// What comes of a call that was cancelled before its turn.
pub(crate) fn cancelled() -> Rejection<RawPayload> {
    Rejection::new(code::CANCELLED, "the call was cancelled before it was its turn")
}
