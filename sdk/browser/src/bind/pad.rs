use std::cell::Cell;
use std::rc::Rc;

use fader_protocol::LiveGroup;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, PointerEvent};

use super::Binding;
use super::control::Control;
use super::grip::With;
use crate::Live;
use crate::listeners::Listeners;

const EVENTS: [&str; 8] = [
    "pointerdown",
    "pointermove",
    "pointerup",
    "lostpointercapture",
    "pointercancel",
    "keydown",
    "keyup",
    "blur",
];

/// How far an arrow key moves, in widths and heights; with shift, ten times that.
const STEP: f64 = 0.01;

impl<G: LiveGroup> Live<G> {
    /// Binds a bare element to a point of the model, such as an XY pad: a person
    /// drags in it with a pointer, or moves with the arrow keys once it has the
    /// focus. `x` and `y` run from 0 (left, top) to 1 (right, bottom). `keys`
    /// name the model's keys that hold the point; both travel in one patch.
    ///
    /// The element must be focusable (`tabindex`), and not scroll where it is
    /// touched (`touch-action: none`). It is the app that draws the point.
    pub fn bind_pad(
        self: &Rc<Self>,
        element: &HtmlElement,
        keys: &[&str],
        get: impl Fn(&G::Model) -> (f64, f64) + 'static,
        set: impl Fn(&mut G::Model, f64, f64) + 'static,
    ) -> Binding {
        let point = Rc::new(Cell::new((0.0, 0.0)));
        let control = Control::new(self, keys, {
            let point = point.clone();
            move |live: &Self| point.set(get(&live.local()))
        });
        let move_to = {
            let (control, point) = (control.clone(), point);
            move |change: &dyn Fn((f64, f64)) -> (f64, f64)| {
                let (x, y) = change(point.get());
                let (x, y) = (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
                point.set((x, y));
                control.input(|live| live.update(|model| set(model, x, y)));
            }
        };
        let listeners = Listeners::new(element.clone(), &EVENTS, {
            let (element, control) = (element.clone(), control.clone());
            // The pointer that drags; another finger changes nothing.
            let pointer = Cell::new(None);
            move |event: Event| match event.type_().as_str() {
                "pointerdown" => {
                    let event: &PointerEvent = event.unchecked_ref();
                    if event.button() == 0 && pointer.get().is_none() {
                        // Fails only if the pointer is gone already.
                        if element.set_pointer_capture(event.pointer_id()).is_ok() {
                            let _ = element.focus();
                            pointer.set(Some(event.pointer_id()));
                            control.hold(With::Pointer);
                            move_to(&|_| position(&element, event));
                        }
                    }
                }
                kind @ ("pointermove" | "pointerup" | "lostpointercapture" | "pointercancel") => {
                    let event: &PointerEvent = event.unchecked_ref();
                    if pointer.get() != Some(event.pointer_id()) {
                        return;
                    }
                    match kind {
                        "pointermove" => move_to(&|_| position(&element, event)),
                        "pointercancel" => {
                            pointer.set(None);
                            control.pointer_cancelled();
                        }
                        _ => {
                            pointer.set(None);
                            control.release(With::Pointer);
                        }
                    }
                }
                "keydown" => {
                    let event: &KeyboardEvent = event.unchecked_ref();
                    if event.key() == "Escape" {
                        return control.cancel();
                    }
                    let Some((right, down)) = direction(&event.key()) else { return };
                    event.prevent_default();
                    let step = if event.shift_key() { 10.0 * STEP } else { STEP };
                    control.hold(With::Key);
                    move_to(&|(x, y)| (x + right * step, y + down * step));
                }
                "keyup" if event.unchecked_ref::<KeyboardEvent>().key() != "Escape" => {
                    control.release(With::Key);
                }
                "blur" => control.blur(),
                _ => {}
            }
        });
        Binding::new(control, self.changes(), listeners)
    }
}

/// Where the pointer is in the element; an element without a size has no inside.
fn position(element: &Element, event: &PointerEvent) -> (f64, f64) {
    let rect = element.get_bounding_client_rect();
    let part = |from: f64, length: f64, at: i32| {
        if length > 0.0 { (f64::from(at) - from) / length } else { 0.0 }
    };
    (
        part(rect.left(), rect.width(), event.client_x()),
        part(rect.top(), rect.height(), event.client_y()),
    )
}

/// Where an arrow key points, right and down.
fn direction(key: &str) -> Option<(f64, f64)> {
    match key {
        "ArrowLeft" => Some((-1.0, 0.0)),
        "ArrowRight" => Some((1.0, 0.0)),
        "ArrowUp" => Some((0.0, -1.0)),
        "ArrowDown" => Some((0.0, 1.0)),
        _ => None,
    }
}
