use std::collections::BTreeSet;

use fader_protocol::{Goodbye, RawJson};

use super::job::{Job, JobId, Outcome};

/// The names that handlers are registered under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The methods'.
    pub methods: BTreeSet<&'static str>,
    /// The live groups'.
    pub groups: BTreeSet<&'static str>,
}

/// Something that happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// The client sent a text message.
    Text(&'a str),
    /// A handler ended, whether by itself or because it was cancelled. Every
    /// [`Output::Run`] is answered by exactly one of these.
    Finished {
        /// Which job.
        job: JobId,
        /// What came of it.
        outcome: Outcome,
    },
    /// A live group's handler has a coarse result, and goes on to compute the
    /// full one. It is sent to the client unless the job was cancelled or a new
    /// epoch has begun.
    Partial {
        /// Which job.
        job: JobId,
        /// The coarse result.
        result: RawJson,
    },
    /// The server goes away: tell the client, finish what must be finished, and close.
    Drain(Goodbye),
    /// The deadline passed.
    Timeout,
}

/// Something to do.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Send a text message to the client.
    Send(String),
    /// Call a handler.
    Run(Job),
    /// Stop a handler. The client does not wait for what comes of it.
    Cancel(JobId),
    /// Close the connection. The session wants nothing after this, and has
    /// cancelled its jobs.
    Close {
        /// The close code.
        code: u16,
        /// Why, in at most 123 bytes.
        reason: String,
    },
}
