use fader_demo_contract::Eq;
use fader_leptos::LiveSignals;
use leptos::{ev, prelude::*};

use crate::hold::{Hold, With};
use crate::parameter::Parameter;

/// A labelled slider that moves one parameter of the equaliser.
///
/// The slider shows the local value always: neither the network nor the server moves it.
#[component]
pub(crate) fn Slider(
    parameter: Parameter,
    live: LiveSignals<Eq>,
    /// What a screen reader calls it, where the label alone is ambiguous.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    let quantity = parameter.quantity();
    let range = quantity.slider();
    let (min, max) = (*range.start(), *range.end());
    let hold = Hold::new(live);

    let value = Memo::new(move |_| parameter.get(&live.local()));
    let text = move || quantity.text(value.get());
    let number = move || quantity.number_of(value.get());
    let fraction = move || (number() - min) / (max - min);
    // The track is filled from the value that has no effect, if there is one.
    let origin = move || match quantity.neutral() {
        Some(neutral) => (quantity.number_of(neutral) - min) / (max - min),
        None => fraction(),
    };

    let on_input = move |event: ev::Event| {
        let input = event_target::<web_sys::HtmlInputElement>(&event);
        if hold.is_cancelled() {
            input.set_value(&number().to_string());
        } else {
            let value = quantity.value_of(input.value_as_number());
            live.update(|equaliser| parameter.set(equaliser, value));
        }
    };
    let on_pointerdown = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            // So that Escape arrives here in every browser.
            _ = event_target::<web_sys::HtmlInputElement>(&event).focus();
            hold.begin(With::Pointer);
        }
    };
    let on_keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" => hold.cancel(),
        "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "PageUp" | "PageDown" | "Home"
        | "End" => hold.begin(With::Key),
        _ => {}
    };

    let on_keyup = move |event: ev::KeyboardEvent| {
        if event.key() != "Escape" {
            hold.release(With::Key);
        }
    };

    view! {
        <div class="slider">
            <label for=parameter.id()>{quantity.label()}</label>
            <output for=parameter.id()>{text}</output>
            <input
                type="range"
                id=parameter.id()
                data-testid=parameter.id()
                aria-label=name
                aria-valuetext=text
                min=min
                max=max
                step=quantity.step()
                prop:value=move || number().to_string()
                style:--at=move || fraction().to_string()
                style:--origin=move || origin().to_string()
                on:pointerdown=on_pointerdown
                on:input=on_input
                on:change=move |_| hold.settle()
                on:pointerup=move |_| hold.release(With::Pointer)
                on:lostpointercapture=move |_| hold.release(With::Pointer)
                on:pointercancel=move |_| hold.lose()
                on:keydown=on_keydown
                on:keyup=on_keyup
                on:blur=move |_| hold.release(With::Key)
            />
        </div>
    }
}
