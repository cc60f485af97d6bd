use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use fader_protocol::{Patch, RawPayload, Rejection, code};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::Server;
use crate::call_log::{CallName, logged};
use crate::context::CallInfo;
use crate::keyed;
use crate::lanes::Lanes;
use crate::peer::Peer;
use crate::registry::unregistered;
use crate::reports::Reports;
use crate::session::{Caller, Job, JobId, Key, Outcome, Payer, Scope, Work};

/// The handlers at work for one session. Dropping it stops them all, but for those
/// of requests with an idempotency key.
#[derive(Debug)]
pub(crate) struct Jobs {
    server: Server,
    peer: Peer,
    payer: Payer,
    tasks: JoinSet<Outcome>,
    ids: HashMap<Id, JobId>,
    stops: HashMap<JobId, Stop>,
    reports: Arc<Reports>,
    lanes: Lanes,
    all: DropGuard,
    /// The requests with an idempotency key that wait for their outcome.
    keyed: HashMap<JobId, Key>,
    /// What has ended without a task of its own.
    ended: VecDeque<Ended>,
}

/// A handler has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) job: JobId,
    /// What it shared just before.
    pub(crate) shared: Patch<RawPayload>,
    pub(crate) outcome: Outcome,
}

impl Ended {
    /// A request's, which shares nothing.
    pub(crate) fn alone(job: JobId, outcome: Outcome) -> Self {
        Self { job, shared: Patch::new(), outcome }
    }
}

#[derive(Debug)]
struct Stop {
    token: CancellationToken,
    /// Drops the future of a handler. A live group's handler is waited
    /// for instead, so that its calls never overlap.
    abort: Option<AbortHandle>,
}

impl Jobs {
    pub(crate) fn new(server: Server, peer: Peer, payer: Payer) -> Self {
        let shared = &server.shared;
        Self {
            reports: Arc::new(Reports::new(Arc::clone(&shared.common), Arc::clone(&shared.hub))),
            server,
            peer,
            payer,
            tasks: JoinSet::new(),
            lanes: Lanes::default(),
            ids: HashMap::new(),
            stops: HashMap::new(),
            all: CancellationToken::new().drop_guard(),
            keyed: HashMap::new(),
            ended: VecDeque::new(),
        }
    }

    /// What the live handlers at work say before they end.
    pub(crate) fn reports(&self) -> Arc<Reports> {
        Arc::clone(&self.reports)
    }

    pub(crate) fn start(&mut self, job: Job) {
        let principal = self.peer.principal.to_string();
        let key = |scope, key| Key { principal, scope, key };
        match job.work {
            Work::Request { method, key: Some(name), params } => {
                self.start_keyed(job.id, key(Scope::Method(method), name), params);
            }
            Work::Publish { topic, key: Some(name), event } => {
                self.start_keyed(job.id, key(Scope::Topic(topic), name), event);
            }
            work => self.spawn(job.id, work),
        }
    }

    fn spawn(&mut self, id: JobId, work: Work) {
        let token = self.all.token().child_token();
        let is_live = matches!(work, Work::Live { .. });
        if is_live {
            self.reports.begin(id);
        }
        let name = CallName::of_work(&work);
        let topic = match &work {
            Work::Publish { topic, .. } => Some(topic.clone()),
            _ => None,
        };
        let call = CallInfo {
            server: self.server.clone(),
            peer: self.peer.clone(),
            cancellation: token.clone(),
        };
        let call = self.server.shared.registry.call(call, Job { id, work }, &self.reports);
        let call = logged(name, call.unwrap_or_else(unregistered));
        let task = self.tasks.spawn(match topic {
            Some(topic) => self.lanes.queue(&topic, call),
            None => call,
        });
        self.ids.insert(task.id(), id);
        self.stops.insert(id, Stop { token, abort: (!is_live).then_some(task) });
    }

    fn start_keyed(&mut self, job: JobId, key: Key, params: RawPayload) {
        let caller = self.caller(job);
        match keyed::ask(&self.server, &key, &self.payer, params, &caller, &mut self.lanes) {
            Some(outcome) => self.ended.push_back(Ended::alone(job, outcome)),
            None => {
                self.keyed.insert(job, key);
            }
        }
    }

    fn caller(&self, job: JobId) -> Caller {
        Caller { session: self.peer.session.to_string(), job }
    }

    /// The outcome of a request with an idempotency key came. Says whether this
    /// session still waits for it.
    pub(crate) fn keyed_ended(&mut self, job: JobId) -> bool {
        self.keyed.remove(&job).is_some()
    }

    pub(crate) fn cancel(&mut self, job: JobId) {
        if let Some(key) = self.keyed.remove(&job) {
            self.server.shared.keyed.cancel(&key, &self.caller(job));
            let outcome = Err(Rejection::new(code::CANCELLED, "the caller gave up"));
            self.ended.push_back(Ended::alone(job, outcome));
        }
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
            if let Some(ended) = self.ended.pop_front() {
                return ended;
            }
            match self.tasks.join_next_with_id().await {
                Some(ended) => {
                    if let Some(ended) = self.task_ended(ended) {
                        return ended;
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Another handler that has ended already.
    pub(crate) fn try_next(&mut self) -> Option<Ended> {
        if let Some(ended) = self.ended.pop_front() {
            return Some(ended);
        }
        let ended = self.tasks.try_join_next_with_id()?;
        self.task_ended(ended)
    }

    fn task_ended(&mut self, ended: Result<(Id, Outcome), JoinError>) -> Option<Ended> {
        let (task, outcome) = match ended {
            Ok((task, outcome)) => (task, outcome),
            Err(error) => {
                (error.id(), Err(Rejection::new(code::INTERNAL, "the handler broke down")))
            }
        };
        let job = self.ids.remove(&task)?;
        self.stops.remove(&job);
        Some(Ended { job, shared: self.reports.end(job), outcome })
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        for (job, key) in &self.keyed {
            self.server.shared.keyed.leave(key, &self.caller(*job));
        }
    }
}
