//! A mounted component that does nothing but use what is under test.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use fader::Client;
use fader_leptos::provide_client;
use fader_test_page::{FakeSocket, Page};
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// A component in the page; unmounted when dropped.
pub(crate) struct Component<T> {
    /// What its setup gave.
    pub(crate) signals: T,
    /// The server's end of its client's connection.
    pub(crate) socket: FakeSocket,
    _mounted: Box<dyn Any>,
}

/// Mounts a component with a client, which is dialing, in its context.
pub(crate) fn mount<T: 'static>(page: &Page, setup: impl FnOnce() -> T + 'static) -> Component<T> {
    let client = Client::builder("ws://server.test/fader").connect().unwrap();
    let slot = Rc::new(RefCell::new(None));
    let signals = slot.clone();
    let mounted = mount_to(new_element(), move || {
        provide_client(client);
        signals.replace(Some(setup()));
    });
    let signals = slot.take().unwrap();
    Component { signals, socket: page.socket(), _mounted: Box::new(mounted) }
}

/// An element of the page, to mount something in.
pub(crate) fn new_element() -> HtmlElement {
    let element = document().create_element("div").unwrap();
    document().body().unwrap().append_child(&element).unwrap();
    element.unchecked_into()
}
