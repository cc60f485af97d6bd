//! What the scenarios share: a rig that drives a client through simulated time,
//! and short names for what they write often.

mod listener;
mod live_peer;
mod rig;
mod seen;
mod short;

pub(crate) use listener::Listener;
pub(crate) use live_peer::{LivePeer, as_result, last_result};
pub(crate) use rig::Rig;
pub(crate) use seen::Seen;
pub(crate) use short::{ack, event, json, model, ms, nested, reply, s, subscribed, welcome};
