//! The wasm half of the npm package `fader`. Its other half, the TypeScript in
//! `ts/`, is what apps see; nothing here is meant to be called by them.
//!
//! It is [`fader`]'s shell and state machine on payloads that stay JavaScript's
//! own: what is sent is made JSON text once, by the browser, and spliced into the
//! message; what arrives is parsed once, by the browser, and handed out as it is.

mod app;
mod boundary;
mod client;
mod codec;
mod live;
mod payload;
mod topics;

use rlsf::SmallGlobalTlsf;

pub use client::Engine;
pub use live::{Bound, Group};
pub use topics::Feed;

#[global_allocator]
static ALLOCATOR: SmallGlobalTlsf = SmallGlobalTlsf::new();
