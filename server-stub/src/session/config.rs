use std::collections::BTreeMap;
use std::time::Duration;

use fader_protocol::MessageLimits;
use fader_protocol::link::LinkConfig;

use super::WindowConfig;

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
    /// The most sessions of a server that are kept so at the same time. One more
    /// ends with its connection. Default 10,000.
    pub detached: usize,
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
    /// After how long a newer preview cancels a running one, for the live groups
    /// of these names. Default: never, for none. A server sets it by
    /// [`LiveOptions::preempt_after`](crate::LiveOptions::preempt_after).
    pub preempt_after: BTreeMap<&'static str, Duration>,
    /// What is accepted from a client. A live group's model may be as large as
    /// a message. Default [`MessageLimits::default`].
    pub accepts: MessageLimits,
    /// What clients accept: nothing is sent beyond it, and an answer that does
    /// not fit becomes an error. Default [`MessageLimits::of_client`].
    pub sends: MessageLimits,
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
            detached: 10_000,
            link: LinkConfig::default(),
            window: WindowConfig::default(),
            requests: 256,
            subscriptions: 256,
            stay: Duration::from_secs(10),
            groups: 64,
            preempt_after: BTreeMap::new(),
            accepts: MessageLimits::default(),
            sends: MessageLimits::of_client(),
        }
    }
}
