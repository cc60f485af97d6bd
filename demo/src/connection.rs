use std::time::Duration;

use fader::{CloseReason, State};
use fader_leptos::use_connection;
use leptos::prelude::*;

/// What the connection does, in a few words, with the countdown to the next attempt.
pub(crate) fn label(state: &State, retry_in: Option<Duration>) -> String {
    match (state, retry_in) {
        (State::Waiting { .. } | State::Refused { .. }, Some(left)) => {
            format!("Reconnecting in {:.1} s", left.as_secs_f64())
        }
        _ => announcement(state),
    }
}

/// The same without what changes many times a second, for screen readers.
fn announcement(state: &State) -> String {
    match state {
        State::Idle => "Not connected".into(),
        State::Connecting { .. } => "Connecting\u{2026}".into(),
        State::Open => "Connected".into(),
        State::Waiting { .. } => "Connection lost, reconnecting".into(),
        State::Refused { .. } => "Refused by the server, trying again".into(),
        State::Offline => "Offline".into(),
        State::Closed(CloseReason::ByApp) => "Closed".into(),
        State::Closed(CloseReason::Refused(_)) => "Refused by the server".into(),
    }
}

/// The state's name, for style and tests.
fn key(state: &State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Connecting { .. } => "connecting",
        State::Open => "open",
        State::Waiting { .. } => "waiting",
        State::Refused { .. } => "refused",
        State::Offline => "offline",
        State::Closed(_) => "closed",
    }
}

/// The connection's state, always in sight.
#[component]
pub(crate) fn Badge() -> impl IntoView {
    let connection = use_connection();
    let text = move || label(&connection.state.get(), connection.retry_in.get());
    view! {
        <p
            class="badge"
            data-testid="connection-badge"
            data-state=move || key(&connection.state.get())
        >
            {text}
        </p>
        <p class="visually-hidden" aria-live="polite">
            {move || announcement(&connection.state.get())}
        </p>
    }
}
