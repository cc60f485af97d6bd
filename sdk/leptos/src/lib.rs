//! Fader as Leptos signals.
