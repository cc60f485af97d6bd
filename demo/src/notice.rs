use fader::{CloseReason, State};
use fader_leptos::{LiveSignals, use_client, use_connection};
use leptos::{either::EitherOf4, prelude::*};

use crate::group::EqGroup;

/// One line above the plot: what keeps the answer from being there, what can be
/// done about it, or else how to use the plot.
#[component]
pub(crate) fn Notice<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    let state = use_connection().state;
    let client = use_client();
    let content = move || match state.get() {
        State::Open => EitherOf4::A(view! { <Progress live /> }),
        State::Waiting { .. } | State::Refused { .. } | State::Offline => {
            let connect = move |_| client.retry_now();
            EitherOf4::B(view! {
                <span class="trouble">"No connection. Your changes are kept."</span>
                <button type="button" data-testid="connect-now" on:click=connect>
                    "Connect now"
                </button>
            })
        }
        State::Closed(CloseReason::Refused(cause)) => EitherOf4::C(view! {
            <span class="trouble">
                {format!("The server refused the connection ({cause}). Reload the page to try again.")}
            </span>
        }),
        State::Idle | State::Connecting { .. } | State::Closed(CloseReason::ByApp) => {
            EitherOf4::D(())
        }
    };
    view! { <div class="notice">{content}</div> }
}

/// How far the server is with the newest values.
#[component]
fn Progress<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    let trouble = Memo::new(move |_| {
        let status = live.status();
        if let Some(error) = status.error {
            Some(format!("The server refused these values: {}", error.message))
        } else if status.stalled {
            Some("The server is slow to answer. Your changes are kept.".to_owned())
        } else {
            None
        }
    });
    view! {
        <span class="progress" class:pending=move || live.pending()>
            <span class="hint">
                "Drag a point. " <span class="for-mouse">"Scroll to change its Q."</span>
            </span>
            <span class="computing">"Computing\u{2026}"</span>
        </span>
        {move || trouble.get().map(|text| view! { <span class="trouble">{text}</span> })}
    }
}
