//! The Fader demo: a parametric equaliser computed by the server while you drag.
//!
//! The page moves its controls at once and draws the curve that the server
//! answered last. [`app::App`] is where to begin reading.

#![expect(unreachable_pub, reason = "#[component] makes a `pub` twin of each component")]

mod app;
mod band;
mod connection;
mod counters;
mod curve;
mod group;
mod handle;
mod header;
mod hold;
mod latency;
mod notice;
mod parameter;
mod plot;
mod presets;
mod quantity;
mod scale;
mod sharing;
mod slider;
mod strip;
mod summary;

use leptos::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(app::App);
    if let Some(loading) = document().get_element_by_id("loading") {
        loading.remove();
    }
}
