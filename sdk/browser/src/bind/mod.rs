//! Controls bound to a live group: pointer, keyboard, typing, assistive
//! technology and the browser's whims, made gestures.

mod control;
mod grip;
mod held;
mod input;
mod pad;

use std::any::Any;
use std::rc::Rc;

use fader_protocol::LiveGroup;
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable};
use wasm_bindgen_futures::spawn_local;

use self::control::Control;
pub use self::control::Gestures;
pub use self::held::Held;
pub use self::input::{BoundInput, bind_input};
use crate::{Latest, Live, ModelError};

/// A control that is bound to a live group; made by
/// [`Live::bind_number`](crate::Live::bind_number),
/// [`Live::bind_text`](crate::Live::bind_text) and
/// [`Live::bind_pad`](crate::Live::bind_pad).
///
/// A gesture begins when a person takes hold of the control (with a pointer or a
/// key; by typing; with assistive technology) and is committed once, by
/// whichever comes first of the release, `change`, a lost pointer capture, the
/// end of the focus, or the control being disabled or unbound. Escape cancels
/// it: the control goes back to where it was. Steps by key are one gesture as long
/// as not more than half a second passes between them.
///
/// While a person holds the control, nothing else moves it; otherwise it
/// follows the group's local model. Dropping the binding lets go of the control.
#[must_use = "dropping it lets go of the control"]
pub struct Binding {
    control: Box<dyn Bound>,
    following: AbortHandle,
    _listeners: Box<dyn Any>,
}

/// What a binding needs of its control, whatever the group.
trait Bound {
    fn show(&self);
    fn lose(&self);
    fn revert_on_pointer_cancel(&self);
    fn error(&self) -> Option<ModelError>;
}

impl Binding {
    fn new<B: Bound + Clone + 'static>(
        control: B,
        mut changes: Latest<()>,
        listeners: impl Any,
    ) -> Self {
        let shown = control.clone();
        let (follow, following) = abortable(async move {
            while changes.next().await.is_some() {
                shown.show();
            }
        });
        spawn_local(async move {
            // Being unbound is an end like that of the group.
            let _ = follow.await;
        });
        Self { control: Box::new(control), following, _listeners: Box::new(listeners) }
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
        self.control.lose();
    }
}

impl<T: Gestures> Bound for Rc<Control<T>> {
    fn show(&self) {
        (**self).show();
    }

    fn lose(&self) {
        (**self).lose();
    }

    fn revert_on_pointer_cancel(&self) {
        (**self).revert_on_pointer_cancel();
    }

    fn error(&self) -> Option<ModelError> {
        (**self).error()
    }
}

impl<G: LiveGroup> Gestures for Live<G> {
    fn held(&self) -> &Held {
        Live::held(self)
    }

    fn begin(&self, keys: &[&str]) -> Result<(), ModelError> {
        self.begin_keys(keys)
    }

    fn commit(&self) {
        Live::commit(self);
    }

    fn cancel(&self) {
        Live::cancel(self);
    }
}
