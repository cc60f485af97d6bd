//! Fader as Leptos signals.
//!
//! [`provide_client`] puts a client into the context; below it, components use
//! [`use_connection`], [`use_request`], [`use_stream`], [`use_topic`] and [`use_live`]. What they give
//! is `Copy` and belongs to the reactive owner in which it was made: when the component
//! is unmounted, its requests are cancelled, its topics unsubscribed, its live group is
//! closed and its timers stop.
//!
//! The app chooses the feature of Leptos: `csr` or `hydrate` in the page, where clients are made. On a
//! server that renders (`ssr`) it compiles, but there is no client: make and provide one in the page only.
//!
//! ```no_run
//! use fader::{Client, LiveGroup};
//! use fader_leptos::{provide_client, use_live};
//! use leptos::prelude::*;
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
//! #[component]
//! fn App() -> impl IntoView {
//!     let client = Client::builder("/fader").connect().expect("a valid URL");
//!     provide_client(client);
//!     view! { <Slider/> }
//! }
//!
//! #[component]
//! fn Slider() -> impl IntoView {
//!     let area = use_live::<Area>(Sides { width: 1.0, height: 1.0 });
//!     view! {
//!         <input type="range" min="0" max="10" step="any"
//!             prop:value=move || area.local().width.to_string()
//!             on:pointerdown=move |_| area.begin()
//!             on:input:target=move |event| {
//!                 let width = event.target().value_as_number();
//!                 area.update(|sides| sides.width = width);
//!             }
//!             on:change=move |_| area.commit()
//!             on:pointercancel=move |_| area.cancel()
//!         />
//!         <output>{move || area.result().map(|result| result.to_string())}</output>
//!     }
//! }
//! ```

mod connection;
mod context;
mod live;
mod request;
mod stream;
mod task;
mod topic;

pub use connection::{Connection, use_connection};
pub use context::{ClientHandle, provide_client, use_client};
pub use live::{LiveSignals, use_live, use_live_with};
pub use request::{RequestSignals, use_request};
pub use stream::{StreamSignals, use_stream};
pub use topic::{TopicSignals, use_topic, use_topic_with};
