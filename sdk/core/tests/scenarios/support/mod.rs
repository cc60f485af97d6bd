//! What the scenarios share: a rig that drives a client through simulated time,
//! and short names for what they write often.

mod rig;
mod seen;
mod short;

pub(crate) use rig::Rig;
pub(crate) use seen::Seen;
pub(crate) use short::{ack, json, model, ms, reply, s, welcome};
