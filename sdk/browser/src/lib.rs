//! A realtime client for web pages: requests, streams, topics and live input over one
//! connection.
//!
//! [`Client`] is the entry. It connects, connects again when the connection is
//! lost, and says how it stands. [`Client::request`] calls a method,
//! [`Client::stream`] one that answers with many items, [`Client::subscribe`] follows
//! a topic, and [`Client::live`] keeps a model and the server's result for it in step
//! while a person drags. What they exchange is defined once, for both ends, by
//! [`Method`], [`StreamMethod`], [`Topic`] and [`LiveGroup`].
//!
//! ```no_run
//! use fader::{Client, LiveGroup};
//! use futures_util::StreamExt;
//! # use serde::{Deserialize, Serialize};
//! # struct Area;
//! # #[derive(Clone, Serialize, Deserialize)]
//! # struct Sides { width: f64, height: f64 }
//! # impl LiveGroup for Area {
//! #     const NAME: &'static str = "area";
//! #     type Model = Sides;
//! #     type Result = f64;
//! # }
//!
//! # async fn page() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::builder("/fader").connect()?;
//! let area = client.live::<Area>(Sides { width: 1.0, height: 1.0 })?;
//! let mut changes = area.changes();
//! area.update(|sides| sides.width = 2.0)?; // at every `input` event of a slider
//! area.commit(); // at its `change` event
//! while changes.next().await.is_some() {
//!     if let Some(result) = area.result() {
//!         web_sys::console::log_1(&format!("{result} m²").into());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A request is a future, which is cancelled when it is dropped:
//!
//! ```no_run
//! use std::time::Duration;
//! use fader::{Client, Method, NoError, RequestError};
//! # use serde::{Deserialize, Serialize};
//!
//! struct Sum;
//!
//! impl Method for Sum {
//!     const NAME: &'static str = "sum";
//!     type Params = Vec<f64>;
//!     type Reply = f64;
//!     type Error = NoError;
//! }
//!
//! # async fn page(client: Client) {
//! match client.request::<Sum>(&vec![1.0, 2.0]).timeout(Duration::from_secs(5)).await {
//!     Ok(sum) => assert_eq!(sum, 3.0),
//!     Err(RequestError::Unknown) => { /* the session was lost: it may have run or not */ }
//!     Err(error) => web_sys::console::error_1(&error.to_string().into()),
//! }
//! # }
//! ```
//!
//! A subscription is a stream of what is published, which survives cuts and says what
//! is missing; it ends when it is dropped:
//!
//! ```no_run
//! use fader::{Client, Topic, TopicItem, TopicOptions};
//! use futures_util::StreamExt;
//! # use serde::{Deserialize, Serialize};
//!
//! struct Chat;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Message { text: String }
//!
//! impl Topic for Chat {
//!     const NAME: &'static str = "chat";
//!     type Event = Message;
//!     type Member = ();
//! }
//!
//! # async fn page(client: Client) -> Result<(), Box<dyn std::error::Error>> {
//! let mut chat = client.subscribe::<Chat>(TopicOptions { presence: true, ..TopicOptions::default() })?;
//! client.publish::<Chat>(&Message { text: "hello".into() }).await?;
//! while let Some(item) = chat.next().await {
//!     match item {
//!         TopicItem::Event { event, .. } => show(&format!("{} ({} here)", event.text, chat.members().len())),
//!         TopicItem::Gap(gap) => show(&format!("messages are missing: {}", gap.reason)),
//!         TopicItem::Subscribed { .. } | TopicItem::Ended(_) => {}
//!     }
//! }
//! # Ok(())
//! # }
//! # fn show(_: &str) {}
//! ```
//!
//! It runs in pages and in workers (a worker has no page whose lifecycle it could
//! follow). It needs no executor of its own; `wasm_bindgen_futures::spawn_local`
//! or any UI framework drives its futures. All decisions are made in
//! `fader-core`; this crate owns the socket, the timer and the listeners, and
//! frees them when the last handle is dropped.
//!
//! What the browser is asked for is in small JavaScript modules, which are less to load
//! than the same in wasm. wasm-bindgen puts them beside the wasm for every target that
//! has modules, so for all but `no-modules`.

mod bind;
mod builder;
mod call;
mod client;
mod clock;
mod driver;
mod error;
mod item_stream;
mod lifecycle;
mod live;
mod microtask;
mod model;
mod publish;
mod reach;
mod request;
mod request_error;
pub mod shell;
mod socket;
mod subscription;
mod timer;
mod url;
mod watch;

pub use bind::Binding;
pub use builder::{BuildError, ClientBuilder};
pub use client::Client;
pub use error::ModelError;
pub use fader_core::{
    BackoffConfig, Cause, CauseKind, CloseReason, ConfigError, Gap, GapReason, HeartbeatConfig,
    Instant, LiveCounters, LiveError, NotSent, Policy, Position, QueueConfig, RawPayload,
    Rejection, State, Stats, SubscribeError, Unanswered,
};
pub use fader_protocol::{Bytes, LiveGroup, Method, NoError, StreamMethod, Topic, code};
pub use item_stream::ItemStream;
pub use live::Live;
pub use publish::Publish;
pub use request::Request;
pub use request_error::RequestError;
pub use subscription::{Subscription, TopicOptions};
pub use watch::Latest;

/// What an app takes from a [`Subscription`]. `E` is the topic's event.
pub type TopicItem<E> = fader_core::TopicItem<E, RawPayload>;

/// What an app can know of a live group at any time.
pub type LiveStatus = fader_core::LiveStatus<RawPayload>;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
