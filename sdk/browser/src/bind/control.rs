use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use fader_protocol::LiveGroup;

use super::grip::{Act, Grip, With};
use crate::{Live, ModelError};

type Show<M> = Box<dyn Fn(&M)>;

/// One control of a live group: what its element and the model do to each other.
///
/// The local value moves the element only while nobody holds it.
pub(super) struct Control<G: LiveGroup> {
    live: Weak<Live<G>>,
    keys: Vec<String>,
    grip: Cell<Grip>,
    reverts_on_pointer_cancel: Cell<bool>,
    /// Shows the model on the element.
    show: Show<G::Model>,
    /// Why what the element holds was refused.
    error: RefCell<Option<ModelError>>,
}

impl<G: LiveGroup> Control<G> {
    pub(super) fn new(
        live: &Rc<Live<G>>,
        keys: &[&str],
        show: impl Fn(&G::Model) + 'static,
    ) -> Rc<Self> {
        let control = Self {
            live: Rc::downgrade(live),
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            grip: Cell::default(),
            reverts_on_pointer_cancel: Cell::new(false),
            show: Box::new(show),
            error: RefCell::default(),
        };
        control.show();
        Rc::new(control)
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
            && let Some(live) = self.live.upgrade()
        {
            (self.show)(&live.local());
        }
    }

    /// The element has a new value. Begins a gesture if none reports one.
    pub(super) fn input(&self, change: impl FnOnce(&mut G::Model)) {
        self.hold(With::Edit);
        if self.grip.get().is_cancelled() {
            return self.show();
        }
        if let Some(live) = self.live.upgrade() {
            self.error.replace(live.update(change).err());
        }
    }

    pub(super) fn hold(&self, with: With) {
        self.change(|grip| grip.hold(with));
    }

    pub(super) fn release(&self, with: With) {
        self.change(|grip| grip.release(with));
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
        let (Some(act), Some(live)) = (act, self.live.upgrade()) else { return };
        match act {
            Act::Begin => {
                let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
                self.error.replace(live.begin_keys(&keys).err());
            }
            Act::Commit => live.commit(),
            Act::Cancel => live.cancel(),
        }
        self.show();
    }
}
