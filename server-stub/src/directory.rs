use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::session::{Credentials, JobId, Opening, Outcome};
use crate::socket::Socket;

/// The sessions of a server by their public ids, to tell them something.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    sessions: Mutex<HashMap<String, mpsc::UnboundedSender<Command>>>,
}

/// What a session is told from outside.
#[derive(Debug)]
pub(crate) enum Command {
    /// A client wants to continue it.
    Resume(Box<Arrival>),
    /// Work has ended that it may share with others.
    Finished(JobId, Outcome),
}

/// A connection that has said hello.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) socket: Socket,
    pub(crate) opening: Opening,
    /// For a new session; of an old one, the secret is the next.
    pub(crate) credentials: Credentials,
}

impl Directory {
    pub(crate) fn add(&self, session: &str) -> mpsc::UnboundedReceiver<Command> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.lock().insert(session.into(), sender);
        receiver
    }

    pub(crate) fn remove(&self, session: &str) {
        self.lock().remove(session);
    }

    /// Tells a session something; gives it back if there is no such session.
    pub(crate) fn tell(&self, session: &str, command: Command) -> Result<(), Command> {
        match self.lock().get(session) {
            Some(sender) => sender.send(command).map_err(|unsent| unsent.0),
            None => Err(command),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, mpsc::UnboundedSender<Command>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
