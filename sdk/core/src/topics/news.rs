use fader_protocol::{Rejection, Subscribed};

/// Something that a server says of a subscription.
#[derive(Debug, Clone, PartialEq)]
pub enum TopicNews<P> {
    /// It is accepted, and begins there.
    Subscribed(Subscribed),
    /// Something was published.
    Event {
        /// Its place in the topic's present sequence.
        offset: u64,
        /// The event.
        payload: P,
    },
    /// The events up to one will not come.
    Gap {
        /// The offset of that one.
        to: u64,
        /// Why: a name.
        reason: String,
    },
    /// It is refused, or over.
    Unsubscribed(Rejection<P>),
    /// Who is here is told anew.
    Present {
        /// So many who join follow, and are everybody.
        count: u64,
    },
    /// Somebody is here.
    Joined {
        /// The public id of a session.
        member: String,
        /// What the server tells of them.
        info: P,
    },
    /// Somebody is no longer here.
    Left {
        /// The public id of a session.
        member: String,
    },
}
