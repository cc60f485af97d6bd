use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use fader_protocol::LiveGroup;
use gloo_timers::callback::Timeout;

use super::grip::{Act, Grip, With};
use crate::{Live, ModelError};

/// How long after a step by key another one belongs to the same gesture.
const SETTLING_MS: u32 = 500;

type Show<M> = Box<dyn Fn(&M)>;

/// One control of a live group: what its element and the model do to each other.
///
/// The local value moves the element only while nobody holds it.
pub(super) struct Control<G: LiveGroup> {
    live: Weak<Live<G>>,
    keys: Rc<[String]>,
    grip: Cell<Grip>,
    /// Ends steps by key; dropping it stops it.
    settling: RefCell<Option<Timeout>>,
    this: Weak<Self>,
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
        let control = Rc::new_cyclic(|this| Self {
            live: Rc::downgrade(live),
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
        let (Some(act), Some(live)) = (act, self.live.upgrade()) else { return };
        self.settling.replace((act == Act::Settle).then(|| self.settle_later()));
        match act {
            Act::Begin => {
                live.held().add(&self.keys);
                self.error.replace(begin(&live, &self.keys));
            }
            Act::Settle => return,
            Act::Commit | Act::Cancel => {
                live.held().remove(&self.keys);
                if act == Act::Commit {
                    live.commit();
                } else {
                    live.cancel();
                }
                let others = live.held().keys();
                if !others.is_empty() {
                    begin(&live, &others);
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

fn begin<G: LiveGroup>(live: &Live<G>, keys: &[String]) -> Option<ModelError> {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    live.begin_keys(&keys).err()
}
