use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use fader_protocol::{
    LiveGroup, MessageLimits, Method, RawPayload, Rejection, StreamMethod, Topic, code, json,
};
use serde::Serialize;
use tokio::time::{Instant, timeout};

use crate::context::{CallInfo, LiveCall};
use crate::group_type::GroupType;
use crate::item_sender::{Failure, ItemSender};
use crate::log_limiter::limited;
use crate::payload::to_payload;
use crate::reports::Reports;
use crate::session::{Feed, Job, Names, Outcome, Push, Scope, Work};
use crate::topic_handler::TopicCalls;
use crate::topics::TopicConfig;
use crate::{
    BuildError, LiveContext, LiveHandler, LiveOptions, MethodContext, MethodHandler, MethodOptions,
    PushError, StreamHandler, TopicHandler,
};

pub(crate) type Call = Pin<Box<dyn Future<Output = Outcome> + Send>>;
type StreamCall = Box<dyn Fn(CallInfo, RawPayload, Feed) -> Call + Send + Sync>;
type MethodCall = Box<dyn Fn(CallInfo, RawPayload) -> Call + Send + Sync>;
type LiveCallee = Box<dyn Fn(CallInfo, LiveCall, String) -> Call + Send + Sync>;

/// The handlers by name, with the contract's types hidden behind JSON.
#[derive(Default)]
pub(crate) struct Registry {
    methods: HashMap<&'static str, MethodKind>,
    topics: HashMap<&'static str, TopicCalls>,
    groups: HashMap<&'static str, Group>,
}

enum MethodKind {
    Reply(MethodOptions, MethodCall),
    Stream(StreamCall),
}

struct Group {
    kind: GroupType,
    options: LiveOptions,
    handler: LiveCallee,
}

impl Registry {
    pub(crate) fn add_method<M: Method, S: Send + Sync + 'static>(
        &mut self,
        state: Arc<S>,
        options: MethodOptions,
        handler: impl MethodHandler<M, S>,
    ) -> Result<(), BuildError> {
        let handler = Arc::new(handler);
        let call = move |call, params: RawPayload| -> Call {
            let handler = Arc::clone(&handler);
            let context = MethodContext::of(call, Arc::clone(&state));
            Box::pin(async move {
                let params = json::from_payload(params).map_err(|e| bad_params(&e))?;
                match handler(context, params).await {
                    Ok(reply) => to_payload(&reply).map_err(|e| unserializable(&e)),
                    Err(error) => failed(&error),
                }
            })
        };
        if options.time_limit.is_zero() {
            return Err(BuildError::TimeLimit(M::NAME));
        }
        insert(&mut self.methods, M::NAME, MethodKind::Reply(options, Box::new(call)))
    }

    pub(crate) fn add_stream<M: StreamMethod, S: Send + Sync + 'static>(
        &mut self,
        state: Arc<S>,
        handler: impl StreamHandler<M, S>,
    ) -> Result<(), BuildError> {
        let handler = Arc::new(handler);
        let call = move |call: CallInfo, params: RawPayload, feed| -> Call {
            let handler = Arc::clone(&handler);
            let sends = call.server.shared.common.config.sends.clone();
            let context = MethodContext::of(call, Arc::clone(&state));
            Box::pin(async move {
                let params = json::from_payload(params).map_err(|e| bad_params(&e))?;
                let failure = Failure::default();
                let items = ItemSender::new(feed, sends, failure.clone());
                let ended = handler(context, params, items).await;
                if let Some(rejection) = failure.take() {
                    return Err(rejection);
                }
                match ended {
                    Ok(()) => to_payload(&()).map_err(|e| unserializable(&e)),
                    Err(error) => failed(&error),
                }
            })
        };
        insert(&mut self.methods, M::NAME, MethodKind::Stream(Box::new(call)))
    }

    pub(crate) fn add_topic<T: Topic, S: Send + Sync + 'static>(
        &mut self,
        state: &Arc<S>,
        handler: TopicHandler<T, S>,
    ) -> Result<(), BuildError> {
        let calls = handler.with_state(state);
        if calls.time_limit.is_zero() {
            return Err(BuildError::TimeLimit(T::NAME));
        }
        insert(&mut self.topics, T::NAME, calls)
    }

    pub(crate) fn add_live<G: LiveGroup, S: Send + Sync + 'static>(
        &mut self,
        state: Arc<S>,
        options: LiveOptions,
        handler: impl LiveHandler<G, S>,
    ) -> Result<(), BuildError> {
        let handler = Arc::new(handler);
        let call = move |call, live, model: String| -> Call {
            let handler = Arc::clone(&handler);
            let context = LiveContext::of(call, Arc::clone(&state), live);
            Box::pin(async move {
                let model = serde_json::from_str(&model).map_err(|e| bad_params(&e))?;
                let result = handler(context, model).await?;
                to_payload(&result).map_err(|e| unserializable(&e))
            })
        };
        if options.time_limit.is_zero() {
            return Err(BuildError::TimeLimit(G::NAME));
        }
        let group = Group { kind: GroupType::of::<G>(), options, handler: Box::new(call) };
        insert(&mut self.groups, G::NAME, group)
    }

    pub(crate) fn names(&self) -> Names {
        let methods = |is_stream: bool| {
            let methods = self.methods.iter();
            let methods =
                methods.filter(move |(_, m)| matches!(m, MethodKind::Stream(_)) == is_stream);
            methods.map(|(name, _)| *name).collect()
        };
        Names {
            methods: methods(false),
            streams: methods(true),
            groups: self.groups.keys().copied().collect(),
        }
    }

    /// The topics, and what each keeps.
    pub(crate) fn topics(&self) -> impl Iterator<Item = (&'static str, TopicConfig)> {
        self.topics.iter().map(|(name, topic)| (*name, topic.config.clone()))
    }

    /// The live groups whose pushed values are kept.
    pub(crate) fn keep_pushed(&self) -> impl Iterator<Item = &'static str> {
        let groups = self.groups.iter();
        groups.filter(|(_, group)| group.options.keep_pushed).map(|(name, _)| *name)
    }

    /// After how long a newer preview cancels a running one, for those that want it.
    pub(crate) fn preempt_after(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        let groups = self.groups.iter();
        groups.filter_map(|(name, group)| Some((*name, group.options.preempt_after?)))
    }

    /// Values of the model's keys of the live group `G`, as JSON that fits these limits.
    pub(crate) fn values<G, V>(&self, values: &V, limits: &MessageLimits) -> Result<Push, PushError>
    where
        G: LiveGroup,
        V: Serialize + ?Sized,
    {
        let group = self.groups.get(G::NAME).ok_or(PushError::UnknownGroup(G::NAME))?;
        Ok(Push { name: G::NAME.into(), values: group.kind.values(values, limits)? })
    }

    /// Calls the handler for `job` of a session. Nothing of it runs before the future
    /// is polled. There is a handler: the session asks only for names that are registered.
    pub(crate) fn call(&self, call: CallInfo, job: Job, reports: &Arc<Reports>) -> Option<Call> {
        Some(match job.work {
            Work::Request { method, params, .. } => self.call_method(&method, params, call)?,
            Work::Stream { method, params, feed } => match self.methods.get(method.as_str())? {
                MethodKind::Stream(handler) => handler(call, params, feed),
                MethodKind::Reply(..) => return None,
            },
            Work::Publish { topic, event, .. } => self.publish(call, topic, event)?,
            Work::Subscribe { topic } => {
                let calls = self.topics.get(topic.as_str())?;
                limited(call, calls.time_limit, &calls.subscribe)
            }
            Work::Live { name, model, phase } => {
                let group = self.groups.get(name.as_str())?;
                let reports = Arc::clone(reports);
                let live = LiveCall { phase, group: group.kind, job: job.id, reports };
                let limit = group.options.time_limit;
                limited(call, limit, |call| (group.handler)(call, live, model))
            }
        })
    }

    /// As [`call`](Self::call), for what has an idempotency key.
    pub(crate) fn call_keyed(
        &self,
        call: CallInfo,
        scope: &Scope,
        payload: RawPayload,
    ) -> Option<Call> {
        match scope {
            Scope::Method(method) => self.call_method(method, payload, call),
            Scope::Topic(topic) => self.publish(call, topic.clone(), payload),
        }
    }

    fn call_method(&self, method: &str, params: RawPayload, call: CallInfo) -> Option<Call> {
        match self.methods.get(method)? {
            MethodKind::Reply(options, handler) => {
                Some(limited(call, options.time_limit, |call| handler(call, params)))
            }
            MethodKind::Stream(_) => None,
        }
    }

    fn publish(&self, call: CallInfo, topic: String, event: RawPayload) -> Option<Call> {
        let handlers = self.topics.get(topic.as_str())?;
        let Some(publish) = &handlers.publish else {
            let rejection = Rejection::new(code::FORBIDDEN, "only the server publishes here");
            return Some(Box::pin(std::future::ready(Err(rejection))));
        };
        let topics = call.server.shared.common.topics.clone();
        let call = limited(call, handlers.time_limit, |call| publish(call, event));
        Some(Box::pin(async move {
            let position = topics.publish(&topic, call.await?)?;
            json::to_raw(&position).map_err(|e| unserializable(&e))
        }))
    }
}

/// What is called where there is no handler.
pub(crate) fn unregistered() -> Call {
    Box::pin(std::future::ready(Err(Rejection::new(code::INTERNAL, "no handler is registered"))))
}

/// A call that ends in time.
fn limited(info: CallInfo, limit: Duration, call: impl FnOnce(CallInfo) -> Call) -> Call {
    let (server, cancellation) = (info.server.clone(), info.cancellation.clone());
    let call = call(info);
    Box::pin(async move {
        let begun = Instant::now();
        if let Ok(outcome) = timeout(limit, call).await {
            return outcome;
        }
        cancellation.cancel();
        server.shared.counters.handlers_timed_out.add(1);
        let took = begun.elapsed().as_millis();
        let why = format!("the handler was given up after {took} ms: it may take {limit:?}");
        Err(Rejection::new(code::TIMED_OUT, why))
    })
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
    if !MessageLimits::default().allow_name(name) {
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

/// What a caller is told of a handler's error.
fn failed<E: Serialize + Display>(error: &E) -> Outcome {
    Err(Rejection {
        code: code::FAILED.into(),
        message: error.to_string(),
        data: Some(json::to_raw(error).map_err(|e| unserializable(&e))?),
    })
}

pub(crate) fn bad_params(error: &serde_json::Error) -> Rejection<RawPayload> {
    Rejection::new(code::BAD_PARAMS, error.to_string())
}

pub(crate) fn unserializable(error: &serde_json::Error) -> Rejection<RawPayload> {
    limited!(error, %error, "what a handler returned has no JSON form");
    Rejection::new(code::INTERNAL, "the answer could not be written")
}
