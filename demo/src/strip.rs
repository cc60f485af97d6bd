use fader_leptos::LiveSignals;
use leptos::prelude::*;

use crate::band::BandId;
use crate::group::EqGroup;
use crate::parameter::Parameter;
use crate::slider::Slider;

/// One band's three sliders.
#[component]
pub(crate) fn Strip<G: EqGroup>(band: BandId, live: LiveSignals<G>) -> impl IntoView {
    let slider = move |parameter: Parameter| {
        let name = format!("{}, {}", band.name(), parameter.quantity().label());
        view! { <Slider parameter live name /> }
    };
    view! {
        <section class=format!("strip {}", band.class()) aria-label=format!("{} band", band.name())>
            <h2>
                <span class="number" aria-hidden="true">
                    {band.number()}
                </span>
                {band.name()}
            </h2>
            {slider(Parameter::Frequency(band))}
            {slider(Parameter::Gain(band))}
            {slider(Parameter::Q(band))}
        </section>
    }
}
