//! What a person sees follows the signals.

use fader::{Client, State};
use fader_leptos::{provide_client, use_connection, use_live};
use fader_test_page::{Page, turn};
use leptos::mount::mount_to;
use leptos::prelude::*;
use serde_json::json;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::component::new_element;
use crate::contract::{Area, UNIT};

#[component]
fn App(client: Client) -> impl IntoView {
    provide_client(client);
    let connection = use_connection();
    let area = use_live::<Area>(UNIT);
    view! {
        {move || if connection.state.get() == State::Open { "open" } else { "not open" }}
        ", "
        {move || area.local().width}
        " wide, "
        {move || area.result().map_or("unknown".into(), |result| format!("{result} large"))}
        <button on:click=move |_| area.update(|sides| sides.width += 1)/>
    }
}

#[wasm_bindgen_test]
async fn the_page_shows_what_the_signals_say() {
    let page = Page::observe();
    let client = Client::builder("/fader").connect().unwrap();
    let element = new_element();
    let _mounted = mount_to(element.clone(), move || view! { <App client/> });
    let shown = || element.text_content().unwrap();
    assert_eq!(shown(), "not open, 1 wide, unknown");

    page.socket().welcome();
    page.socket().receive(&json!([[21, 1, 1, 1, 0, 0, 1]]).to_string());
    turn().await;
    assert_eq!(shown(), "open, 1 wide, 1 large");

    let button = element.query_selector("button").unwrap().unwrap();
    button.unchecked_into::<web_sys::HtmlElement>().click();
    turn().await;
    assert_eq!(shown(), "open, 2 wide, 1 large");

    page.socket().end(1012, "restart");
    turn().await;
    assert_eq!(shown(), "not open, 2 wide, 1 large");
}
