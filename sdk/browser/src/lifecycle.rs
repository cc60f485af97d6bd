use fader_core::Lifecycle;
use web_sys::{Document, VisibilityState, Window};

use crate::listeners::Listeners;

const WINDOW_EVENTS: [&str; 4] = ["online", "offline", "pageshow", "pagehide"];
const DOCUMENT_EVENTS: [&str; 3] = ["visibilitychange", "freeze", "resume"];

/// Listens to what happens to the page, until dropped. A worker has no page and
/// hears nothing.
pub(crate) struct LifecycleListeners {
    _listeners: Vec<Listeners>,
}

impl LifecycleListeners {
    pub(crate) fn new(on_change: impl Fn(Lifecycle) + Clone + 'static) -> Self {
        let window = web_sys::window();
        let document = window.as_ref().and_then(Window::document);
        let tell = {
            let document = document.clone();
            move |event: web_sys::Event| {
                let visible = || document.as_ref().is_some_and(is_visible);
                if let Some(change) = meaning(&event.type_(), visible) {
                    on_change(change);
                }
            }
        };
        let on_window = window.map(|it| Listeners::new(it, &WINDOW_EVENTS, tell.clone()));
        let on_document = document.map(|it| Listeners::new(it, &DOCUMENT_EVENTS, tell));
        Self { _listeners: on_window.into_iter().chain(on_document).collect() }
    }
}

fn is_visible(document: &Document) -> bool {
    document.visibility_state() == VisibilityState::Visible
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
