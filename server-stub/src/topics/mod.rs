//! What is published, for all sessions of a server at once, without I/O.
//!
//! The log is the queue: a topic keeps its newest events, and a session reads them
//! for each of its subscriptions when its connection has room. Nothing is queued
//! for a subscriber but its place in the log, so a slow one costs nothing, and what
//! it misses in the end is announced to it as a gap.
//!
//! ```
//! use fader_protocol::{MessageLimits, json};
//! use fader_server::topics::{TopicConfig, Topics};
//!
//! let names = [("ticks", TopicConfig::default())];
//! let topics = Topics::new("a random text", MessageLimits::of_client(), names);
//! let position = topics.publish("ticks", json::to_raw(&101)?)?;
//! assert_eq!(position.offset, 1);
//! assert!(topics.publish("other", json::to_raw(&101)?).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod log;
mod roster;
mod subscription;
mod topic;

use std::collections::BTreeMap;
use std::sync::Arc;

use fader_protocol::{MessageLimits, Position, RawPayload, Rejection, code};

use crate::log_limiter::limited;
use crate::session::unfit;
pub(crate) use subscription::Subscription;
pub(crate) use topic::{Member, Topic};

/// What a topic keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicConfig {
    /// The most events that are kept, for those who read slowly or come back.
    /// Default 1,024. The newest is always kept.
    pub events: usize,
    /// The most bytes of them. Default 1 MiB.
    pub bytes: usize,
    /// The most members that are told of. Default 1,000. What is told of all of
    /// them is at most 512 KiB: who does not fit in is not told of.
    pub members: usize,
}

impl Default for TopicConfig {
    fn default() -> Self {
        Self { events: 1024, bytes: 1024 * 1024, members: 1000 }
    }
}

/// The topics of a server. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Topics {
    topics: Arc<BTreeMap<&'static str, Topic>>,
    sends: MessageLimits,
}

/// Why an event was not published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The server has no topic of that name.
    #[error("no topic is named {0:?}")]
    UnknownTopic(String),
    /// It has no JSON form; a number that is infinite or none has not.
    #[error("the event could not be written: {0}")]
    NotJson(String),
    /// It is larger, or nests deeper, than a client accepts.
    #[error("{0}")]
    TooLarge(String),
}

impl Topics {
    /// Topics of these names, to clients that accept so much. `epoch` is a random
    /// text that tells their events from those of any other server before or after.
    #[must_use]
    pub fn new(
        epoch: &str,
        sends: MessageLimits,
        topics: impl IntoIterator<Item = (&'static str, TopicConfig)>,
    ) -> Self {
        let topics = topics.into_iter();
        let topics = topics.map(|(name, config)| (name, Topic::new(name, epoch.into(), &config)));
        Self { topics: Arc::new(topics.collect()), sends }
    }

    /// Passes an event on to all who subscribed.
    ///
    /// # Errors
    /// When there is no such topic, or clients do not accept such an event.
    pub fn publish(&self, topic: &str, event: RawPayload) -> Result<Position, PublishError> {
        let topic = self.find(topic).ok_or_else(|| PublishError::UnknownTopic(topic.into()))?;
        match unfit("event", &event, &self.sends) {
            Some(why) => Err(PublishError::TooLarge(why)),
            None => Ok(topic.publish(event)),
        }
    }

    /// How many subscriptions a topic has at present; none, if there is no such topic.
    #[must_use]
    pub fn subscriptions(&self, topic: &str) -> usize {
        self.find(topic).map_or(0, Topic::subscriptions)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Topic> {
        self.topics.get(name)
    }
}

/// What a client is told whose event was not published.
impl From<PublishError> for Rejection<RawPayload> {
    fn from(error: PublishError) -> Self {
        let code = match error {
            PublishError::UnknownTopic(_) => code::UNKNOWN_TOPIC,
            PublishError::TooLarge(_) => code::TOO_LARGE,
            PublishError::NotJson(_) => {
                limited!(error, %error, "an event has no JSON form");
                code::INTERNAL
            }
        };
        Rejection::new(code, error.to_string())
    }
}
