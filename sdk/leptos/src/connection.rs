use std::time::Duration;

use fader::{Client, State};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;

use crate::task::Task;
use crate::use_client;

/// How often the countdown to the next attempt is renewed, in milliseconds.
const COUNTDOWN_MS: u32 = 100;

/// The connection as signals; made by [`use_connection`].
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// The connection's state.
    pub state: Signal<State>,
    /// While waiting for the next attempt to connect, refused or not: the time until then,
    /// renewed ten times a second. Otherwise nothing.
    pub retry_in: Signal<Option<Duration>>,
    /// The last measured round trip; nothing before the first measurement.
    pub rtt: Signal<Option<Duration>>,
}

/// The connection of the client in the context.
///
/// # Panics
/// When no client was [provided](crate::provide_client).
#[must_use]
pub fn use_connection() -> Connection {
    let client = use_client().client();
    let state = RwSignal::new(client.state());
    let retry_in = RwSignal::new(None);
    let rtt = RwSignal::new(client.stats().rtt);
    Task::follow(client.rtts(), move |measured| rtt.set(measured)).belong_to_owner();
    Task::spawn(follow_state(client, state, retry_in)).belong_to_owner();
    Connection { state: state.into(), retry_in: retry_in.into(), rtt: rtt.into() }
}

/// Follows the state, and counts down while waiting.
async fn follow_state(
    client: Client,
    state: RwSignal<State>,
    retry_in: RwSignal<Option<Duration>>,
) {
    let mut states = client.states();
    let mut next = states.next().await;
    while let Some(present) = next {
        let until = match present {
            State::Waiting { until, .. } | State::Refused { until, .. } => Some(until),
            _ => None,
        };
        state.set(present);
        next = loop {
            retry_in.set(until.map(|until| until.since(client.now())));
            if until.is_none() {
                break states.next().await;
            }
            let tick = TimeoutFuture::new(COUNTDOWN_MS);
            if let Either::Left((next, _)) = select(states.next(), tick).await {
                break next;
            }
        };
    }
}
