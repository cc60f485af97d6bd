use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use fader_protocol::{RawPayload, Topic, json};

use crate::context::CallInfo;
use crate::options::TIME_LIMIT;
use crate::payload::to_payload;
use crate::registry::{Call, bad_params, unserializable};
use crate::topics::TopicConfig;
use crate::{HandlerError, TopicContext};

type Subscribe<S> = Arc<dyn Fn(TopicContext<S>) -> Call + Send + Sync>;
type Publish<S> = Arc<dyn Fn(TopicContext<S>, RawPayload) -> Call + Send + Sync>;

/// A topic's handlers, with its types and the app's state hidden.
pub(crate) struct TopicCalls {
    pub(crate) subscribe: Box<dyn Fn(CallInfo) -> Call + Send + Sync>,
    /// Nothing if clients may not publish.
    pub(crate) publish: Option<Box<dyn Fn(CallInfo, RawPayload) -> Call + Send + Sync>>,
    pub(crate) config: TopicConfig,
    pub(crate) time_limit: Duration,
}

/// Who may do what with a topic, and what it keeps; for
/// [`ServerBuilder::topic`](crate::ServerBuilder::topic).
///
/// ```
/// use fader_server::{HandlerError, Topic, TopicContext, TopicHandler, code};
/// use serde::{Deserialize, Serialize};
///
/// struct Chat;
/// #[derive(Serialize, Deserialize)]
/// struct Message { from: String, text: String }
/// #[derive(Serialize, Deserialize)]
/// struct Person { name: String }
/// impl Topic for Chat {
///     const NAME: &'static str = "chat";
///     type Event = Message;
///     type Member = Person;
/// }
///
/// let chat: TopicHandler<Chat> = TopicHandler::new(async |context: TopicContext| {
///     Ok(Person { name: format!("guest {}", &context.session()[..4]) })
/// })
/// .publish(async |context: TopicContext, message: Message| {
///     if message.text.is_empty() {
///         return Err(HandlerError::new(code::FORBIDDEN, "say something"));
///     }
///     // Nobody speaks in another's name.
///     Ok(Message { from: context.session().into(), ..message })
/// });
/// ```
pub struct TopicHandler<T, S = ()> {
    subscribe: Subscribe<S>,
    publish: Option<Publish<S>>,
    config: TopicConfig,
    time_limit: Duration,
    topic: PhantomData<fn() -> T>,
}

impl<T: Topic, S: Send + Sync + 'static> TopicHandler<T, S> {
    /// A topic to which those may subscribe whom `subscribe` admits. It gives what
    /// the other subscribers are told of the client, or why the client may not.
    ///
    /// It is asked each time: when a client comes back after a break it subscribes
    /// anew, and is asked about anew before it gets anything it has missed.
    pub fn new<F, Fut>(subscribe: F) -> Self
    where
        F: Fn(TopicContext<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T::Member, HandlerError>> + Send + 'static,
    {
        let subscribe = Arc::new(subscribe);
        let subscribe = move |context| -> Call {
            let subscribe = Arc::clone(&subscribe);
            Box::pin(async move {
                to_payload(&subscribe(context).await?).map_err(|e| unserializable(&e))
            })
        };
        Self {
            subscribe: Arc::new(subscribe),
            publish: None,
            config: TopicConfig::default(),
            time_limit: TIME_LIMIT,
            topic: PhantomData,
        }
    }

    /// Lets clients publish, those whom `publish` lets. It gives the event to
    /// publish, which need not be the client's, or why there is none.
    ///
    /// It is called for one event of a client after the other, so that they are
    /// published in the order in which the client sent them. By default no client
    /// may publish.
    #[must_use]
    pub fn publish<F, Fut>(mut self, publish: F) -> Self
    where
        F: Fn(TopicContext<S>, T::Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T::Event, HandlerError>> + Send + 'static,
    {
        let publish = Arc::new(publish);
        self.publish = Some(Arc::new(move |context, event: RawPayload| -> Call {
            let publish = Arc::clone(&publish);
            Box::pin(async move {
                let event = json::from_payload(event).map_err(|e| bad_params(&e))?;
                to_payload(&publish(context, event).await?).map_err(|e| unserializable(&e))
            })
        }));
        self
    }

    pub(crate) fn with_state(self, state: &Arc<S>) -> TopicCalls {
        let Self { subscribe, publish, config, time_limit, .. } = self;
        let own = Arc::clone(state);
        let subscribe = move |call| subscribe(TopicContext::of(call, Arc::clone(&own)));
        let own = Arc::clone(state);
        let publish =
            publish.map(|publish| -> Box<dyn Fn(CallInfo, RawPayload) -> Call + Send + Sync> {
                Box::new(move |call, event| {
                    publish(TopicContext::of(call, Arc::clone(&own)), event)
                })
            });
        TopicCalls { subscribe: Box::new(subscribe), publish, config, time_limit }
    }

    /// How long each handler may take: who may subscribe, and what is published. Then its
    /// future is dropped and the client refused with code `timed-out`; nothing is
    /// published. Default 30 s; [`Duration::MAX`] for no limit.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// What is kept for those who read slowly or come back, and how many members
    /// are told of.
    #[must_use]
    pub fn keep(mut self, config: TopicConfig) -> Self {
        self.config = config;
        self
    }
}

impl<T: Topic<Member = ()>, S: Send + Sync + 'static> TopicHandler<T, S> {
    /// A topic to which everybody may subscribe who may connect.
    #[must_use]
    pub fn public() -> Self {
        Self::new(async |_| Ok(()))
    }
}

impl<T: Topic, S> std::fmt::Debug for TopicHandler<T, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicHandler")
            .field("topic", &T::NAME)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
