use std::marker::PhantomData;
use std::sync::Arc;

use fader_protocol::{RawPayload, Rejection, Topic, json};

use crate::TopicContext;
use crate::payload::to_payload;
use crate::registry::{Call, bad_params, unserializable};
use crate::topics::TopicConfig;

pub(crate) type SubscribeHandler = Box<dyn Fn(TopicContext) -> Call + Send + Sync>;
pub(crate) type PublishHandler = Box<dyn Fn(TopicContext, RawPayload) -> Call + Send + Sync>;

/// Who may do what with a topic, and what it keeps; for
/// [`ServerBuilder::topic`](crate::ServerBuilder::topic).
///
/// ```
/// use fader_server::{Rejection, Topic, TopicContext, TopicHandler, code};
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
/// let options = TopicHandler::<Chat>::new(async |context: TopicContext| {
///     Ok(Person { name: format!("guest {}", &context.session()[..4]) })
/// })
/// .publish(async |context: TopicContext, message: Message| {
///     if message.text.is_empty() {
///         return Err(Rejection::new(code::FORBIDDEN, "say something"));
///     }
///     // Nobody speaks in another's name.
///     Ok(Message { from: context.session().into(), ..message })
/// });
/// ```
pub struct TopicHandler<T> {
    pub(crate) subscribe: SubscribeHandler,
    /// Nothing if clients may not publish.
    pub(crate) publish: Option<PublishHandler>,
    pub(crate) config: TopicConfig,
    topic: PhantomData<fn() -> T>,
}

impl<T: Topic> TopicHandler<T> {
    /// A topic to which those may subscribe whom `subscribe` admits. It gives what
    /// the other subscribers are told of the client, or why the client may not.
    ///
    /// It is asked each time: when a client comes back after a break it subscribes
    /// anew, and is asked about anew before it gets anything it has missed.
    pub fn new<F, Fut>(subscribe: F) -> Self
    where
        F: Fn(TopicContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T::Member, Rejection<RawPayload>>> + Send + 'static,
    {
        let subscribe = Arc::new(subscribe);
        let subscribe = move |context| -> Call {
            let subscribe = Arc::clone(&subscribe);
            Box::pin(async move {
                to_payload(&subscribe(context).await?).map_err(|e| unserializable(&e))
            })
        };
        Self {
            subscribe: Box::new(subscribe),
            publish: None,
            config: TopicConfig::default(),
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
        F: Fn(TopicContext, T::Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T::Event, Rejection<RawPayload>>> + Send + 'static,
    {
        let publish = Arc::new(publish);
        self.publish = Some(Box::new(move |context, event: RawPayload| -> Call {
            let publish = Arc::clone(&publish);
            Box::pin(async move {
                let event = json::from_payload(event).map_err(|e| bad_params(&e))?;
                to_payload(&publish(context, event).await?).map_err(|e| unserializable(&e))
            })
        }));
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

impl<T: Topic<Member = ()>> TopicHandler<T> {
    /// A topic to which everybody may subscribe who may connect.
    #[must_use]
    pub fn public() -> Self {
        Self::new(async |_| Ok(()))
    }
}

impl<T: Topic> std::fmt::Debug for TopicHandler<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TopicHandler")
            .field("topic", &T::NAME)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
