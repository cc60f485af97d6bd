use fader::Client;
use fader_demo_contract::{Eq, Equaliser};
use fader_leptos::{provide_client, use_live};
use leptos::{either::Either, prelude::*};

use crate::band::BandId;
use crate::counters::Counters;
use crate::header::Header;
use crate::latency::Latency;
use crate::notice::Notice;
use crate::plot::Plot;
use crate::presets::Presets;
use crate::strip::Strip;
use crate::summary::Summary;

/// The page.
#[component]
pub(crate) fn App() -> impl IntoView {
    match Client::builder("/fader").connect() {
        Ok(client) => {
            provide_client(client);
            Either::Left(view! { <Desk /> })
        }
        Err(error) => Either::Right(view! {
            <p class="failure" role="alert">
                {format!("Fader could not start: {error}")}
            </p>
        }),
    }
}

#[component]
fn Desk() -> impl IntoView {
    let live = use_live::<Eq>(Equaliser::default());
    view! {
        <Header />
        <main>
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
        </main>
    }
}
