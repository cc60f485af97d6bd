use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use fader_protocol::{Limits, LiveGroup, Method, RawJson, Rejection, code, json};
use serde::Serialize;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::group_type::GroupType;
use crate::payload::to_json;
use crate::reports::Reports;
use crate::session::{Job, Names, Outcome, Push, Work};
use crate::{BuildError, Context, LiveContext, LiveOptions, PushError};

type Call = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type MethodHandler = Box<dyn Fn(Context, RawJson) -> Call + Send + Sync>;
type LiveHandler = Box<dyn Fn(LiveContext, String) -> Call + Send + Sync>;

/// The handlers by name, with the contract's types hidden behind JSON.
#[derive(Default)]
pub(crate) struct Registry {
    methods: HashMap<&'static str, MethodHandler>,
    groups: HashMap<&'static str, Group>,
}

struct Group {
    kind: GroupType,
    options: LiveOptions,
    handler: LiveHandler,
}

impl Registry {
    pub(crate) fn add_method<M, F, Fut>(&mut self, handler: F) -> Result<(), BuildError>
    where
        M: Method,
        F: Fn(Context, M::Params) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<M::Reply, M::Error>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let call = move |context, params: RawJson| -> Call {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let params = json::from_raw(&params).map_err(|e| bad_params(&e))?;
                match handler(context, params).await {
                    Ok(reply) => to_json(&reply).map_err(|e| unserializable(&e)),
                    Err(error) => Err(Rejection {
                        code: code::FAILED.into(),
                        message: error.to_string(),
                        data: Some(json::to_raw(&error).map_err(|e| unserializable(&e))?),
                    }),
                }
            })
        };
        insert(&mut self.methods, M::NAME, Box::new(call))
    }

    pub(crate) fn add_live<G, F, Fut>(
        &mut self,
        options: LiveOptions,
        handler: F,
    ) -> Result<(), BuildError>
    where
        G: LiveGroup,
        F: Fn(LiveContext, G::Model) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<G::Result, Rejection<RawJson>>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        let call = move |context, model: String| -> Call {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let model = serde_json::from_str(&model).map_err(|e| bad_params(&e))?;
                let result = handler(context, model).await?;
                to_json(&result).map_err(|e| unserializable(&e))
            })
        };
        if options.time_limit.is_zero() {
            return Err(BuildError::TimeLimit(G::NAME));
        }
        let group = Group { kind: GroupType::of::<G>(), options, handler: Box::new(call) };
        insert(&mut self.groups, G::NAME, group)
    }

    pub(crate) fn names(&self) -> Names {
        Names {
            methods: self.methods.keys().copied().collect(),
            groups: self.groups.keys().copied().collect(),
        }
    }

    /// After how long a newer preview cancels a running one, for those that want it.
    pub(crate) fn preempt_after(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        let groups = self.groups.iter();
        groups.filter_map(|(name, group)| Some((*name, group.options.preempt_after?)))
    }

    /// Values of the model's keys of the live group `G`, as JSON that fits these limits.
    pub(crate) fn values<G, V>(&self, values: &V, limits: &Limits) -> Result<Push, PushError>
    where
        G: LiveGroup,
        V: Serialize + ?Sized,
    {
        let group = self.groups.get(G::NAME).ok_or(PushError::UnknownGroup(G::NAME))?;
        Ok(Push { name: G::NAME.into(), values: group.kind.values(values, limits)? })
    }

    /// Calls the handler for `job`. Nothing of it runs before the future is
    /// polled. There is a handler: the session asks only for names that are registered.
    pub(crate) fn call(
        &self,
        job: Job,
        cancelled: CancellationToken,
        reports: &Arc<Reports>,
    ) -> Option<Call> {
        Some(match job.work {
            Work::Request { method, params, .. } => self.call_method(&method, params, cancelled)?,
            Work::Live { name, model, phase } => {
                let group = self.groups.get(name.as_str())?;
                let reports = Arc::clone(reports);
                let token = cancelled.clone();
                let context = LiveContext::new(cancelled, phase, group.kind, job.id, reports);
                let call = (group.handler)(context, model);
                Box::pin(limited(call, group.options.time_limit, token))
            }
        })
    }

    /// As [`call`](Self::call), for the work of a request.
    pub(crate) fn call_method(
        &self,
        method: &str,
        params: RawJson,
        cancelled: CancellationToken,
    ) -> Option<Call> {
        Some(self.methods.get(method)?(Context::new(cancelled), params))
    }
}

/// A call that ends in time.
async fn limited(call: Call, limit: Duration, token: CancellationToken) -> Outcome {
    match timeout(limit, call).await {
        Ok(outcome) => outcome,
        Err(_) => {
            token.cancel();
            Err(Rejection::new(code::TIMED_OUT, format!("it took longer than {limit:?}")))
        }
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Registry").field(&self.names()).finish()
    }
}

fn insert<H>(
    handlers: &mut HashMap<&'static str, H>,
    name: &'static str,
    handler: H,
) -> Result<(), BuildError> {
    if !Limits::default().allow_name(name) {
        return Err(BuildError::Name(name));
    }
    match handlers.entry(name) {
        Entry::Occupied(_) => Err(BuildError::DuplicateName(name)),
        Entry::Vacant(entry) => {
            entry.insert(handler);
            Ok(())
        }
    }
}

fn bad_params(error: &serde_json::Error) -> Rejection<RawJson> {
    Rejection::new(code::BAD_PARAMS, error.to_string())
}

fn unserializable(error: &serde_json::Error) -> Rejection<RawJson> {
    tracing::error!(%error, "what a handler returned has no JSON form");
    Rejection::new(code::INTERNAL, "the answer could not be written")
}
