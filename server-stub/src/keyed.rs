use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fader_protocol::{Instant, RawPayload, Rejection, code};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use crate::Server;
use crate::call_log::{CallName, logged};
use crate::context::CallInfo;
use crate::directory::Command;
use crate::lanes::Lanes;
use crate::peer::Peer;
use crate::registry::unregistered;
use crate::server::Shared;
use crate::session::{Asked, Caller, Key, Outcome, Payer, Scope, Window, WindowStats};

/// The handlers of requests with an idempotency key, which belong to no session
/// alone: they go on when it ends, for whoever sends the request again.
#[derive(Debug)]
pub(crate) struct KeyedWork(Mutex<State>);

#[derive(Debug)]
struct State {
    window: Window,
    running: HashMap<Key, Stop>,
}

#[derive(Debug)]
struct Stop {
    token: CancellationToken,
    task: AbortHandle,
}

impl KeyedWork {
    pub(crate) fn new(window: Window) -> Self {
        Self(Mutex::new(State { window, running: HashMap::new() }))
    }

    /// What clients that this payer pays for may rely on at present.
    pub(crate) fn promise(&self, now: Instant, payer: &Payer) -> fader_protocol::Window {
        self.lock().window.promise(now, payer)
    }

    /// What could not be done so far.
    pub(crate) fn stats(&self) -> WindowStats {
        self.lock().window.stats()
    }

    /// A caller gave up; the last one stops the work.
    pub(crate) fn cancel(&self, key: &Key, caller: &Caller) {
        let mut state = self.lock();
        if state.window.leave(key, caller)
            && let Some(stop) = state.running.get(key)
        {
            stop.token.cancel();
            stop.task.abort();
        }
    }

    /// A caller's session ended. Its client may ask again.
    pub(crate) fn leave(&self, key: &Key, caller: &Caller) {
        self.lock().window.leave(key, caller);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers a request, or makes sure that its caller's session will be told.
pub(crate) fn ask(
    server: &Server,
    key: &Key,
    payer: &Payer,
    params: RawPayload,
    caller: &Caller,
    lanes: &mut Lanes,
) -> Option<Outcome> {
    let shared = &server.shared;
    let mut state = shared.keyed.lock();
    match state.window.ask(shared.clock.now(), key, payer, &params, caller.clone()) {
        Asked::Answer(outcome) => return Some(outcome),
        Asked::Wait => {}
        Asked::Run => {
            let stop = run(server, key, params, &caller.session, lanes);
            state.running.insert(key.clone(), stop);
        }
    }
    None
}

fn run(server: &Server, key: &Key, params: RawPayload, session: &str, lanes: &mut Lanes) -> Stop {
    let token = CancellationToken::new();
    let peer = Peer { session: session.into(), principal: key.principal.as_str().into() };
    let call = CallInfo { server: server.clone(), peer, cancellation: token.clone() };
    let call = server.shared.registry.call_keyed(call, &key.scope, params);
    let call = logged(CallName::of_keyed(&key.scope), call.unwrap_or_else(unregistered));
    let task = tokio::spawn(match &key.scope {
        Scope::Topic(topic) => lanes.queue(topic, call),
        Scope::Method(_) => call,
    });
    let stop = Stop { token, task: task.abort_handle() };
    let (shared, key) = (Arc::clone(&server.shared), key.clone());
    tokio::spawn(async move {
        let outcome = match task.await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => {
                Err(Rejection::new(code::INTERNAL, "the handler broke down"))
            }
            Err(_) => Err(Rejection::new(code::CANCELLED, "all who asked for it gave up")),
        };
        finished(&shared, &key, outcome);
    });
    stop
}

fn finished(shared: &Shared, key: &Key, outcome: Outcome) {
    let (outcome, callers) = {
        let mut state = shared.keyed.lock();
        state.running.remove(key);
        state.window.finished(shared.clock.now(), key, outcome)
    };
    for Caller { session, job } in callers {
        // A session that is over needs no answer.
        let _ = shared.directory.tell(&session, Command::Finished(job, outcome.clone()));
    }
}
