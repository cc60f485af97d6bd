use fader_protocol::{Patch, Rejection};

use crate::{Cause, RequestError, State, TopicUpdate};

/// Which attempt to connect something belongs to. What arrives from an older
/// attempt than the present one is ignored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub(crate) u64);

/// Identifies a request of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub(crate) u64);

impl RequestId {
    /// The id as a number, for where it must be one.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The id with this number. One that was never given is of no request, and
    /// commands for it do nothing.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// Identifies a subscription of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(pub(crate) u64);

impl SubscriptionId {
    /// The id as a number, for where it must be one.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The id with this number. One that was never given is of no subscription, and
    /// commands for it do nothing.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// Identifies a live group of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub(crate) u64);

impl GroupId {
    /// The id as a number, for where it must be one.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }

    /// The id with this number. One that was never given is of no live group, and
    /// commands for it do nothing.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// Something that happened outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<M> {
    /// The app wants to be connected; or, while waiting, to try again at once.
    Connect,
    /// The app is done, for good: nothing revives the client after this.
    Close,
    /// The transport of that attempt is open.
    Opened {
        /// The attempt.
        generation: Generation,
    },
    /// A message arrived.
    Message {
        /// The attempt whose transport it came from.
        generation: Generation,
        /// The message.
        message: M,
    },
    /// The transport of that attempt closed, or could not be opened.
    Closed {
        /// The attempt.
        generation: Generation,
        /// The WebSocket close code; 1006 where there was none.
        code: u16,
        /// The close reason, possibly empty.
        reason: String,
    },
    /// Credentials came, as [`Output::Authorize`] asked for, or could not be had.
    Credentials {
        /// The attempt that they are for.
        generation: Generation,
        /// The credentials, or none for a client that is nobody in particular; or why they
        /// could not be had.
        credentials: Result<Option<String>, String>,
    },
    /// The page's circumstances changed.
    Lifecycle(Lifecycle),
    /// Time passed: the deadline was reached.
    Tick,
}

/// A change in the page's circumstances. It is evidence for what became of the
/// connection, not proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// The browser believes to have a network.
    Online,
    /// The browser believes to have none.
    Offline,
    /// The page can be seen again.
    Visible,
    /// The page is shown, perhaps out of the back/forward cache.
    PageShow,
    /// The page is left, perhaps into the back/forward cache.
    PageHide,
    /// The browser is about to stop the page's scripts.
    Freeze,
    /// The page's scripts run again.
    Resume,
}

/// Something to do outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Output<M, P> {
    /// Open a transport and report under this generation.
    Dial {
        /// The attempt.
        generation: Generation,
    },
    /// Ask the app for credentials, and report under this generation. It may take
    /// its time, or never answer.
    Authorize {
        /// The attempt that they are for, or whose connection they are to renew.
        generation: Generation,
    },
    /// Close that attempt's transport and forget it; what it reports later is ignored.
    HangUp {
        /// The attempt.
        generation: Generation,
        /// The WebSocket close code: 1000, or from 3000 to 4999.
        code: u16,
        /// The close reason, at most 123 bytes.
        reason: String,
    },
    /// Send a message over that attempt's transport.
    Send {
        /// The attempt.
        generation: Generation,
        /// The message.
        message: M,
    },
    /// Tell the app.
    Event(Event<P>),
}

/// Something that the app wants to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<P> {
    /// The connection's state changed.
    State(State),
    /// A connection was lost, or an attempt failed. The state that follows from it comes next.
    Disconnected {
        /// Why.
        cause: Cause,
        /// Nothing like it happened since the connection was last stable.
        is_new: bool,
    },
    /// A request was answered or failed, publishing included. Comes exactly once for each.
    Settled {
        /// The request.
        id: RequestId,
        /// The reply, or why there is none.
        outcome: Result<P, RequestError<P>>,
    },
    /// An item of a stream came. [`Client::stream_consumed`](crate::Client::stream_consumed)
    /// says when the app has taken it.
    Item {
        /// The stream.
        stream: RequestId,
        /// The item.
        payload: P,
    },
    /// A stream is over. Comes exactly once for each, and nothing of it after that.
    StreamEnded {
        /// The stream.
        stream: RequestId,
        /// Nothing is missing; or why more may be.
        outcome: Result<(), RequestError<P>>,
    },
    /// Something became of a subscription.
    Topic {
        /// The subscription.
        subscription: SubscriptionId,
        /// What.
        update: TopicUpdate<P>,
    },
    /// The server answered for a live group, and nothing newer was shown before.
    LiveResult {
        /// The live group.
        group: GroupId,
        /// This is a coarse result; the full one follows.
        partial: bool,
        /// The result, or why there is none.
        outcome: Result<P, Rejection<P>>,
    },
    /// Values of a live group came from elsewhere, and no control of theirs is held.
    LivePushed {
        /// The live group.
        group: GroupId,
        /// The keys and their new values.
        patch: Patch<P>,
    },
    /// Something in [`Client::live_status`](crate::Client::live_status) changed.
    LiveStatus {
        /// The live group.
        group: GroupId,
    },
    /// The server dropped a frame of ours that it could not understand.
    Notice(Rejection<P>),
}
