use std::cell::Cell;
use std::rc::Rc;

use fader_protocol::LiveGroup;
use web_sys::HtmlElement;

use super::Binding;
use super::control::{Control, Moved, Part};
use super::element::{Element, Kind};
use crate::{Live, ModelError};

impl<G: LiveGroup> Live<G> {
    /// Binds a bare element to a point of the model, such as an XY pad: a person
    /// drags in it with a pointer, or moves with the arrow keys once it has the
    /// focus. `x` and `y` run from 0 (left, top) to 1 (right, bottom). `keys`
    /// name the model's keys that hold the point; both travel in one patch.
    ///
    /// The element must be focusable (`tabindex`), and not scroll where it is
    /// touched (`touch-action: none`). It is the app that draws the point.
    ///
    /// # Errors
    /// When the model has no such key.
    pub fn bind_pad(
        self: &Rc<Self>,
        element: &HtmlElement,
        keys: &[&str],
        get: impl Fn(&G::Model) -> (f64, f64) + 'static,
        set: impl Fn(&mut G::Model, f64, f64) + 'static,
    ) -> Result<Binding, ModelError> {
        let pad = Pad { point: Cell::new((0.0, 0.0)), get, set };
        let control = Control::gesture(self, element, Kind::Pad, keys, pad)?;
        Ok(Binding::new(control, self.changes()))
    }

    /// Makes gestures of what a person does to an element that the app moves itself, such
    /// as a slider of a widget library: a pointer or a key that moves it holds `keys` (all,
    /// where none is named) until it is let go of, and Escape gives the gesture up. The
    /// app sets the values.
    ///
    /// # Errors
    /// When the model has no such key.
    pub fn bind_gesture(
        self: &Rc<Self>,
        element: &HtmlElement,
        keys: &[&str],
    ) -> Result<Binding, ModelError> {
        let control = Control::gesture(self, element, Kind::Gesture, keys, Moved)?;
        Ok(Binding::new(control, self.changes()))
    }
}

struct Pad<Get, Set> {
    /// Also between the steps that the model rounds away.
    point: Cell<(f64, f64)>,
    get: Get,
    set: Set,
}

impl<G, Get, Set> Part<Live<G>> for Pad<Get, Set>
where
    G: LiveGroup,
    Get: Fn(&G::Model) -> (f64, f64) + 'static,
    Set: Fn(&mut G::Model, f64, f64) + 'static,
{
    fn show(&self, live: &Live<G>, _element: &Element) {
        self.point.set((self.get)(&live.local()));
    }

    fn move_to(&self, live: &Live<G>, x: f64, y: f64) -> Result<(), ModelError> {
        let (x, y) = (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
        self.point.set((x, y));
        live.update(|model| (self.set)(model, x, y))
    }

    fn move_by(&self, live: &Live<G>, right: f64, down: f64) -> Result<(), ModelError> {
        let (x, y) = self.point.get();
        self.move_to(live, x + right, y + down)
    }
}
