use fader::RequestError;
use fader_leptos::use_client;
use fader_test_page::{Page, turn};
use leptos::prelude::*;
use serde_json::json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::component::mount;
use crate::contract::{Chat, Sum};

#[wasm_bindgen_test]
async fn a_handle_goes_into_actions_and_signals() {
    let page = Page::observe();
    let component = mount(&page, || {
        let client = use_client();
        let add = Action::new_local(move |numbers: &Vec<i32>| client.request::<Sum>(numbers));
        let say = Action::new_local(move |text: &String| client.publish::<Chat>(text));
        (RwSignal::new(client), add, say)
    });
    let ((client, add, say), socket) = (component.signals, &component.socket);
    socket.welcome();
    add.dispatch_local(vec![1, 2]);
    turn().await;
    assert_eq!(socket.sent(), [[json!([10, 1, "sum", [1, 2]])]]);
    socket.receive("[[11,1,3]]");
    turn().await;
    turn().await;
    assert_eq!(untrack(|| add.value().get()), Some(Ok(3)));
    say.dispatch_local("hello".into());
    turn().await;
    untrack(|| client.get()).close();
    turn().await;
    turn().await;
    assert_eq!(untrack(|| say.value().get()), Some(Err(RequestError::Closed)));
}

#[wasm_bindgen_test]
async fn a_handle_that_outlives_its_owner_says_so() {
    let page = Page::observe();
    let component = mount(&page, use_client);
    let client = component.signals;
    assert!(client.try_client().is_some());
    drop(component);
    assert!(client.try_client().is_none());
}
