//! The server's half of Fader: a person drags a slider in a page, your handler
//! computes, the page shows the answer while they drag.
//!
//! Handlers are async functions registered under the [`Method`]s and
//! [`LiveGroup`]s that page and server share. A method may answer with many items
//! ([`ServerBuilder::stream`]), and what is published to a [`Topic`] reaches all who
//! subscribed ([`ServerBuilder::topic`]). [`Server::route`] mounts all of it in
//! an axum router; what a client may do is in [`session::Config`]. This is
//! not a web framework: pages and everything else that speaks HTTP stay with the
//! router around it. Who a client is, [`ServerBuilder::authenticate`] finds out.
//!
//! ```
//! use fader_server::{Drain, LiveGroup, Method, NoError, Server};
//!
//! struct Sum;
//! impl Method for Sum {
//!     const NAME: &'static str = "sum";
//!     type Params = (f64, f64);
//!     type Reply = f64;
//!     type Error = NoError;
//! }
//!
//! /// Two sliders and their product.
//! struct Area;
//! #[derive(Clone, serde::Serialize, serde::Deserialize)]
//! struct Sides { width: f64, height: f64 }
//! impl LiveGroup for Area {
//!     const NAME: &'static str = "area";
//!     type Model = Sides;
//!     type Result = f64;
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::builder()
//!     .method::<Sum>(async |_, (a, b)| Ok(a + b))
//!     .live::<Area>(async |_, sides| Ok(sides.width * sides.height))
//!     .build()?;
//! let app: axum::Router = axum::Router::new().route("/fader", server.route());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! tokio::spawn(async move { axum::serve(listener, app).await });
//!
//! // When it is time to go: tell the clients when to come back.
//! server.drain(Drain::default()).await;
//! # Ok(())
//! # }
//! ```

mod admission;
mod authenticator;
mod builder;
mod call_log;
mod clock;
mod context;
mod counters;
mod directory;
mod drain;
mod error;
mod greeting;
mod group_type;
mod handler;
mod handler_error;
mod hub;
mod item_sender;
mod jobs;
mod keyed;
mod lanes;
mod log_limiter;
mod model_check;
mod options;
mod origin;
mod payload;
mod peer;
mod peer_text;
mod random;
mod registry;
mod reports;
mod route;
mod runner;
mod server;
pub mod session;
mod socket;
mod topic_handler;
pub mod topics;
mod values;
mod wake;

pub use builder::{BuildError, ServerBuilder};
pub use context::{LiveContext, MethodContext, TopicContext};
pub use counters::ServerStats;
pub use drain::Drain;
pub use error::{PartialError, PushError};
pub use fader_protocol::{
    Bytes, LiveGroup, MessageLimits, Method, NoError, Phase, Position, RawPayload, Rejection,
    StreamMethod, Topic, code,
};
pub use handler::{LiveHandler, MethodHandler, StreamHandler};
pub use handler_error::HandlerError;
pub use item_sender::{ItemSender, StreamOver};
pub use options::{LiveOptions, MethodOptions};
pub use route::ClientAddress;
pub use server::Server;
pub use session::Principal;
pub use tokio_util::sync::CancellationToken;
pub use topic_handler::TopicHandler;
pub use topics::{PublishError, TopicConfig};
