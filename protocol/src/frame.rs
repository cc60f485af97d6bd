use crate::{Payload, Rejection, SortedMap, SubscribeOptions, Subscribed};

/// Some keys of a live group's model and their new values.
pub type Patch<P> = SortedMap<String, P>;

/// What a client sends. `P` is the payload, which is never looked into.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientFrame<P> {
    /// Opens the conversation; the first frame of a connection.
    Hello(Hello),
    /// Asks for a [`ServerFrame::Pong`] with the same number.
    Ping(u64),
    /// Answers a [`ServerFrame::Ping`].
    Pong(u64),
    /// How many sequenced frames of this session have arrived here.
    Ack(u64),
    /// Calls a method; answered by one reply or one error with the same id.
    Request {
        /// Chosen by the client, never used twice within a session.
        id: u64,
        /// The method's name.
        method: String,
        /// What is promised across a reconnect.
        delivery: Delivery,
        /// The method's parameters.
        params: P,
    },
    /// The caller of a request gave up: the server stops its work and answers nothing.
    Cancel {
        /// The request's id.
        id: u64,
    },
    /// New values of a live group.
    Live(LivePatch<P>),
    /// A live group is no longer shown: the server forgets it.
    LiveClose {
        /// The group's id.
        group: u64,
    },
    /// Credentials that are to take the place of those of the hello, which expire.
    Renew(String),
    /// Calls a method that answers with many items; answered by items and then one
    /// end or error with the same id.
    Stream {
        /// Chosen by the client, like a request's.
        id: u64,
        /// The method's name.
        method: String,
        /// How many items the server may send until it is given more.
        credit: u64,
        /// The method's parameters.
        params: P,
    },
    /// The server may send so many more items of a stream.
    Credit {
        /// The stream's id.
        id: u64,
        /// How many more.
        items: u64,
    },
    /// Publishes an event; answered like a request, with its position.
    Publish {
        /// Chosen by the client, like a request's.
        id: u64,
        /// The topic's name.
        topic: String,
        /// The idempotency key, if there is one.
        key: Option<String>,
        /// The event.
        event: P,
    },
    /// Publishes an event that is of use only now; never answered.
    VolatilePublish {
        /// The topic's name.
        topic: String,
        /// The event.
        event: P,
    },
    /// Asks for the events of a topic, for as long as the connection lasts.
    Subscribe {
        /// The subscription's id, chosen by the client.
        id: u64,
        /// The topic's name.
        topic: String,
        /// Which events, and what else.
        options: SubscribeOptions,
    },
    /// The subscription is over.
    Unsubscribe {
        /// The subscription's id.
        id: u64,
    },
}

/// What a server sends. `P` is the payload, which is never looked into.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerFrame<P> {
    /// Answers [`ClientFrame::Hello`]: from here on, frames may be sent.
    Welcome(Welcome),
    /// Asks for a [`ClientFrame::Pong`] with the same number.
    Ping(u64),
    /// Answers a [`ClientFrame::Ping`].
    Pong(u64),
    /// How many sequenced frames of this session have arrived here.
    Ack(u64),
    /// The server is about to close the connection and says when to come back.
    Goodbye(Goodbye),
    /// A frame of the client could not be understood and was dropped.
    Notice(Rejection<P>),
    /// The answer to a request.
    Reply {
        /// The request's id.
        id: u64,
        /// The method's reply.
        payload: P,
    },
    /// The refusal of a request.
    Error {
        /// The request's id.
        id: u64,
        /// Why.
        rejection: Rejection<P>,
    },
    /// The answer to all patches of a live group up to one of them.
    LiveAck(LiveAck<P>),
    /// A coarse result, sent while the handler still works on the full one.
    /// It answers nothing: the patch's ack follows.
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
    /// Values that did not come from this client.
    LivePush(LivePush<P>),
    /// Answers [`ClientFrame::Renew`]: the credentials are good, for so many
    /// milliseconds, or for ever.
    Renewed(Option<u64>),
    /// One item of a stream.
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
    /// Answers [`ClientFrame::Subscribe`]: the events follow.
    Subscribed {
        /// The subscription's id.
        id: u64,
        /// Where it begins.
        start: Subscribed,
    },
    /// One event of a topic.
    Event {
        /// The subscription's id.
        id: u64,
        /// Its place in the topic's present sequence.
        offset: u64,
        /// The event.
        payload: P,
    },
    /// Events that this subscription will not get.
    Gap {
        /// The subscription's id.
        id: u64,
        /// The offset of the last of them.
        to: u64,
        /// Why, for programs: a name.
        reason: String,
    },
    /// The subscription was refused, or is over.
    Unsubscribed {
        /// The subscription's id.
        id: u64,
        /// Why.
        rejection: Rejection<P>,
    },
    /// Who is here is told anew: all of them follow at once.
    Present {
        /// The subscription's id.
        id: u64,
        /// How many frames of code joined follow.
        count: u64,
    },
    /// Somebody is here.
    Joined {
        /// The subscription's id.
        id: u64,
        /// Who: the public id of a session.
        member: String,
        /// What the server tells of them.
        info: P,
    },
    /// Somebody is no longer here.
    Left {
        /// The subscription's id.
        id: u64,
        /// Who: the public id of a session.
        member: String,
    },
}

/// What a frame takes beside its payload, about.
const ENVELOPE: usize = 64;

/// What is promised of a request across a reconnect.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Delivery {
    /// It reaches the server once. If the session is lost its outcome is
    /// unknown; it is never silently sent again.
    #[default]
    Once,
    /// It carries this idempotency key: if the session is lost it is sent
    /// again, and the server runs it at most once within its window.
    Keyed(String),
    /// It is of use only now: it is not queued and not sent again.
    Volatile,
}

impl<P> ClientFrame<P> {
    /// Whether the [link](crate::link) counts and keeps the frame.
    #[must_use]
    pub fn is_sequenced(&self) -> bool {
        match self {
            ClientFrame::Request { delivery, .. } => *delivery != Delivery::Volatile,
            ClientFrame::Cancel { .. }
            | ClientFrame::LiveClose { .. }
            | ClientFrame::Stream { .. }
            | ClientFrame::Credit { .. }
            | ClientFrame::Publish { .. } => true,
            ClientFrame::Hello(_)
            | ClientFrame::Ping(_)
            | ClientFrame::Pong(_)
            | ClientFrame::Ack(_)
            | ClientFrame::Live(_)
            | ClientFrame::Renew(_)
            | ClientFrame::VolatilePublish { .. }
            | ClientFrame::Subscribe { .. }
            | ClientFrame::Unsubscribe { .. } => false,
        }
    }
}

impl<P: Payload> ClientFrame<P> {
    /// About how many bytes a sequenced frame takes in a message.
    #[must_use]
    pub fn size(&self) -> usize {
        ENVELOPE
            + match self {
                ClientFrame::Request { method: name, params: payload, .. }
                | ClientFrame::Stream { method: name, params: payload, .. }
                | ClientFrame::Publish { topic: name, event: payload, .. } => {
                    name.len() + payload.size()
                }
                _ => 0,
            }
    }
}

impl<P: Payload> ServerFrame<P> {
    /// About how many bytes a sequenced frame takes in a message.
    #[must_use]
    pub fn size(&self) -> usize {
        ENVELOPE
            + match self {
                ServerFrame::Reply { payload, .. } | ServerFrame::Item { payload, .. } => {
                    payload.size()
                }
                ServerFrame::Error { rejection, .. } => {
                    let Rejection { code, message, data } = rejection;
                    code.len() + message.len() + data.as_ref().map_or(0, P::size)
                }
                _ => 0,
            }
    }
}

impl<P> ServerFrame<P> {
    /// Whether the [link](crate::link) counts and keeps the frame.
    #[must_use]
    pub fn is_sequenced(&self) -> bool {
        match self {
            ServerFrame::Reply { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Item { .. }
            | ServerFrame::End { .. } => true,
            ServerFrame::Welcome(_)
            | ServerFrame::Ping(_)
            | ServerFrame::Pong(_)
            | ServerFrame::Ack(_)
            | ServerFrame::Goodbye(_)
            | ServerFrame::Notice(_)
            | ServerFrame::LiveAck(_)
            | ServerFrame::LivePartial { .. }
            | ServerFrame::LivePush(_)
            | ServerFrame::Renewed(_)
            | ServerFrame::Subscribed { .. }
            | ServerFrame::Event { .. }
            | ServerFrame::Gap { .. }
            | ServerFrame::Unsubscribed { .. }
            | ServerFrame::Present { .. }
            | ServerFrame::Joined { .. }
            | ServerFrame::Left { .. } => false,
        }
    }
}

/// How a client introduces itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    /// The protocol version that the client speaks: [`crate::VERSION`].
    pub version: u32,
    /// The name and version of the client software, for logs.
    pub agent: Option<String>,
    /// The session to continue.
    pub resume: Option<Resume>,
    /// What proves who the client is; the server says what it takes.
    pub credentials: Option<String>,
}

/// The session that a client wants to continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resume {
    /// The session's public id.
    pub session: String,
    /// The session's secret, of the last welcome.
    pub secret: String,
    /// How many sequenced frames have arrived at the client.
    pub received: u64,
}

/// How a server accepts a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    /// The public id of the session.
    pub session: String,
    /// What the client must know to continue the session on another connection.
    pub secret: String,
    /// The session that the client named continues; otherwise this is a new one.
    pub resumed: bool,
    /// How many sequenced frames have arrived at the server.
    pub received: u64,
    /// After how many milliseconds of silence from the client the server sends a ping.
    pub heartbeat_ms: u64,
    /// The largest message, in bytes, that the server accepts.
    pub message_bytes: usize,
    /// How idempotency keys are remembered; nothing if they are not.
    pub window: Option<Window>,
    /// After how many milliseconds the client's credentials expire; nothing if they do not.
    pub expires_ms: Option<u64>,
}

/// How a server remembers the idempotency keys of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Identifies the memory: with another id, all was forgotten.
    pub id: String,
    /// For how many milliseconds each key is remembered.
    pub ms: u64,
}

/// When to come back after a close that the server announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goodbye {
    /// The least time, in milliseconds, before the client connects again.
    pub after_ms: u64,
    /// The client adds a random time of up to this many milliseconds, so that not all come at once.
    pub spread_ms: u64,
    /// Why, for logs.
    pub reason: String,
}

/// What part of a gesture a live patch belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The person is still moving the control; a newer value may replace this one.
    Preview,
    /// The person let go: this value is final.
    Commit,
    /// The gesture was cancelled; the values are those from before it.
    Cancel,
}

impl Phase {
    /// The phase's number on the wire.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Phase::Preview => 0,
            Phase::Commit => 1,
            Phase::Cancel => 2,
        }
    }

    /// The phase with that number on the wire.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Phase> {
        match number {
            0 => Some(Phase::Preview),
            1 => Some(Phase::Commit),
            2 => Some(Phase::Cancel),
            _ => None,
        }
    }
}

/// New values of a live group.
#[derive(Debug, Clone, PartialEq)]
pub struct LivePatch<P> {
    /// The group's id, chosen by the client, never used twice within a session.
    pub group: u64,
    /// The live group's name in the contract.
    pub name: String,
    /// Counts the group's fresh starts; the first patch of an epoch holds every key.
    pub epoch: u64,
    /// Counts the group's patches within the epoch, from 1.
    pub seq: u64,
    /// What part of a gesture the patch belongs to.
    pub phase: Phase,
    /// Identifies a commit, also when it is sent again in a later epoch.
    pub commit: Option<u64>,
    /// The keys that changed since the patch before.
    pub patch: Patch<P>,
}

/// The answer to all patches of a live group up to one of them.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveAck<P> {
    /// The group's id.
    pub group: u64,
    /// The epoch of the patches that it answers.
    pub epoch: u64,
    /// The newest patch that the result takes into account.
    pub seq: u64,
    /// How long that patch waited for the worker, in microseconds.
    pub wait_us: u64,
    /// How long the worker took, in microseconds.
    pub service_us: u64,
    /// The result, or why there is none.
    pub outcome: Result<P, Rejection<P>>,
}

/// Values of a live group that did not come from this client: another person
/// moved the same control. The server's model already holds them.
#[derive(Debug, Clone, PartialEq)]
pub struct LivePush<P> {
    /// The group's id.
    pub group: u64,
    /// The epoch of the patches that the server has.
    pub epoch: u64,
    /// The newest patch of this client that the server had when it took the values.
    pub seq: u64,
    /// The keys that changed, and their values.
    pub patch: Patch<P>,
}
