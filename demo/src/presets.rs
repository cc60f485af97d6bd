use fader::State;
use fader_demo_contract::{Equaliser, Preset, Presets as PresetsMethod};
use fader_leptos::{LiveSignals, use_connection, use_request};
use leptos::prelude::*;

use crate::group::EqGroup;

/// The server's named settings, asked for by a request.
#[component]
pub(crate) fn Presets<G: EqGroup>(live: LiveSignals<G>) -> impl IntoView {
    let request = use_request::<PresetsMethod>();
    let state = use_connection().state;
    // A request that failed is made again when the next connection stands.
    Effect::new(move |_| {
        if state.get() == State::Open && request.reply().is_none() {
            request.send(&());
        }
    });
    let buttons = move || {
        request.reply().map(|presets| {
            presets
                .iter()
                .cloned()
                .map(|preset| view! { <PresetButton preset live /> })
                .collect_view()
        })
    };
    view! {
        <div class="presets" role="group" aria-label="Presets">
            {buttons}
        </div>
    }
}

#[component]
fn PresetButton<G: EqGroup>(preset: Preset, live: LiveSignals<G>) -> impl IntoView {
    let Preset { name, equaliser } = preset;
    // The extra work is not part of a preset.
    let with_work = move |current: &Equaliser| Equaliser { work_ms: current.work_ms, ..equaliser };
    let chosen = Memo::new(move |_| {
        let local = live.local();
        local == with_work(&local)
    });
    let choose = move |_| {
        live.update(|current| *current = with_work(current));
        live.commit();
    };
    let testid = format!("preset-{}", name.to_lowercase());
    view! {
        <button
            type="button"
            data-testid=testid
            aria-pressed=move || chosen.get().to_string()
            on:click=choose
        >
            {name}
        </button>
    }
}
