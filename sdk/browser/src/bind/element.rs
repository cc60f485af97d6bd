use js_sys::Function;
use wasm_bindgen::prelude::*;

/// What an element is to a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It holds a value.
    Field,
    /// A pointer or the arrow keys move a point in it.
    Pad,
    /// The app moves it.
    Gesture,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Field => "field",
            Kind::Pad => "pad",
            Kind::Gesture => "gesture",
        }
    }
}

// Of an element that only looks like one, anything may throw.
#[wasm_bindgen(module = "/src/bind/element.js")]
extern "C" {
    /// Why an element cannot be bound to a key that holds this JSON type, if so.
    #[wasm_bindgen(catch)]
    pub(super) fn refuse(
        element: &JsValue,
        key: &str,
        holds: &str,
    ) -> Result<Option<String>, JsValue>;

    /// Why this cannot make gestures, if so.
    #[wasm_bindgen(catch, js_name = refuseElement)]
    pub(super) fn refuse_element(element: &JsValue) -> Result<Option<String>, JsValue>;

    /// An element that is watched until it is stopped.
    #[wasm_bindgen(js_name = Control)]
    pub type Element;

    #[wasm_bindgen(catch, constructor, js_class = "Control")]
    pub(super) fn new(
        element: &JsValue,
        kind: &str,
        holds: &str,
        tell: &Function,
    ) -> Result<Element, JsValue>;

    #[wasm_bindgen(catch, method, js_class = "Control")]
    pub(super) fn stop(this: &Element) -> Result<(), JsValue>;

    /// Shows a value; one of another type than it holds changes nothing.
    #[wasm_bindgen(catch, method, js_class = "Control")]
    pub fn show(this: &Element, value: &JsValue) -> Result<(), JsValue>;

    /// What it holds; undefined where that is nothing, or unfinished.
    #[wasm_bindgen(catch, method, js_class = "Control")]
    pub fn read(this: &Element) -> Result<JsValue, JsValue>;
}
