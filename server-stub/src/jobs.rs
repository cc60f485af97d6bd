use std::collections::HashMap;
use std::sync::Arc;

use fader_protocol::{Rejection, code};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::server::Shared;
use crate::session::{Job, JobId, Outcome, Work};

/// The handlers at work for one connection. Dropping it stops them all.
#[derive(Debug)]
pub(crate) struct Jobs {
    shared: Arc<Shared>,
    tasks: JoinSet<Outcome>,
    ids: HashMap<Id, JobId>,
    stops: HashMap<JobId, Stop>,
    all: DropGuard,
}

#[derive(Debug)]
struct Stop {
    token: CancellationToken,
    /// Drops the future of a request's handler. A live group's handler is waited
    /// for instead, so that its calls never overlap.
    abort: Option<AbortHandle>,
}

impl Jobs {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            tasks: JoinSet::new(),
            ids: HashMap::new(),
            stops: HashMap::new(),
            all: CancellationToken::new().drop_guard(),
        }
    }

    pub(crate) fn start(&mut self, job: Job) {
        let token = self.all.token().child_token();
        let is_request = matches!(job.work, Work::Request { .. });
        let call = self.shared.registry.call(job.work, token.clone());
        let task = self.tasks.spawn(async move {
            match call {
                Some(call) => call.await,
                None => Err(Rejection::new(code::INTERNAL, "no handler is registered")),
            }
        });
        self.ids.insert(task.id(), job.id);
        self.stops.insert(job.id, Stop { token, abort: is_request.then_some(task) });
    }

    pub(crate) fn cancel(&mut self, job: JobId) {
        if let Some(stop) = self.stops.get(&job) {
            stop.token.cancel();
            if let Some(abort) = &stop.abort {
                abort.abort();
            }
        }
    }

    /// Waits for the next handler to end; for ever, if none is at work.
    pub(crate) async fn next(&mut self) -> (JobId, Outcome) {
        loop {
            match self.tasks.join_next_with_id().await {
                Some(ended) => {
                    if let Some(ended) = self.ended(ended) {
                        return ended;
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Another handler that has ended already.
    pub(crate) fn try_next(&mut self) -> Option<(JobId, Outcome)> {
        let ended = self.tasks.try_join_next_with_id()?;
        self.ended(ended)
    }

    fn ended(&mut self, ended: Result<(Id, Outcome), JoinError>) -> Option<(JobId, Outcome)> {
        let (task, outcome) = match ended {
            Ok((task, outcome)) => (task, outcome),
            Err(error) => {
                if error.is_panic() {
                    tracing::error!("a handler panicked");
                }
                (error.id(), Err(Rejection::new(code::INTERNAL, "the handler broke down")))
            }
        };
        let job = self.ids.remove(&task)?;
        self.stops.remove(&job);
        Some((job, outcome))
    }
}
