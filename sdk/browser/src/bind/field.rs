use std::rc::Rc;

use fader_protocol::LiveGroup;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::Binding;
use super::control::{Control, Part};
use super::element::Element;
use crate::{Live, ModelError};

impl<G: LiveGroup> Live<G> {
    /// Binds an element to one number of the model: a slider (`type=range`), a number
    /// field (`type=number`), a `<select>` or a radio button whose values are numbers.
    /// `key` names the model's key that holds it; `get` and `set` are how it is read and
    /// written.
    ///
    /// A number field that a person is editing shows what they type. What is not a number
    /// yet changes nothing; left like that, the field shows the model again.
    ///
    /// # Errors
    /// When the model has no such key, or the element holds no number.
    ///
    /// ```no_run
    /// # use std::rc::Rc;
    /// # use fader::{Binding, Live, LiveGroup, ModelError};
    /// # use serde::{Deserialize, Serialize};
    /// # struct Area;
    /// # #[derive(Clone, Serialize, Deserialize)]
    /// # struct Sides { width: f64, height: f64 }
    /// # impl LiveGroup for Area {
    /// #     const NAME: &'static str = "area";
    /// #     type Model = Sides;
    /// #     type Result = f64;
    /// # }
    /// fn bind(area: &Rc<Live<Area>>, slider: &web_sys::HtmlInputElement) -> Result<Binding, ModelError> {
    ///     area.bind_number(slider, "width", |sides| sides.width, |sides, width| sides.width = width)
    /// }
    /// ```
    pub fn bind_number(
        self: &Rc<Self>,
        element: &HtmlElement,
        key: &str,
        get: impl Fn(&G::Model) -> f64 + 'static,
        set: impl Fn(&mut G::Model, f64) + 'static,
    ) -> Result<Binding, ModelError> {
        self.bind_field(element, key, "number", get, set, JsValue::as_f64)
    }

    /// Binds an element with text to one string of the model, as
    /// [`bind_number`](Live::bind_number) does: a text field of any type, a colour, a date
    /// or time, a `<textarea>`, a `<select>`, or a radio button, which is checked while the
    /// model holds its `value`.
    ///
    /// # Errors
    /// When the model has no such key, or the element holds no text.
    pub fn bind_text(
        self: &Rc<Self>,
        element: &HtmlElement,
        key: &str,
        get: impl Fn(&G::Model) -> String + 'static,
        set: impl Fn(&mut G::Model, String) + 'static,
    ) -> Result<Binding, ModelError> {
        self.bind_field(element, key, "string", get, set, JsValue::as_string)
    }

    /// Binds a checkbox to one boolean of the model, as
    /// [`bind_number`](Live::bind_number) does.
    ///
    /// # Errors
    /// When the model has no such key, or the element is no checkbox.
    pub fn bind_bool(
        self: &Rc<Self>,
        element: &HtmlElement,
        key: &str,
        get: impl Fn(&G::Model) -> bool + 'static,
        set: impl Fn(&mut G::Model, bool) + 'static,
    ) -> Result<Binding, ModelError> {
        self.bind_field(element, key, "boolean", get, set, JsValue::as_bool)
    }

    fn bind_field<V: Into<JsValue> + 'static>(
        self: &Rc<Self>,
        element: &HtmlElement,
        key: &str,
        holds: &str,
        get: impl Fn(&G::Model) -> V + 'static,
        set: impl Fn(&mut G::Model, V) + 'static,
        read: fn(&JsValue) -> Option<V>,
    ) -> Result<Binding, ModelError> {
        let part = Field {
            show: move |live: &Self| get(&live.local()).into(),
            set: move |live: &Self, value: JsValue| match read(&value) {
                Some(value) => live.update(|model| set(model, value)),
                None => Ok(()),
            },
        };
        let control = Control::field(self, element, key, holds, part)?;
        Ok(Binding::new(control, self.changes()))
    }
}

/// A field that shows what `show` gives and hands what it holds to `set`.
pub struct Field<S, I> {
    /// The value to show.
    pub show: S,
    /// Takes a new one.
    pub set: I,
}

impl<T, S, I> Part<T> for Field<S, I>
where
    S: Fn(&T) -> JsValue + 'static,
    I: Fn(&T, JsValue) -> Result<(), ModelError> + 'static,
{
    fn show(&self, target: &T, element: &Element) {
        // What cannot show it shows what it did.
        let _ = element.show(&(self.show)(target));
    }

    fn input(&self, target: &T, element: &Element) -> Result<(), ModelError> {
        match element.read() {
            Ok(value) if !value.is_undefined() => (self.set)(target, value),
            _ => Ok(()),
        }
    }
}
