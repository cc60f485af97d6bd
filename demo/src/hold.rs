use fader_leptos::LiveSignals;
use leptos::prelude::*;

use crate::group::EqGroup;

/// A person's hold on one control: the events of its element become one gesture
/// of the live group.
///
/// Several events may report one release; the first ends the gesture, the others
/// change nothing.
pub(crate) struct Hold<G: EqGroup> {
    live: LiveSignals<G>,
    /// The model's key that the control moves.
    key: &'static str,
    grip: RwSignal<Grip>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grip {
    Free,
    Held(With),
    /// The gesture was cancelled, but the pointer or key is still down.
    Cancelled(With),
}

/// What a person holds a control with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum With {
    Pointer,
    /// A key and its repeats are one gesture.
    Key,
}

impl<G: EqGroup> Hold<G> {
    pub(crate) fn new(live: LiveSignals<G>, key: &'static str) -> Self {
        Self { live, key, grip: RwSignal::new(Grip::Free) }
    }

    pub(crate) fn is_held(self, with: With) -> bool {
        self.grip.get() == Grip::Held(with)
    }

    /// `pointerdown`, `keydown`.
    pub(crate) fn begin(self, with: With) {
        if self.grip.get_untracked() == Grip::Free {
            self.grip.set(Grip::Held(with));
            self.live.begin_keys(&[self.key]);
        }
    }

    /// `pointerup` and `lostpointercapture`; `keyup`, and `blur`, after which none comes.
    /// (A pointer may hold on without the focus: another finger took it.)
    pub(crate) fn release(self, with: With) {
        match self.grip.get_untracked() {
            Grip::Held(held) if held == with => self.end(),
            Grip::Cancelled(held) if held == with => self.grip.set(Grip::Free),
            _ => {}
        }
    }

    /// Escape: back to the values before the gesture.
    pub(crate) fn cancel(self) {
        if let Grip::Held(with) = self.grip.get_untracked() {
            self.grip.set(Grip::Cancelled(with));
            self.live.cancel();
        }
    }

    /// `pointercancel`: the browser took the pointer, as when a touch turns into scrolling.
    pub(crate) fn lose(self) {
        self.cancel();
        self.grip.set(Grip::Free);
    }

    fn end(self) {
        self.grip.set(Grip::Free);
        self.live.commit_keys(&[self.key]);
    }
}

impl<G: EqGroup> Clone for Hold<G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: EqGroup> Copy for Hold<G> {}
