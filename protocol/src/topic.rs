use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::Limits;
use crate::frame::integer;

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if !Limits::default().allow_name(&name) {
        return Err(D::Error::custom("a name must have 1 to 128 bytes"));
    }
    Ok(name)
}

/// A place in the sequence of a topic's events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Identifies the sequence, in 1 to 128 bytes. A server that has forgotten it begins another.
    #[serde(deserialize_with = "name")]
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
    #[serde(deserialize_with = "name")]
    pub epoch: String,
    /// The events after this offset follow.
    #[serde(deserialize_with = "integer")]
    pub offset: u64,
    /// Nothing after the `since` of the subscriber is missing.
    #[serde(default)]
    pub recovered: bool,
}
