//! A slider bound by its node reference.

use std::time::Duration;

use fader::Client;
use fader_leptos::{LiveSignals, provide_client, use_live};
use fader_test_page::{Page, turn, until};
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::component::new_element;
use crate::contract::{Area, UNIT};

#[component]
fn Width(client: Client, signals: StoredValue<Option<LiveSignals<Area>>>) -> impl IntoView {
    provide_client(client);
    let area = use_live::<Area>(UNIT);
    signals.set_value(Some(area));
    let slider = NodeRef::<html::Input>::new();
    area.bind_number(
        slider,
        "width",
        |sides| f64::from(sides.width),
        |sides, width| sides.width = width as i32,
    );
    view! {
        <input type="range" node_ref=slider/>
        <output>{move || area.local().width}</output>
    }
}

#[wasm_bindgen_test]
async fn a_bound_slider_moves_the_model_and_is_let_go_of_with_its_component() {
    let page = Page::observe();
    let client = Client::builder("/fader").connect().unwrap();
    let element = new_element();
    let owner = Owner::new();
    let signals = owner.with(|| StoredValue::new(None));
    let mounted = {
        let client = client.clone();
        mount_to(element.clone(), move || view! { <Width client signals/> })
    };
    turn().await;
    let area = signals.get_value().unwrap();
    let slider: web_sys::HtmlInputElement =
        element.query_selector("input").unwrap().unwrap().unchecked_into();
    assert_eq!(slider.value(), "1");

    slider.set_value("5");
    slider.dispatch_event(&ev::Event::new("input").unwrap()).unwrap();
    until("the model", || element.text_content().unwrap() == "5").await;
    // There is no server, so what is shown grows stale.
    until("staleness", || untrack(|| area.staleness()) > Duration::ZERO).await;

    let listeners = page.listeners();
    drop(mounted);
    turn().await;
    assert!(page.listeners() < listeners, "the slider is let go of");
    drop((client, owner));
}

#[component]
fn Sometimes(
    client: Client,
    shown: RwSignal<bool>,
    signals: StoredValue<Option<LiveSignals<Area>>>,
) -> impl IntoView {
    provide_client(client);
    let area = use_live::<Area>(UNIT);
    signals.set_value(Some(area));
    let slider = NodeRef::<html::Input>::new();
    area.bind_number(
        slider,
        "width",
        |sides| f64::from(sides.width),
        |sides, width| sides.width = width as i32,
    );
    view! { <Show when=move || shown.get()><input type="range" node_ref=slider/></Show> }
}

#[wasm_bindgen_test]
async fn a_bound_control_that_is_shown_again_is_bound_again() {
    let page = Page::observe();
    let client = Client::builder("/fader").connect().unwrap();
    let element = new_element();
    let owner = Owner::new();
    let (signals, shown) = owner.with(|| (StoredValue::new(None), RwSignal::new(true)));
    let mounted = {
        let client = client.clone();
        mount_to(element.clone(), move || view! { <Sometimes client shown signals/> })
    };
    turn().await;
    let area: LiveSignals<Area> = signals.get_value().unwrap();
    let listeners = page.listeners();
    for value in [5, 6, 7] {
        shown.set(false);
        turn().await;
        shown.set(true);
        turn().await;
        let slider: web_sys::HtmlInputElement =
            element.query_selector("input").unwrap().unwrap().unchecked_into();
        let before = untrack(|| area.local().width);
        assert_eq!(slider.value(), before.to_string());
        slider.set_value(&value.to_string());
        slider.dispatch_event(&ev::Event::new("change").unwrap()).unwrap();
        until("the model", || untrack(|| area.local().width) == value).await;
        assert_eq!(page.listeners(), listeners, "the one before is let go of");
    }
    drop((mounted, client, owner));
}

#[component]
fn Misspelt(client: Client, signals: StoredValue<Option<LiveSignals<Area>>>) -> impl IntoView {
    provide_client(client);
    let area = use_live::<Area>(UNIT);
    signals.set_value(Some(area));
    let slider = NodeRef::<html::Input>::new();
    area.bind_number(slider, "wdith", |sides| f64::from(sides.width), |_, _| {});
    view! { <input type="range" node_ref=slider/> }
}

#[wasm_bindgen_test]
async fn a_control_that_cannot_be_bound_says_why() {
    let client = Client::builder("/fader").connect().unwrap();
    let element = new_element();
    let owner = Owner::new();
    let signals = owner.with(|| StoredValue::new(None));
    let mounted = {
        let client = client.clone();
        mount_to(element.clone(), move || view! { <Misspelt client signals/> })
    };
    turn().await;
    let area: LiveSignals<Area> = signals.get_value().unwrap();
    let error = untrack(|| area.model_error()).map(|error| error.to_string());
    let expected = "the live group has no key \"wdith\"; it has \"height\", \"width\"";
    assert_eq!(error.as_deref(), Some(expected));
    drop((mounted, client, owner));
}
