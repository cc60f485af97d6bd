//! What travels between a Fader client and a Fader server.
//!
//! This crate holds what both ends must agree on, and nothing else:
//!
//! - [`ClientFrame`] and [`ServerFrame`]: the units of the conversation,
//! - [`link`]: how nothing is lost or doubled when a connection breaks,
//! - [`json`]: how a batch of frames is written as one WebSocket message,
//! - [`MessageLimits`] and [`close`]: what is refused, and with which close code,
//! - [`Method`], [`StreamMethod`], [`Topic`] and [`LiveGroup`]: the typed contract that an application's
//!   client and server share.
//!
//! It does no I/O and keeps no state. The normative text is `PROTOCOL.md`
//! beside this crate.
//!
//! ```
//! use fader_protocol::{ClientFrame, Delivery, MessageLimits, RawPayload, json};
//!
//! let request = ClientFrame::Request {
//!     id: 1,
//!     method: "sum".into(),
//!     delivery: Delivery::Once,
//!     params: json::to_raw(&[2, 3])?,
//! };
//! let message = json::encode([&request]);
//! assert_eq!(message.text(), Some(r#"[[10,1,"sum",[2,3]]]"#));
//!
//! let frames = json::decode::<ClientFrame<RawPayload>>(&message, &MessageLimits::default())?;
//! assert!(frames[0].is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
pub mod close;
mod contract;
mod error;
mod frame;
pub mod json;
mod limits;
pub mod link;
mod message;
mod payload;
mod rejection;
mod sorted;
mod time;
mod topic;

pub use bytes::Bytes;
pub use contract::{LiveGroup, Method, NoError, StreamMethod, Topic};
pub use error::{Decoded, FrameError, MessageError};
pub use frame::{
    ClientFrame, Delivery, Goodbye, Hello, LiveAck, LivePatch, LivePush, Patch, Phase, Resume,
    ServerFrame, Welcome, Window,
};
pub use limits::{MAX_FRAMES, MAX_INTEGER, MessageLimits};
pub use message::{Message, MessageRef};
pub use payload::{Payload, RawPayload};
pub use rejection::{Rejection, code};
pub use sorted::{SortedMap, SortedSet};
pub use time::Instant;
pub use topic::{Position, SubscribeOptions, Subscribed};

/// The version of the protocol that this crate speaks.
pub const VERSION: u32 = 1;

/// The WebSocket subprotocol of the JSON encoding.
pub const SUBPROTOCOL_JSON: &str = "fader.1.json";
