use leptos::prelude::*;

use crate::connection::Badge;
use crate::sharing::SharingSwitch;

#[component]
pub(crate) fn Header(shared: RwSignal<bool>) -> impl IntoView {
    view! {
        <header>
            <h1>
                <svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                    <path d="M5 3v18M12 3v18M19 3v18" />
                    <path class="caps" d="M2.5 15h5M9.5 7h5M16.5 12h5" />
                </svg>
                "Fader"
            </h1>
            <p class="tagline">
                "You drag, a server computes, and its newest answer is drawn while you drag."
            </p>
            <SharingSwitch shared />
            <Badge />
        </header>
    }
}
