use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use fader_core::Holder;
use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::element::{Element, Kind, refuse, refuse_element};
use super::event::Event;
use super::grip::{Act, Grip, With};
use crate::{LiveError, ModelError};

/// How long a control is held after a change of which nobody says that it is final.
const QUIET: Duration = Duration::from_millis(500);

/// What can be held by its controls.
pub trait Gestures: 'static {
    /// Refuses keys that it has not.
    ///
    /// # Errors
    /// When there is no such key, or the client is closed.
    fn check(&self, keys: &[&str]) -> Result<(), LiveError>;

    /// A person took hold of the controls of `keys`; with `quiet`, until none of them
    /// was set for that long.
    ///
    /// # Errors
    /// As [`check`](Gestures::check).
    fn begin(
        &self,
        holder: Holder,
        keys: &[&str],
        quiet: Option<Duration>,
    ) -> Result<(), LiveError>;

    /// Whether it still holds.
    fn is_held_by(&self, holder: Holder) -> bool;

    /// The person let go: the values are final.
    fn commit(&self, holder: Holder);

    /// The person gave the gesture up.
    fn cancel(&self, holder: Holder);
}

/// What a control has to do with the model, beside making gestures.
pub trait Part<T>: 'static {
    /// Shows the model on the element.
    fn show(&self, _target: &T, _element: &Element) {}

    /// The element has a new value.
    ///
    /// # Errors
    /// When the model refuses it.
    fn input(&self, _target: &T, _element: &Element) -> Result<(), ModelError> {
        Ok(())
    }

    /// A pointer is there, in widths and heights.
    ///
    /// # Errors
    /// When the model refuses it.
    fn move_to(&self, _target: &T, _x: f64, _y: f64) -> Result<(), ModelError> {
        Ok(())
    }

    /// A key moves it by that much.
    ///
    /// # Errors
    /// When the model refuses it.
    fn move_by(&self, _target: &T, _x: f64, _y: f64) -> Result<(), ModelError> {
        Ok(())
    }
}

/// A control that the app moves itself.
pub struct Moved;

impl<T> Part<T> for Moved {}

/// One control of a live group: what its element and the model do to each other, until
/// it is released or dropped.
///
/// The model moves the element only while nobody holds it.
pub struct Control<T: Gestures> {
    target: Weak<T>,
    holder: Holder,
    keys: Vec<String>,
    grip: Cell<Grip>,
    reverts_on_pointer_cancel: Cell<bool>,
    element: Element,
    part: Box<dyn Part<T>>,
    /// Why what the element holds was refused.
    error: RefCell<Option<ModelError>>,
    /// Kept for as long as the browser may call it.
    _tell: Closure<dyn Fn(u32, f64, f64)>,
}

thread_local! {
    static CONTROLS: Cell<u64> = const { Cell::new(0) };
}

impl<T: Gestures> Control<T> {
    /// Binds a field to a key that holds values of a JSON type.
    ///
    /// # Errors
    /// When there is no such key, or the element does not hold such values.
    pub fn field(
        target: &Rc<T>,
        element: &JsValue,
        key: &str,
        holds: &str,
        part: impl Part<T>,
    ) -> Result<Rc<Self>, ModelError> {
        target.check(&[key])?;
        refused(refuse(element, key, holds))?;
        Self::new(target, element, Kind::Field, holds, &[key], Box::new(part))
    }

    /// Binds any element whose gestures hold `keys`.
    ///
    /// # Errors
    /// When there is no such key, or that is no element.
    pub fn gesture(
        target: &Rc<T>,
        element: &JsValue,
        kind: Kind,
        keys: &[&str],
        part: impl Part<T>,
    ) -> Result<Rc<Self>, ModelError> {
        target.check(keys)?;
        refused(refuse_element(element))?;
        Self::new(target, element, kind, "", keys, Box::new(part))
    }

    fn new(
        target: &Rc<T>,
        element: &JsValue,
        kind: Kind,
        holds: &str,
        keys: &[&str],
        part: Box<dyn Part<T>>,
    ) -> Result<Rc<Self>, ModelError> {
        let number = CONTROLS.get();
        CONTROLS.set(number + 1);
        let this: Rc<RefCell<Weak<Self>>> = Rc::default();
        let told = Rc::clone(&this);
        let tell = Closure::<dyn Fn(u32, f64, f64)>::new(move |code, x, y| {
            let control = told.borrow().upgrade();
            if let (Some(control), Some(event)) = (control, Event::from_code(code)) {
                control.happens(event, x, y);
            }
        });
        let function: &Function = tell.as_ref().unchecked_ref();
        let element =
            Element::new(element, kind.name(), holds, function).map_err(|_| no_element())?;
        let control = Rc::new(Self {
            target: Rc::downgrade(target),
            holder: Holder::control(number),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            grip: Cell::default(),
            reverts_on_pointer_cancel: Cell::new(false),
            element,
            part,
            error: RefCell::default(),
            _tell: tell,
        });
        this.replace(Rc::downgrade(&control));
        control.show();
        Ok(control)
    }

    pub(super) fn revert_on_pointer_cancel(&self) {
        self.reverts_on_pointer_cancel.set(true);
    }

    pub(super) fn error(&self) -> Option<ModelError> {
        self.error.borrow().clone()
    }

    /// The model may have changed: shows it, unless a person holds the element.
    pub fn show(&self) {
        if let Some(target) = self.target.upgrade()
            && !self.grip(&target).is_held()
        {
            self.part.show(&target, &self.element);
        }
    }

    /// Lets go of the element. A gesture that is being made is committed.
    pub fn release(&self) {
        // Stopping what is stopped does nothing.
        let _ = self.element.stop();
        self.change(|grip| grip.lose(Act::Commit));
    }

    fn happens(&self, event: Event, x: f64, y: f64) {
        match event {
            Event::Held(with) => {
                self.hold(with);
                if with == With::Key {
                    self.input(|target| self.part.move_by(target, x, y));
                }
            }
            Event::Moved => self.input(|target| self.part.move_to(target, x, y)),
            Event::Input(with) => {
                self.hold(with);
                self.input(|target| self.part.input(target, &self.element));
            }
            Event::Released(with) => self.change(|grip| grip.release(with)),
            Event::PointerLost => {
                let act =
                    if self.reverts_on_pointer_cancel.get() { Act::Cancel } else { Act::Commit };
                self.change(|grip| grip.lose(act));
            }
            Event::Escape => self.change(Grip::cancel),
            Event::Final => {
                self.change(Grip::settle);
                self.show();
            }
            Event::Left => self.change(Grip::blur),
            Event::Gone => self.change(|grip| grip.lose(Act::Commit)),
            Event::Limited => self.show(),
        }
    }

    /// The element has a new value.
    fn input(&self, change: impl FnOnce(&T) -> Result<(), ModelError>) {
        if self.grip.get().is_cancelled() {
            return self.show();
        }
        if let Some(target) = self.target.upgrade() {
            let error = change(&target).err();
            if error.is_some() || self.grip(&target).is_held() {
                self.error.replace(error);
            }
        }
    }

    fn hold(&self, with: With) {
        self.change(|grip| grip.finish_before(with));
        self.change(|grip| grip.hold(with));
    }

    /// How it is held, if it still is: a hold may have ended by itself.
    fn grip(&self, target: &T) -> Grip {
        if self.grip.get().is_held() && !target.is_held_by(self.holder) {
            self.grip.set(Grip::Free);
        }
        self.grip.get()
    }

    fn change(&self, change: impl FnOnce(&mut Grip) -> Option<Act>) {
        let Some(target) = self.target.upgrade() else { return };
        let mut grip = self.grip(&target);
        let act = change(&mut grip);
        self.grip.set(grip);
        let Some(act) = act else { return };
        match act {
            Act::Begin | Act::Settle => {
                let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
                let quiet = grip.is_quiet().then_some(QUIET);
                let refused = target.begin(self.holder, &keys, quiet);
                self.error.replace(refused.err().map(ModelError::Refused));
            }
            Act::Commit => target.commit(self.holder),
            Act::Cancel => target.cancel(self.holder),
        }
        self.show();
    }
}

fn refused(why: Result<Option<String>, JsValue>) -> Result<(), ModelError> {
    match why {
        Ok(None) => Ok(()),
        Ok(Some(why)) => Err(ModelError::Unbindable(why)),
        Err(_) => Err(no_element()),
    }
}

/// Of what only looks like one.
fn no_element() -> ModelError {
    ModelError::Unbindable("what is no element of the page cannot be bound".into())
}

impl<T: Gestures> Drop for Control<T> {
    fn drop(&mut self) {
        self.release();
    }
}
