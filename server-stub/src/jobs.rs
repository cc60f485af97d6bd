use std::collections::HashMap;
use std::sync::Arc;

use fader_protocol::{Patch, RawJson, Rejection, code};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::reports::Reports;
use crate::server::Shared;
use crate::session::{Job, JobId, Outcome, Work};

/// The handlers at work for one connection. Dropping it stops them all.
#[derive(Debug)]
pub(crate) struct Jobs {
    shared: Arc<Shared>,
    tasks: JoinSet<Outcome>,
    ids: HashMap<Id, JobId>,
    stops: HashMap<JobId, Stop>,
    reports: Arc<Reports>,
    all: DropGuard,
}

/// A handler has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) job: JobId,
    /// What it shared just before.
    pub(crate) shared: Patch<RawJson>,
    pub(crate) outcome: Outcome,
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
            reports: Arc::new(Reports::new(Arc::clone(&shared.config), Arc::clone(&shared.hub))),
            shared,
            tasks: JoinSet::new(),
            ids: HashMap::new(),
            stops: HashMap::new(),
            all: CancellationToken::new().drop_guard(),
        }
    }

    /// What the live handlers at work say before they end.
    pub(crate) fn reports(&self) -> Arc<Reports> {
        Arc::clone(&self.reports)
    }

    pub(crate) fn start(&mut self, job: Job) {
        let id = job.id;
        let token = self.all.token().child_token();
        let is_request = matches!(job.work, Work::Request { .. });
        if !is_request {
            self.reports.begin(id);
        }
        let call = self.shared.registry.call(job, token.clone(), &self.reports);
        let task = self.tasks.spawn(async move {
            match call {
                Some(call) => call.await,
                None => Err(Rejection::new(code::INTERNAL, "no handler is registered")),
            }
        });
        self.ids.insert(task.id(), id);
        self.stops.insert(id, Stop { token, abort: is_request.then_some(task) });
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
    pub(crate) async fn next(&mut self) -> Ended {
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
    pub(crate) fn try_next(&mut self) -> Option<Ended> {
        let ended = self.tasks.try_join_next_with_id()?;
        self.ended(ended)
    }

    fn ended(&mut self, ended: Result<(Id, Outcome), JoinError>) -> Option<Ended> {
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
        Some(Ended { job, shared: self.reports.end(job), outcome })
    }
}
