use std::time::Duration;

use fader_protocol::{
    Delivery, LiveAck, LivePatch, LivePush, Payload, Rejection, SubscribeOptions,
};

use crate::{HeartbeatConfig, Instant, TopicNews, Verdict};

/// One server's protocol: turns operations into messages and messages into events.
///
/// It owns the wire's identifiers, the handshake and the heartbeat. The client
/// above it owns the backoff, the queue, timeouts and the table of requests.
/// Like the client it does no I/O: each call takes what happened, and then
/// [`poll`](Dialect::poll) is drained. One value serves all connections of a
/// client, one after the other, each begun by [`opened`](Dialect::opened).
pub trait Dialect {
    /// What requests and live input carry.
    type Payload: Payload;
    /// What a transport carries.
    type Message;

    /// The WebSocket subprotocols to offer, the best first.
    fn subprotocols(&self) -> &'static [&'static str];

    /// What is to prove at the next [`opened`](Dialect::opened) who the client is; nothing
    /// if it is nobody in particular.
    fn authorize(&mut self, credentials: Option<String>);

    /// Newer credentials for the present connection.
    fn renew(&mut self, credentials: String);

    /// A transport is open: begin the conversation.
    fn opened(&mut self, now: Instant, heartbeat: &HeartbeatConfig);

    /// The transport is gone, closed by the other end with `code` or by this one:
    /// forget the conversation. What was sent and may not have arrived is kept, if
    /// the next connection can continue this one.
    fn closed(&mut self, code: Option<u16>);

    /// A message arrived.
    fn receive(&mut self, now: Instant, message: Self::Message);

    /// Whether a request of `size` bytes can be sent so that it survives a reconnect.
    fn has_room(&self, size: usize) -> bool;

    /// The app wants something. Without a connection, only cancellations are
    /// wanted, and kept as [`closed`](Dialect::closed) says.
    fn operate(&mut self, operation: Operation<Self::Payload>);

    /// There is reason to doubt that the server is still there: find out soon.
    fn probe(&mut self, now: Instant);

    /// Time passed.
    fn tick(&mut self, now: Instant);

    /// The time by which [`tick`](Dialect::tick) must be called.
    fn deadline(&self) -> Option<Instant>;

    /// What happened, oldest first.
    fn poll(&mut self) -> Option<DialectEvent<Self::Payload>>;

    /// The next message to send, made of as much as fits into one.
    fn flush(&mut self) -> Option<Self::Message>;

    /// The most bytes that one operation may take.
    fn operation_limit(&self) -> usize;

    /// Whether that is so little because of something on the way to the server.
    fn is_limited_on_the_way(&self) -> bool;

    /// What a close with this code means, given by either end, and what to do after one
    /// that was given by the other.
    fn verdict(&self, code: u16) -> Verdict;

    /// The last measured round trip of this connection.
    fn rtt(&self) -> Option<Duration>;

    /// Operations that are kept until the server is known to have them.
    fn unacknowledged(&self) -> usize;

    /// Operations that could not be kept so long: if the connection had broken
    /// then, the session would have been lost.
    fn overflowed(&self) -> u64;
}

/// Something that the app wants of the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation<P> {
    /// Call a method.
    Request {
        /// The request's id.
        id: u64,
        /// The method's name.
        method: String,
        /// What is promised across a reconnect.
        delivery: Delivery,
        /// The method's parameters.
        params: P,
    },
    /// Call a method that answers with many items.
    Stream {
        /// The stream's id, of the same kind as a request's.
        id: u64,
        /// The method's name.
        method: String,
        /// How many items may be sent until there is more credit.
        credit: u64,
        /// The method's parameters.
        params: P,
    },
    /// More items of a stream may be sent.
    Credit {
        /// The stream's id.
        id: u64,
        /// How many more.
        items: u64,
    },
    /// Publish an event, and say where it is in the sequence.
    Publish {
        /// The request's id.
        id: u64,
        /// The topic's name.
        topic: String,
        /// The idempotency key, if there is one.
        key: Option<String>,
        /// The event.
        event: P,
    },
    /// Publish an event that is of use only now, and say nothing.
    VolatilePublish {
        /// The topic's name.
        topic: String,
        /// The event.
        event: P,
    },
    /// Stop working on a request, a stream or the publishing of an event.
    Cancel {
        /// The request's id.
        id: u64,
    },
    /// Send the events of a topic, for as long as this connection lasts.
    Subscribe {
        /// The subscription's id.
        id: u64,
        /// The topic's name.
        topic: String,
        /// Which events, and what else.
        options: SubscribeOptions,
    },
    /// Send them no longer.
    Unsubscribe {
        /// The subscription's id.
        id: u64,
    },
    /// Take new values of a live group.
    Live(LivePatch<P>),
    /// Forget a live group.
    LiveClose {
        /// The group's id.
        group: u64,
    },
}

/// Something that a dialect found out.
#[derive(Debug, Clone, PartialEq)]
pub enum DialectEvent<P> {
    /// The handshake is done: operations may follow.
    Ready {
        /// The session continues: what was in flight is delivered once.
        resumed: bool,
        /// If it does not: how long the server knows an idempotency key again that
        /// was sent in the last session. Nothing if it does not know it at all.
        remembers: Option<Duration>,
        /// After how much time the credentials expire, if they do.
        expires: Option<Duration>,
    },
    /// Newer credentials are good, for so long, if they expire at all.
    Renewed {
        /// After how much time they expire.
        expires: Option<Duration>,
    },
    /// A request did not arrive: something on the way does not take so many bytes.
    Undeliverable {
        /// The request's id.
        id: u64,
        /// About how many bytes it takes in a message.
        size: usize,
    },
    /// A request was answered.
    Settled {
        /// The request's id.
        id: u64,
        /// The reply, or why there is none.
        outcome: Result<P, Rejection<P>>,
    },
    /// An item of a stream came.
    Item {
        /// The stream's id.
        id: u64,
        /// The item.
        payload: P,
    },
    /// A stream is over, and nothing is missing.
    End {
        /// The stream's id.
        id: u64,
    },
    /// The server says something of a subscription.
    Topic {
        /// The subscription's id.
        id: u64,
        /// What it says.
        news: TopicNews<P>,
    },
    /// Patches of a live group were answered.
    LiveAck(LiveAck<P>),
    /// A coarse result of a live group came ahead of the full one.
    LivePartial {
        /// The group's id.
        group: u64,
        /// The epoch of the patch that it was computed from.
        epoch: u64,
        /// The newest patch that it takes into account.
        seq: u64,
        /// The coarse result.
        result: P,
    },
    /// Values of a live group came from elsewhere.
    LivePush(LivePush<P>),
    /// The server dropped something of ours that it could not understand.
    Notice(Rejection<P>),
    /// The server is about to close and says when to come back.
    Goodbye {
        /// The least time to stay away.
        after: Duration,
        /// A random time up to this is added.
        spread: Duration,
    },
    /// The connection is of no use any more and must be closed.
    Broken {
        /// The close code to give to the server: 1000, or from 3000 to 4999.
        code: u16,
        /// Why, for logs.
        reason: String,
    },
}
