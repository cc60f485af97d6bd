use serde::{Deserialize, Serialize};

/// A place in the sequence of a topic's events. It is also the reply to publishing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Identifies the sequence, in 1 to 128 bytes. A server that has forgotten it begins another.
    pub epoch: String,
    /// How many events of the sequence came up to here, this one included.
    pub offset: u64,
}

/// What a subscriber wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscribeOptions {
    /// Everything after this position, as far as the server keeps it; otherwise
    /// what is published from now on.
    pub since: Option<Position>,
    /// Without `since`: the last event as well, if there is one.
    pub last: bool,
    /// To be told who else is here.
    pub presence: bool,
}

/// Where a subscription begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// The present sequence of the topic's events.
    pub epoch: String,
    /// The events after this offset follow.
    pub offset: u64,
    /// Nothing after the `since` of the subscriber is missing.
    pub recovered: bool,
}
