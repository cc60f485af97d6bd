use fader::Client;
use fader_demo_contract::{Eq, Equaliser, SharedEq};
use fader_leptos::{LiveSignals, provide_client, use_live};
use leptos::{either::Either, prelude::*};

use crate::band::BandId;
use crate::counters::Counters;
use crate::group::EqGroup;
use crate::header::Header;
use crate::latency::Latency;
use crate::notice::Notice;
use crate::plot::Plot;
use crate::presets::Presets;
use crate::sharing::use_sharing;
use crate::strip::Strip;
use crate::summary::Summary;

/// The page.
#[component]
pub(crate) fn App() -> impl IntoView {
    match Client::builder("/fader").connect() {
        Ok(client) => {
            provide_client(client);
            Either::Left(view! { <Page /> })
        }
        Err(error) => Either::Right(view! {
            <p class="failure" role="alert">
                {format!("Fader could not start: {error}")}
            </p>
        }),
    }
}

#[component]
fn Page() -> impl IntoView {
    let shared = use_sharing();
    // Who stops sharing has the values from before again.
    let own = StoredValue::new(Equaliser::default());
    view! {
        <Header shared />
        <main>
            {move || {
                if shared.get() {
                    let live = use_live::<SharedEq>(own.get_value());
                    Either::Left(view! { <Desk live /> })
                } else {
                    let live = use_live::<Eq>(own.get_value());
                    on_cleanup(move || own.set_value(live.local_untracked()));
                    Either::Right(view! { <Desk live /> })
                }
            }}
        </main>
    }
}

#[component]
fn Desk<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    view! {
        <section class="response" aria-label="Response">
            <div class="toolbar">
                <Presets live />
                <Notice live />
            </div>
            <Plot live />
            <Summary live />
        </section>
        <Latency live />
        <section class="bands" aria-label="Bands">
            {BandId::ALL.map(|band| view! { <Strip band live /> })}
        </section>
        <Counters live />
    }
}
