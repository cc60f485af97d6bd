//! Controls bound to a live group: pointer, keyboard, typing, assistive
//! technology and the browser's whims, made gestures.

mod control;
mod element;
mod event;
mod field;
mod grip;
mod pad;

use std::rc::Rc;
use std::time::Duration;

use fader_core::Holder;
use fader_protocol::LiveGroup;
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable};
use wasm_bindgen_futures::spawn_local;

pub use self::control::{Control, Gestures, Moved, Part};
pub use self::element::{Element, Kind};
pub use self::field::Field;
use crate::{Latest, Live, LiveError, ModelError};

/// A control that is bound to a live group; made by
/// [`Live::bind_number`](crate::Live::bind_number),
/// [`Live::bind_text`](crate::Live::bind_text),
/// [`Live::bind_bool`](crate::Live::bind_bool),
/// [`Live::bind_pad`](crate::Live::bind_pad) and
/// [`Live::bind_gesture`](crate::Live::bind_gesture).
///
/// A gesture begins when a person takes hold of the control (with a pointer or a
/// key; by typing; with assistive technology) and is committed once, by
/// whichever comes first of the release, `change`, a lost pointer capture, the
/// end of the focus, or the control being disabled, made inert, removed or unbound. Escape
/// cancels it: the control goes back to where it was. Steps by key or by the buttons of a
/// number field are one gesture as long as not more than half a second passes between them;
/// likewise changes by a script, a wheel or a controller of which nobody says that they are
/// final.
///
/// While a person holds the control or types in it, nothing else moves it; otherwise it
/// follows the group's local model. Dropping the binding lets go of the control.
#[must_use = "dropping it lets go of the control"]
pub struct Binding {
    control: Rc<dyn Bound>,
    following: AbortHandle,
}

/// What a binding needs of its control, whatever the group.
trait Bound {
    fn show(&self);
    fn release(&self);
    fn revert_on_pointer_cancel(&self);
    fn error(&self) -> Option<ModelError>;
}

impl Binding {
    fn new(control: Rc<dyn Bound>, mut changes: Latest<()>) -> Self {
        let shown = Rc::clone(&control);
        let (follow, following) = abortable(async move {
            while changes.next().await.is_some() {
                shown.show();
            }
        });
        spawn_local(async move {
            // Being unbound is an end like that of the group.
            let _ = follow.await;
        });
        Self { control, following }
    }

    /// A gesture that the browser takes away (`pointercancel`, as when a touch
    /// turns into scrolling) is cancelled; otherwise it is committed.
    pub fn revert_on_pointer_cancel(self) -> Self {
        self.control.revert_on_pointer_cancel();
        self
    }

    /// Why the last value of the control was refused; nothing if it was not.
    #[must_use]
    pub fn error(&self) -> Option<ModelError> {
        self.control.error()
    }
}

impl Drop for Binding {
    fn drop(&mut self) {
        self.following.abort();
        self.control.release();
    }
}

impl<T: Gestures> Bound for Control<T> {
    fn show(&self) {
        Control::show(self);
    }

    fn release(&self) {
        Control::release(self);
    }

    fn revert_on_pointer_cancel(&self) {
        Control::revert_on_pointer_cancel(self);
    }

    fn error(&self) -> Option<ModelError> {
        Control::error(self)
    }
}

impl<G: LiveGroup> Gestures for Live<G> {
    fn check(&self, keys: &[&str]) -> Result<(), LiveError> {
        self.check_keys(keys)
    }

    fn begin(
        &self,
        holder: Holder,
        keys: &[&str],
        quiet: Option<Duration>,
    ) -> Result<(), LiveError> {
        self.hold(holder, keys, quiet)
    }

    fn is_held_by(&self, holder: Holder) -> bool {
        Live::is_held_by(self, holder)
    }

    fn commit(&self, holder: Holder) {
        self.commit_by(holder);
    }

    fn cancel(&self, holder: Holder) {
        self.cancel_by(holder);
    }
}
