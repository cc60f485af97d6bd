use std::time::Instant;

use tracing::Instrument;

use crate::log_limiter::limited;
use crate::peer_text::PeerText;
use crate::registry::Call;
use crate::session::{Outcome, Scope, Work};

/// Which handler is called, for the log.
#[derive(Debug)]
pub(crate) struct CallName {
    kind: &'static str,
    name: String,
}

impl CallName {
    pub(crate) fn of_work(work: &Work) -> Self {
        let (kind, name) = match work {
            Work::Request { method, .. } => ("method", method),
            Work::Stream { method, .. } => ("stream", method),
            Work::Publish { topic, .. } => ("publish", topic),
            Work::Subscribe { topic } => ("subscribe", topic),
            Work::Live { name, .. } => ("live group", name),
        };
        Self { kind, name: name.clone() }
    }

    pub(crate) fn of_keyed(scope: &Scope) -> Self {
        let (kind, name) = match scope {
            Scope::Method(method) => ("method", method),
            Scope::Topic(topic) => ("publish", topic),
        };
        Self { kind, name: name.clone() }
    }
}

/// The call in a span of its own within the present one, which is its session's. How it
/// ended, and after what time, is logged at debug; that it panicked, as an error.
pub(crate) fn logged(name: CallName, call: Call) -> Call {
    let span = tracing::debug_span!("call", kind = name.kind, name = name.name);
    let watched = async move {
        let mut end = End { name, start: Instant::now(), is_logged: false };
        let outcome = call.await;
        end.log(&outcome);
        outcome
    };
    // The session's span has a lower level, and may be there without the call's.
    Box::pin(watched.instrument(span).in_current_span())
}

/// Dropped without an outcome when the call is cancelled or panics.
struct End {
    name: CallName,
    start: Instant,
    is_logged: bool,
}

impl End {
    fn log(&mut self, outcome: &Outcome) {
        self.is_logged = true;
        self.write(match outcome {
            Ok(_) => "ok",
            Err(rejection) => &rejection.code,
        });
    }

    fn write(&self, outcome: &str) {
        tracing::debug!(outcome = %PeerText::new(outcome), took = ?self.start.elapsed(), "called");
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let CallName { kind, name } = &self.name;
        if std::thread::panicking() {
            limited!(error, kind, name, took = ?self.start.elapsed(), "a handler panicked");
        } else if !self.is_logged {
            self.write("cancelled");
        }
    }
}
