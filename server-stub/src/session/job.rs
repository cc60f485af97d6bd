use fader_protocol::{Phase, RawJson, Rejection};

/// Identifies a job within its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub(super) Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Request(u64),
    Live(u64),
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
        params: RawJson,
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

/// What came of a job.
pub type Outcome = Result<RawJson, Rejection<RawJson>>;
