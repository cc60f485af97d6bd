use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::grip::{Act, Grip, With};
use crate::ModelError;
use crate::timer::Timeout;

use super::held::Held;

/// How long after a step by key another one belongs to the same gesture.
const SETTLING_MS: u32 = 500;

/// What can be held by its controls.
pub trait Gestures: 'static {
    /// The keys whose controls are held.
    fn held(&self) -> &Held;

    /// A person took hold of the controls of `keys`.
    ///
    /// # Errors
    /// When there is no such key, or the client is closed.
    fn begin(&self, keys: &[&str]) -> Result<(), ModelError>;

    /// The person let go: the values are final.
    fn commit(&self);

    /// The person gave the gesture up.
    fn cancel(&self);
}

/// One control of a live group: what its element and the model do to each other.
///
/// The local value moves the element only while nobody holds it.
pub(super) struct Control<T> {
    target: Weak<T>,
    keys: Rc<[String]>,
    grip: Cell<Grip>,
    /// Ends steps by key; dropping it stops it.
    settling: RefCell<Option<Timeout>>,
    this: Weak<Self>,
    reverts_on_pointer_cancel: Cell<bool>,
    /// Shows the model on the element.
    show: Box<dyn Fn(&T)>,
    /// Why what the element holds was refused.
    error: RefCell<Option<ModelError>>,
}

impl<T: Gestures> Control<T> {
    pub(super) fn new(target: &Rc<T>, keys: &[&str], show: impl Fn(&T) + 'static) -> Rc<Self> {
        let control = Rc::new_cyclic(|this| Self {
            target: Rc::downgrade(target),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            grip: Cell::default(),
            settling: RefCell::default(),
            this: this.clone(),
            reverts_on_pointer_cancel: Cell::new(false),
            show: Box::new(show),
            error: RefCell::default(),
        });
        control.show();
        control
    }

    pub(super) fn revert_on_pointer_cancel(&self) {
        self.reverts_on_pointer_cancel.set(true);
    }

    pub(super) fn error(&self) -> Option<ModelError> {
        self.error.borrow().clone()
    }

    /// Shows the model, unless a person holds the element.
    pub(super) fn show(&self) {
        if !self.grip.get().is_held()
            && let Some(target) = self.target.upgrade()
        {
            (self.show)(&target);
        }
    }

    /// The element has a new value. Begins a gesture if none reports one.
    pub(super) fn input(&self, change: impl FnOnce(&T) -> Result<(), ModelError>) {
        self.hold(With::Edit);
        if self.grip.get().is_cancelled() {
            return self.show();
        }
        if let Some(target) = self.target.upgrade() {
            self.error.replace(change(&target).err());
        }
    }

    pub(super) fn hold(&self, with: With) {
        if with != With::Key {
            self.change(Grip::settled);
        }
        self.change(|grip| grip.hold(with));
    }

    pub(super) fn release(&self, with: With) {
        self.change(|grip| grip.release(with));
    }

    pub(super) fn blur(&self) {
        self.change(Grip::blur);
    }

    pub(super) fn settle(&self) {
        self.change(Grip::settle);
    }

    pub(super) fn cancel(&self) {
        self.change(Grip::cancel);
    }

    pub(super) fn pointer_cancelled(&self) {
        let act = if self.reverts_on_pointer_cancel.get() { Act::Cancel } else { Act::Commit };
        self.change(|grip| grip.lose(act));
    }

    /// The element is disabled, or the binding dropped.
    pub(super) fn lose(&self) {
        self.change(|grip| grip.lose(Act::Commit));
    }

    fn change(&self, change: impl FnOnce(&mut Grip) -> Option<Act>) {
        let mut grip = self.grip.get();
        let act = change(&mut grip);
        self.grip.set(grip);
        let (Some(act), Some(target)) = (act, self.target.upgrade()) else { return };
        self.settling.replace((act == Act::Settle).then(|| self.settle_later()));
        match act {
            Act::Begin => {
                target.held().add(&self.keys);
                self.error.replace(begin(&*target, &self.keys));
            }
            Act::Settle => return,
            Act::Commit | Act::Cancel => {
                target.held().remove(&self.keys);
                if act == Act::Commit {
                    target.commit();
                } else {
                    target.cancel();
                }
                let others = target.held().keys();
                if !others.is_empty() {
                    begin(&*target, &others);
                }
            }
        }
        self.show();
    }

    fn settle_later(&self) -> Timeout {
        let this = self.this.clone();
        Timeout::new(SETTLING_MS, move || {
            if let Some(control) = this.upgrade() {
                control.change(Grip::settled);
            }
        })
    }
}

fn begin(target: &impl Gestures, keys: &[String]) -> Option<ModelError> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    target.begin(&keys).err()
}
