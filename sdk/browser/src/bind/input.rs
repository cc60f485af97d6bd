use std::rc::Rc;

use fader_protocol::LiveGroup;
use wasm_bindgen::prelude::*;
use web_sys::{
    Event, HtmlInputElement, KeyboardEvent, MutationObserver, MutationObserverInit, PointerEvent,
};

use super::Binding;
use super::control::{Control, Gestures};
use super::grip::With;
use crate::listeners::Listeners;
use crate::{Latest, Live, ModelError};

const EVENTS: [&str; 9] = [
    "input",
    "change",
    "pointerdown",
    "pointerup",
    "lostpointercapture",
    "pointercancel",
    "keydown",
    "keyup",
    "blur",
];

impl<G: LiveGroup> Live<G> {
    /// Binds a slider (`type=range`) or a number field (`type=number`) to one
    /// number of the model. `key` names the model's key that holds it; `get`
    /// and `set` are how it is read and written.
    ///
    /// A number field that holds no number changes nothing until it does.
    ///
    /// ```no_run
    /// # use std::rc::Rc;
    /// # use fader::{Binding, Live, LiveGroup};
    /// # use serde::{Deserialize, Serialize};
    /// # struct Area;
    /// # #[derive(Clone, Serialize, Deserialize)]
    /// # struct Sides { width: f64, height: f64 }
    /// # impl LiveGroup for Area {
    /// #     const NAME: &'static str = "area";
    /// #     type Model = Sides;
    /// #     type Result = f64;
    /// # }
    /// fn bind(area: &Rc<Live<Area>>, slider: &web_sys::HtmlInputElement) -> Binding {
    ///     area.bind_number(slider, "width", |sides| sides.width, |sides, width| sides.width = width)
    /// }
    /// ```
    pub fn bind_number(
        self: &Rc<Self>,
        input: &HtmlInputElement,
        key: &str,
        get: impl Fn(&G::Model) -> f64 + 'static,
        set: impl Fn(&mut G::Model, f64) + 'static,
    ) -> Binding {
        let show = {
            let input = input.clone();
            move |live: &Self| {
                let value = get(&live.local());
                if input.value_as_number() != value {
                    input.set_value_as_number(value);
                }
            }
        };
        let set = move |live: &Self, value| live.update(|model| set(model, value));
        bind_input(self, input, key, show, number, set).follow(self.changes())
    }

    /// Binds an input with text, such as a colour (`type=color`), to one string
    /// of the model, as [`bind_number`](Live::bind_number) does.
    pub fn bind_text(
        self: &Rc<Self>,
        input: &HtmlInputElement,
        key: &str,
        get: impl Fn(&G::Model) -> String + 'static,
        set: impl Fn(&mut G::Model, String) + 'static,
    ) -> Binding {
        let show = {
            let input = input.clone();
            move |live: &Self| {
                let value = get(&live.local());
                if input.value() != value {
                    input.set_value(&value);
                }
            }
        };
        let set = move |live: &Self, value| live.update(|model| set(model, value));
        let read = |input: &HtmlInputElement| Some(input.value());
        bind_input(self, input, key, show, read, set).follow(self.changes())
    }
}

/// The number that an input holds, if it does.
fn number(input: &HtmlInputElement) -> Option<f64> {
    Some(input.value_as_number()).filter(|value| value.is_finite())
}

/// An input that makes gestures, until it is dropped.
#[must_use = "dropping it unbinds the input"]
pub struct BoundInput<T: Gestures> {
    control: Rc<Control<T>>,
    listeners: (Listeners, WatchDisabled),
}

impl<T: Gestures> BoundInput<T> {
    /// The model may have changed: shows it, unless a person holds the input.
    pub fn show(&self) {
        self.control.show();
    }

    /// Unbinds the input. A gesture that is being made is committed.
    pub fn release(self) {
        self.control.lose();
    }

    fn follow(self, changes: Latest<()>) -> Binding {
        Binding::new(self.control, changes, self.listeners)
    }
}

/// Makes what a person does to an input gestures of `target`, by whose `keys` it
/// is held. `show` shows the present value on the input; `read` takes the input's
/// value, if it has one, and `set` hands it over.
pub fn bind_input<T: Gestures, V>(
    target: &Rc<T>,
    input: &HtmlInputElement,
    key: &str,
    show: impl Fn(&T) + 'static,
    read: impl Fn(&HtmlInputElement) -> Option<V> + 'static,
    set: impl Fn(&T, V) -> Result<(), ModelError> + 'static,
) -> BoundInput<T> {
    let control = Control::new(target, &[key], show);
    let is_slider = input.type_() == "range";
    let listeners = Listeners::new(input.clone(), &EVENTS, {
        let (input, control) = (input.clone(), control.clone());
        move |event: Event| match event.type_().as_str() {
            "input" => {
                if let Some(value) = read(&input) {
                    control.input(|target| set(target, value));
                }
            }
            "change" => control.settle(),
            // Elsewhere a pointer only sets the focus, or opens a picker.
            "pointerdown" if is_slider && is_primary(&event) => {
                // So that Escape arrives here in every browser.
                let _ = input.focus();
                control.hold(With::Pointer);
            }
            "pointerup" | "lostpointercapture" => control.release(With::Pointer),
            "pointercancel" => control.pointer_cancelled(),
            "keydown" => match event.unchecked_ref::<KeyboardEvent>().key().as_str() {
                "Escape" => control.cancel(),
                key if moves(key, is_slider) => control.hold(With::Key),
                _ => {}
            },
            "keyup" if event.unchecked_ref::<KeyboardEvent>().key() != "Escape" => {
                control.release(With::Key);
            }
            "blur" => control.blur(),
            _ => {}
        }
    });
    let disabling = WatchDisabled::new(input, {
        let (input, control) = (input.clone(), control.clone());
        move || {
            if input.disabled() {
                control.lose();
            }
        }
    });
    BoundInput { control, listeners: (listeners, disabling) }
}

/// Whether it is a finger, a pen or the left button.
fn is_primary(event: &Event) -> bool {
    event.unchecked_ref::<PointerEvent>().button() == 0
}

/// Whether holding that key down moves the value.
fn moves(key: &str, is_slider: bool) -> bool {
    match key {
        "ArrowUp" | "ArrowDown" => true,
        "ArrowLeft" | "ArrowRight" | "PageUp" | "PageDown" | "Home" | "End" => is_slider,
        _ => false,
    }
}

/// Watches an input's `disabled` attribute, of which there is no event, until dropped.
struct WatchDisabled {
    observer: Option<MutationObserver>,
    _listener: Closure<dyn Fn()>,
}

impl WatchDisabled {
    fn new(input: &HtmlInputElement, on_change: impl Fn() + 'static) -> Self {
        let listener = Closure::<dyn Fn()>::new(on_change);
        let options = MutationObserverInit::new();
        options.set_attribute_filter(&js_sys::Array::of1(&"disabled".into()));
        let observer = MutationObserver::new(listener.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            // Throws for no options that name an attribute.
            let _ = observer.observe_with_options(input, &options);
        }
        Self { observer, _listener: listener }
    }
}

impl Drop for WatchDisabled {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
