use fader_protocol::{Position, Rejection};

use super::Gap;

/// Something that a subscription wants to tell the app.
///
/// Whatever the server sends: the offsets of the events of one epoch strictly
/// increase, and whatever is missing between them is announced ahead of what
/// follows it.
#[derive(Debug, Clone, PartialEq)]
pub enum TopicUpdate<P> {
    /// The server has accepted the subscription, also anew after a reconnect.
    Subscribed {
        /// What follows comes after this position.
        position: Position,
        /// Nothing is missing after the position that the subscription had reached.
        recovered: bool,
    },
    /// Something was published.
    Event {
        /// Its offset in the present epoch.
        offset: u64,
        /// The event.
        payload: P,
    },
    /// Something that was published will not come.
    Gap(Gap),
    /// Somebody is here who was not.
    Joined {
        /// The public id of a session.
        member: String,
        /// What the server tells of them.
        info: P,
    },
    /// What the server tells of somebody who is here may have changed.
    Changed {
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
    /// The server refused the subscription, or has ended it: the last update.
    Ended {
        /// Why.
        rejection: Rejection<P>,
    },
}
