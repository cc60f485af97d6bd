use std::time::Duration;

use fader::{Client, State};
use futures_util::future::{Either, join, select};
use futures_util::{Stream, StreamExt};
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
    /// While waiting for the next attempt to connect: the time until then,
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
    let client = use_client();
    let state = RwSignal::new(client.current_state());
    let retry_in = RwSignal::new(None);
    let rtt = RwSignal::new(client.stats().rtt);
    let following = join(follow_state(client.clone(), state, retry_in), follow(client.rtt(), rtt));
    StoredValue::new_local(Task::spawn(async {
        following.await;
    }));
    Connection { state: state.into(), retry_in: retry_in.into(), rtt: rtt.into() }
}

async fn follow(
    mut values: impl Stream<Item = Option<Duration>> + Unpin,
    signal: RwSignal<Option<Duration>>,
) {
    while let Some(value) = values.next().await {
        signal.set(value);
    }
}

async fn follow_state(
    client: Client,
    state: RwSignal<State>,
    retry_in: RwSignal<Option<Duration>>,
) {
    let mut states = client.state();
    let mut next = states.next().await;
    while let Some(present) = next {
        let until = match present {
            State::Waiting { until, .. } => Some(until),
            _ => None,
        };
        state.set(present);
        next = loop {
            let remaining = until.map(|until| until.since(client.now()));
            if retry_in.get_untracked() != remaining {
                retry_in.set(remaining);
            }
            if remaining.is_none() {
                break states.next().await;
            }
            let tick = TimeoutFuture::new(COUNTDOWN_MS);
            if let Either::Left((next, _)) = select(states.next(), tick).await {
                break next;
            }
        };
    }
}
