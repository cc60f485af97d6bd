use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

/// A listener to some events of one target, until dropped.
pub(crate) struct Listeners {
    target: EventTarget,
    events: &'static [&'static str],
    listener: Closure<dyn Fn(Event)>,
}

impl Listeners {
    pub(crate) fn new(
        target: impl Into<EventTarget>,
        events: &'static [&'static str],
        listener: impl Fn(Event) + 'static,
    ) -> Self {
        let (target, listener) = (target.into(), Closure::<dyn Fn(Event)>::new(listener));
        for event in events {
            // Throws for no event name.
            let _ =
                target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
        }
        Self { target, events, listener }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        for event in self.events {
            let _ = self
                .target
                .remove_event_listener_with_callback(event, self.listener.as_ref().unchecked_ref());
        }
    }
}
