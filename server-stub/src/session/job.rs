use fader_protocol::{Payload, Phase, RawPayload, Rejection};

use super::feed::Feed;

/// Identifies a job within its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(super) Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Request(u64),
    Live(u64),
    Subscribe(u64),
}

impl JobId {
    /// Of no session: of a handler that a test calls.
    pub(crate) fn by_hand() -> Self {
        Self(Kind::Live(0))
    }

    pub(super) fn number(self) -> u64 {
        let (Kind::Request(number) | Kind::Live(number) | Kind::Subscribe(number)) = self.0;
        number
    }
}

/// One call of a handler.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What [`Input::Finished`](super::Input::Finished) names when the handler has ended.
    pub id: JobId,
    /// What the handler is called with.
    pub work: Work,
}

/// What a handler is called with.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// A method's handler.
    Request {
        /// The method's name.
        method: String,
        /// The idempotency key, if it has one: then [`Window`](super::Window)
        /// says whether to call the handler at all.
        key: Option<String>,
        /// Its parameters.
        params: RawPayload,
    },
    /// The handler of a method that answers with many items. What it returns in the
    /// end is not looked at, but whether it failed.
    Stream {
        /// The method's name.
        method: String,
        /// Its parameters.
        params: RawPayload,
        /// Where the items go.
        feed: Feed,
    },
    /// Whoever decides whether the client may publish an event, then
    /// [`Topics::publish`](crate::topics::Topics::publish). What comes of it is the
    /// event's [`Position`](fader_protocol::Position).
    Publish {
        /// The topic's name.
        topic: String,
        /// As for a request.
        key: Option<String>,
        /// The event.
        event: RawPayload,
    },
    /// Whoever decides whether the client may subscribe. What comes of it is what
    /// other subscribers are told of the client.
    Subscribe {
        /// The topic's name.
        topic: String,
    },
    /// A live group's handler.
    Live {
        /// The live group's name.
        name: String,
        /// The group's model: a JSON object.
        model: String,
        /// [`Phase::Preview`], or the phase of the newest patch in the model that ends a gesture.
        phase: Phase,
    },
}

impl Work {
    /// The idempotency key, if it has one.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Work::Request { key, .. } | Work::Publish { key, .. } => key.as_deref(),
            Work::Stream { .. } | Work::Subscribe { .. } | Work::Live { .. } => None,
        }
    }

    /// How many bytes came from the client for it.
    pub(super) fn size(&self) -> usize {
        match self {
            Work::Request { method: name, params: payload, .. }
            | Work::Stream { method: name, params: payload, .. }
            | Work::Publish { topic: name, event: payload, .. } => name.len() + payload.size(),
            Work::Subscribe { topic } => topic.len(),
            Work::Live { name, model, .. } => name.len() + model.len(),
        }
    }
}

/// What came of a job.
pub type Outcome = Result<RawPayload, Rejection<RawPayload>>;
