use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;

/// What stands in the address of a page that shares its equaliser.
const SHARED: &str = "?shared";

/// Whether the page's equaliser is the one that all pages share which want to.
///
/// It stands in the page's address, so that a reload keeps it and a link passes it on.
pub(crate) fn use_sharing() -> RwSignal<bool> {
    let shared = RwSignal::new(location().search().is_ok_and(|search| search == SHARED));
    Effect::new(move |before: Option<bool>| {
        let shared = shared.get();
        if before.is_some_and(|before| before != shared) {
            let address = if shared { SHARED } else { "?" };
            // Where the page has no address of its own, it cannot be kept in it.
            _ = window()
                .history()
                .map(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(address)));
        }
        shared
    });
    shared
}

/// Switches sharing on and off.
#[component]
pub(crate) fn SharingSwitch(shared: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="switch"
            role="switch"
            data-testid="shared"
            title="All who share move the same equaliser"
            aria-checked=move || shared.get().to_string()
            on:click=move |_| shared.update(|shared| *shared = !*shared)
        >
            <span class="knob" aria-hidden="true"></span>
            "Shared"
        </button>
    }
}
