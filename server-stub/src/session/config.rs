use std::collections::BTreeMap;
use std::time::Duration;

use fader_protocol::MessageLimits;
use fader_protocol::link::LinkConfig;

use super::{SessionsConfig, WindowConfig};
use super::feed::FEED;
use super::mailboxes::GROUP;
use super::outgoing::Outgoing;
use super::requests::REQUEST;
use super::state::SESSION;
use super::streams::STREAM;
use super::subscriptions::SUBSCRIPTION;

/// What a session allows and how long it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How long a new connection may take to say hello, and then the server to find out
    /// who it is. Default 5 s.
    pub hello: Duration,
    /// After how much silence the client is asked for a sign of life, and how
    /// long until it is asked again. Default 25 s.
    pub heartbeat: Duration,
    /// After how much silence the client counts as gone. Default 90 s: a page
    /// whose timers are slowed down still answers pings, a frozen one does not.
    pub silence: Duration,
    /// How long a drained session waits for its requests and commits, and one
    /// whose client is gone for good for its commits. Default 5 s.
    pub grace: Duration,
    /// How long a connection lasts after the client's credentials have expired.
    /// Default 10 s.
    pub expiry: Duration,
    /// How long a session is kept while it has no connection. Default 2 min.
    pub keep: Duration,
    /// How many sessions there may be, and how many are kept without a connection.
    pub sessions: SessionsConfig,
    /// How much is kept of what was sent, until the client has it.
    pub link: LinkConfig,
    /// How requests with an idempotency key are remembered.
    pub window: WindowConfig,
    /// The most requests, streams and publications at work at the same time.
    /// Default 256. A cancelled one
    /// counts until its handler has ended.
    pub requests: usize,
    /// The most subscriptions at the same time. Default 256.
    pub subscriptions: usize,
    /// How long the session stays a member of a topic when its connection has
    /// ended: who reconnects within it was never away. Default 10 s.
    pub stay: Duration,
    /// The most live groups at the same time. Default 64. A closed one counts
    /// until its handler has ended.
    pub groups: usize,
    /// The most bytes of memory that the live groups of a session take: their models,
    /// each at most four times (the newest, one that a handler works on, one that was
    /// committed and waits, and the last committed with its outcome), and what is known
    /// of their keys. Default 4 MiB. Half of it is shared out among all
    /// [`groups`](Self::groups), so that each may always have that much; a group may have
    /// more while there is room in the other half. One that needs more is refused with
    /// `too-large`, until it is begun anew.
    pub live_bytes: usize,
    /// The most keys of a live group's model. Default 1,024.
    pub model_keys: usize,
    /// The most bytes that wait to be sent when an input has been handled, beside what a
    /// resume sends again and one largest message. Beyond that the connection is closed
    /// with 4410 (`TOO_SLOW`), as if the client did not read. Default 4 MiB.
    pub outbox_bytes: usize,
    /// After how long a newer preview cancels a running one, for the live groups
    /// of these names. Default: never, for none. A server sets it by
    /// [`LiveOptions::preempt_after`](crate::LiveOptions::preempt_after).
    pub preempt_after: BTreeMap<&'static str, Duration>,
    /// What is accepted from a client. The keys and values of a live group's model may
    /// have as many bytes as a message. Default [`MessageLimits::default`].
    pub accepts: MessageLimits,
    /// What clients accept: nothing is sent beyond it, and an answer that does
    /// not fit becomes an error. Default [`MessageLimits::of_client`].
    pub sends: MessageLimits,
}

impl Config {
    /// The most bytes of memory that one session takes with these limits, by
    /// [`Session::cost`](super::Session::cost): if all its requests are at work, with the
    /// largest parameters, and all that it was sent is unconfirmed. An item of a stream
    /// that is larger than 16 KiB, of which one may wait, is not in it.
    #[must_use]
    pub fn session_bytes(&self) -> usize {
        let link = Outgoing::most(&self.link);
        let stream = STREAM + FEED;
        let request = REQUEST + self.accepts.message_bytes;
        SESSION
            + self.live_bytes
            + self.groups * GROUP
            + link
            + self.requests * (request + stream)
            // Those that are wanted, and those that are asked for.
            + 2 * self.subscriptions * SUBSCRIPTION
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(5),
            heartbeat: Duration::from_secs(25),
            silence: Duration::from_secs(90),
            grace: Duration::from_secs(5),
            expiry: Duration::from_secs(10),
            keep: Duration::from_secs(120),
            sessions: SessionsConfig::default(),
            link: LinkConfig::default(),
            window: WindowConfig::default(),
            requests: 256,
            subscriptions: 256,
            stay: Duration::from_secs(10),
            groups: 64,
            live_bytes: 4 * 1024 * 1024,
            model_keys: 1024,
            outbox_bytes: 4 * 1024 * 1024,
            preempt_after: BTreeMap::new(),
            accepts: MessageLimits::default(),
            sends: MessageLimits::of_client(),
        }
    }
}
