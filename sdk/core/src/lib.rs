//! What a Fader client decides: a state machine without I/O, without a clock
//! and without randomness of its own.
//!
//! [`Client`] is the entry. Whoever drives it (a web page through the crate
//! `fader`, a test through simulated time) does three things:
//!
//! 1. tell it what happened, through [`Client::handle`] and the commands
//!    ([`Client::request`], [`Client::live_set`] and so on), with the present
//!    [`Instant`];
//! 2. drain [`Client::poll`] and do what it says: dial, hang up, send, tell the app;
//! 3. keep one timer, for [`Client::deadline`], and then call [`Client::handle`]
//!    with [`Input::Tick`].
//!
//! The same seed and the same inputs give the same outputs. Payloads are never
//! looked into: the client is generic over them through its [`Dialect`], which
//! turns operations into the messages of one server's protocol. [`Fader`] is the
//! dialect of Fader's own servers.
//!
//! ```
//! use fader_core::{Client, Config, Fader, Input, Instant, JsonCodec, Output};
//!
//! let mut client = Client::new(Config::default(), Fader::<JsonCodec>::default(), 42)?;
//! client.handle(Instant::ZERO, Input::Connect);
//! while let Some(output) = client.poll() {
//!     if let Output::Dial { generation } = output {
//!         // Open a WebSocket; pass what it does back with this generation.
//!         client.handle(Instant::from_millis(20), Input::Opened { generation });
//!     }
//! }
//! assert!(client.deadline().is_some()); // the time by which the server must have answered
//! # Ok::<(), fader_core::ConfigError>(())
//! ```

mod cause;
mod client;
mod config;
mod connection;
mod dialect;
mod error;
mod fader;
mod io;
mod live;
mod renewal;
mod requests;
mod span;
mod state;
mod streams;
mod topics;

pub use cause::{Cause, CauseKind, Verdict};
pub use client::{Client, Stats};
pub use config::{BackoffConfig, Config, ConfigError, HeartbeatConfig, QueueConfig};
pub use dialect::{Dialect, DialectEvent, Operation};
pub use error::{LiveError, NotSent, RequestError, SubscribeError, Unanswered};
pub use fader::{Codec, Fader, Heard, JsonCodec};
pub use fader_protocol::{
    Delivery, Instant, Patch, Payload, Position, RawPayload, Rejection, SubscribeOptions,
};
pub use io::{Event, Generation, GroupId, Input, Lifecycle, Output, RequestId, SubscriptionId};
pub use live::{Holder, LiveCounters, LiveStatus, Policy};
pub use state::{CloseReason, State};
pub use topics::{Gap, GapReason, Inbox, TopicItem, TopicNews, TopicUpdate};
