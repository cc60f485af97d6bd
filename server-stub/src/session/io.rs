use std::collections::BTreeSet;

use fader_protocol::{Goodbye, Message, MessageRef, Patch, RawPayload, Rejection};

use super::job::{Job, JobId, Outcome};
use super::principal::Principal;

/// The names that handlers are registered under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The methods' that answer once.
    pub methods: BTreeSet<&'static str>,
    /// Those of the methods that answer with many items.
    pub streams: BTreeSet<&'static str>,
    /// The live groups'.
    pub groups: BTreeSet<&'static str>,
}

/// Which connection of a session something belongs to. What comes from an older
/// one than the newest changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(super) u64);

/// Values for all open groups of a name. They must not nest deeper than a client
/// accepts in a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Push {
    /// The live groups' name.
    pub name: String,
    /// Keys of the model, and their values, which are JSON.
    pub values: Patch<RawPayload>,
}

/// Something that happened.
#[derive(Debug)]
pub enum Input<'a> {
    /// The client sent a message.
    Message {
        /// Over which connection.
        connection: ConnectionId,
        /// The message.
        message: MessageRef<'a>,
    },
    /// A connection is gone.
    Gone {
        /// Which one.
        connection: ConnectionId,
        /// The code that it was closed with, by whichever end; 1006 where there was none.
        code: u16,
    },
    /// The client broke the transport's rules.
    Broken {
        /// Over which connection.
        connection: ConnectionId,
        /// The code to close it with.
        code: u16,
        /// What it did.
        reason: String,
    },
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
        result: RawPayload,
    },
    /// A live group's handler has values for the other groups of the name. Those
    /// of them that are news go to the groups of this session, and to
    /// [`Session::poll_push`](super::Session::poll_push) for the others.
    Share {
        /// Which job.
        job: JobId,
        /// Keys of the group's model, and their values, which are JSON.
        values: Patch<RawPayload>,
    },
    /// Values came from elsewhere. Each open group of the name takes those of its
    /// keys that differ from what it has, and tells its client. A group that has
    /// not had its first snapshot takes nothing.
    Push(Push),
    /// Newer credentials were checked, as [`Output::Authenticate`] asked for.
    Authenticated {
        /// Over which connection they came.
        connection: ConnectionId,
        /// Whose they are, or why they are nobody's.
        result: Result<Principal, String>,
    },
    /// A topic or a stream has [something new](super::Session::has_news), and the
    /// connection has room for it, or there is no connection.
    News,
    /// The server goes away: tell the client, finish what must be finished, and close.
    Drain(Goodbye),
    /// There is no room for the session while it is detached.
    Forget,
    /// The application wants the session to be over: the connection is closed with 4401.
    End {
        /// Why, in at most 123 bytes.
        reason: String,
    },
    /// The application wants the session's subscriptions to a topic to be over, those
    /// included that are still being decided on.
    EndSubscriptions {
        /// The topic's name.
        topic: &'static str,
        /// What the client is told.
        rejection: Rejection<RawPayload>,
    },
    /// The deadline passed.
    Timeout,
}

/// Something to do.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Send a message over the newest connection.
    Send(Message),
    /// Call a handler.
    Run(Job),
    /// Stop a handler. The client does not wait for what comes of it.
    Cancel(JobId),
    /// Find out whose newer credentials are. Only the answer to the last of these
    /// matters.
    Authenticate {
        /// Over which connection they came.
        connection: ConnectionId,
        /// What proves it.
        credentials: String,
    },
    /// Close the newest connection, after what was sent over it. What it says
    /// from now on changes nothing.
    Close {
        /// The close code.
        code: u16,
        /// Why, in at most 123 bytes.
        reason: String,
    },
    /// The session is over: forget it. It has cancelled its jobs, but not those of
    /// requests with an idempotency key, which go on for whoever asks for them again.
    End,
}
