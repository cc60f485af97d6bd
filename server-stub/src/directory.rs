use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fader_protocol::{Instant, RawPayload, Rejection};
use tokio::sync::mpsc;

use crate::session::{
    Credentials, Evicted, JobId, Opening, Outcome, Payer, SessionTable, SessionsConfig,
    TooManySessions,
};
use crate::socket::Socket;

/// The sessions of a server by their public ids, to tell them something, and who pays
/// for them.
#[derive(Debug)]
pub(crate) struct Directory {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    sessions: HashMap<String, Listed>,
    table: SessionTable,
    /// Principals whose sessions were ended, and when, for as long as somebody may still
    /// connect whose credentials were checked before that.
    revoked: VecDeque<(Instant, String)>,
}

#[derive(Debug)]
struct Listed {
    principal: Arc<str>,
    commands: mpsc::UnboundedSender<Command>,
}

/// What a session is told from outside.
#[derive(Debug)]
pub(crate) enum Command {
    /// A client wants to continue it.
    Resume(Box<Arrival>),
    /// Work has ended that it may share with others.
    Finished(JobId, Outcome),
    /// There is no room for it without a connection.
    Forget,
    /// It is to end; why.
    End(String),
    /// Its subscriptions to this topic are to end.
    EndSubscriptions(&'static str, Rejection<RawPayload>),
}

/// A connection that has said hello.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) opening: Opening,
    /// For a new session; of an old one, the secret is the next.
    pub(crate) credentials: Credentials,
    /// When its credentials began to be checked.
    pub(crate) checked: Instant,
}

/// Why a session cannot begin.
#[derive(Debug)]
pub(crate) enum NotListed {
    /// The principal's sessions were ended while its credentials were being checked.
    Revoked,
    TooMany(TooManySessions),
}

impl Directory {
    pub(crate) fn new(config: SessionsConfig) -> Self {
        let (sessions, revoked) = (HashMap::new(), VecDeque::new());
        let table = SessionTable::new(config);
        Self { state: Mutex::new(State { sessions, table, revoked }) }
    }

    /// A session begins, of a client whose credentials were good at that time.
    pub(crate) fn add(
        &self,
        session: &str,
        payer: &Payer,
        principal: &Arc<str>,
        checked: Instant,
    ) -> Result<mpsc::UnboundedReceiver<Command>, NotListed> {
        let mut state = self.lock();
        if state.revoked.iter().any(|(at, of)| *at >= checked && **of == **principal) {
            return Err(NotListed::Revoked);
        }
        let evicted = state.table.begin(session, payer).map_err(NotListed::TooMany)?;
        state.forget(evicted);
        let (sender, receiver) = mpsc::unbounded_channel();
        let listed = Listed { principal: Arc::clone(principal), commands: sender };
        state.sessions.insert(session.into(), listed);
        Ok(receiver)
    }

    /// A session is over.
    pub(crate) fn remove(&self, session: &str) {
        let mut state = self.lock();
        state.sessions.remove(session);
        state.table.end(session);
    }

    /// A session lost its connection, and costs so many bytes meanwhile. Those that there
    /// is no room for are told.
    pub(crate) fn detach(&self, session: &str, bytes: usize) {
        let mut state = self.lock();
        let evicted = state.table.detach(session, bytes);
        state.forget(evicted);
    }

    /// A session has a connection again.
    pub(crate) fn attach(&self, session: &str) {
        self.lock().table.attach(session);
    }

    /// Tells a session something; gives it back if there is no such session.
    pub(crate) fn tell(&self, session: &str, command: Command) -> Result<(), Command> {
        match self.lock().sessions.get(session) {
            Some(listed) => listed.commands.send(command).map_err(|unsent| unsent.0),
            None => Err(command),
        }
    }

    /// Ends all sessions of a principal, and lets none begin whose credentials were good
    /// before `now`, nor after up to `checking`. Says how many they were.
    pub(crate) fn end_all(
        &self,
        now: Instant,
        principal: &str,
        reason: &str,
        checking: Duration,
    ) -> usize {
        let mut state = self.lock();
        while state.revoked.front().is_some_and(|(at, _)| now - *at > checking) {
            state.revoked.pop_front();
        }
        state.revoked.push_back((now, principal.into()));
        state.tell_all(principal, || Command::End(reason.into()))
    }

    /// Ends all subscriptions of a principal to a topic.
    pub(crate) fn end_subscriptions(
        &self,
        principal: &str,
        topic: &'static str,
        rejection: &Rejection<RawPayload>,
    ) {
        let command = || Command::EndSubscriptions(topic, rejection.clone());
        self.lock().tell_all(principal, command);
    }

    /// Looks at who pays for what.
    pub(crate) fn table<R>(&self, look: impl FnOnce(&SessionTable) -> R) -> R {
        look(&self.lock().table)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn forget(&self, evicted: impl IntoIterator<Item = Evicted>) {
        for Evicted { session, over_own } in evicted {
            tracing::debug!(session, over_own, "too many sessions are detached, this one ends");
            if let Some(listed) = self.sessions.get(&session) {
                let _ = listed.commands.send(Command::Forget);
            }
        }
    }

    fn tell_all(&self, principal: &str, command: impl Fn() -> Command) -> usize {
        let told = self.sessions.values().filter(|listed| *listed.principal == *principal);
        told.filter(|listed| listed.commands.send(command()).is_ok()).count()
    }
}
