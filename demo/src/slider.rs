use fader::Binding;
use fader_leptos::LiveSignals;
use leptos::html;
use leptos::prelude::*;

use crate::group::EqGroup;
use crate::parameter::Parameter;

/// A labelled slider that moves one parameter of the equaliser.
///
/// It shows the local value: nothing else moves it while a person holds it.
#[component]
pub(crate) fn Slider<G: EqGroup>(
    parameter: Parameter,
    live: LiveSignals<G>,
    /// What a screen reader calls it, where the label alone is ambiguous.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    let quantity = parameter.quantity();
    let range = quantity.slider();
    let (min, max) = (*range.start(), *range.end());
    let input = NodeRef::<html::Input>::new();

    let value = Memo::new(move |_| parameter.get(&live.local()));
    let text = move || quantity.text(value.get());
    let number = move || quantity.number_of(value.get());
    let fraction = move || (number() - min) / (max - min);
    // The track is filled from the value that has no effect, if there is one.
    let origin = move || match quantity.neutral() {
        Some(neutral) => (quantity.number_of(neutral) - min) / (max - min),
        None => fraction(),
    };

    live.bind(input, move |live, input| {
        live.bind_number(
            &input,
            parameter.key(),
            move |equaliser| quantity.number_of(parameter.get(equaliser)),
            move |equaliser, number| parameter.set(equaliser, quantity.value_of(number)),
        )
        .map(Binding::revert_on_pointer_cancel)
    });

    view! {
        <div class="slider">
            <label for=parameter.id()>{quantity.label()}</label>
            <output for=parameter.id()>{text}</output>
            <input
                type="range"
                node_ref=input
                id=parameter.id()
                data-testid=parameter.id()
                aria-label=name
                aria-valuetext=text
                min=min
                max=max
                step=quantity.step()
                style:--at=move || fraction().to_string()
                style:--origin=move || origin().to_string()
            />
        </div>
    }
}
