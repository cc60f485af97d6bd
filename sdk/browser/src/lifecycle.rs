use fader_core::Lifecycle;
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget, VisibilityState, Window};

const WINDOW_EVENTS: [&str; 4] = ["online", "offline", "pageshow", "pagehide"];
const DOCUMENT_EVENTS: [&str; 3] = ["visibilitychange", "freeze", "resume"];

/// Listens to what happens to the page, until dropped. A worker has no page and
/// hears nothing.
pub(crate) struct LifecycleListeners {
    targets: Vec<(EventTarget, &'static [&'static str])>,
    listener: Closure<dyn Fn(Event)>,
}

impl LifecycleListeners {
    pub(crate) fn new(on_change: impl Fn(Lifecycle) + 'static) -> Self {
        let window = web_sys::window();
        let document = window.as_ref().and_then(Window::document);
        let visible = {
            let document = document.clone();
            move || {
                document.as_ref().is_some_and(|d| d.visibility_state() == VisibilityState::Visible)
            }
        };
        let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            if let Some(change) = meaning(&event.type_(), &visible) {
                on_change(change);
            }
        });
        let mut targets: Vec<(EventTarget, &'static [&'static str])> = Vec::new();
        targets.extend(window.map(|window| (window.into(), &WINDOW_EVENTS[..])));
        targets.extend(document.map(|document| (document.into(), &DOCUMENT_EVENTS[..])));
        for (target, events) in &targets {
            for event in *events {
                // Throws for no event name.
                let _ = target
                    .add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
            }
        }
        Self { targets, listener }
    }
}

impl Drop for LifecycleListeners {
    fn drop(&mut self) {
        for (target, events) in &self.targets {
            for event in *events {
                let _ = target.remove_event_listener_with_callback(
                    event,
                    self.listener.as_ref().unchecked_ref(),
                );
            }
        }
    }
}

/// Whether the browser says that there is no network.
pub(crate) fn is_offline() -> bool {
    web_sys::window().is_some_and(|window| !window.navigator().on_line())
}

fn meaning(event: &str, visible: impl Fn() -> bool) -> Option<Lifecycle> {
    match event {
        "online" => Some(Lifecycle::Online),
        "offline" => Some(Lifecycle::Offline),
        "pageshow" => Some(Lifecycle::PageShow),
        "pagehide" => Some(Lifecycle::PageHide),
        "freeze" => Some(Lifecycle::Freeze),
        "resume" => Some(Lifecycle::Resume),
        "visibilitychange" if visible() => Some(Lifecycle::Visible),
        _ => None,
    }
}
