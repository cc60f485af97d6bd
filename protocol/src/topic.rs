use serde::{Deserialize, Serialize};

use crate::frame::integer;

/// A place in the sequence of a topic's events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Identifies the sequence. A server that has forgotten it begins another.
    pub epoch: String,
    /// How many events of the sequence came up to here, this one included.
    #[serde(deserialize_with = "integer")]
    pub offset: u64,
}

/// What a subscriber wants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscribeOptions {
    /// Everything after this position, as far as the server keeps it; otherwise
    /// what is published from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Position>,
    /// Without `since`: the last event as well, if there is one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
    /// To be told who else is here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presence: bool,
}

/// Where a subscription begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribed {
    /// The present sequence of the topic's events.
    pub epoch: String,
    /// The events after this offset follow.
    #[serde(deserialize_with = "integer")]
    pub offset: u64,
    /// Nothing after the `since` of the subscriber is missing.
    #[serde(default)]
    pub recovered: bool,
}
