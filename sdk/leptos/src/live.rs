use std::rc::Rc;

use fader::{Live, LiveGroup, LiveStatus, ModelError};
use leptos::prelude::*;

use crate::task::Task;
use crate::use_client;

/// A live group as signals; made by [`use_live`].
pub struct LiveSignals<G: LiveGroup> {
    /// Nothing if it could not be opened.
    live: StoredValue<Option<Live<G>>, LocalStorage>,
    local: RwSignal<G::Model, LocalStorage>,
    result: RwSignal<Option<Rc<G::Result>>, LocalStorage>,
    status: RwSignal<LiveStatus>,
    model_error: RwSignal<Option<ModelError>>,
}

/// Opens the live group `G` with the client in the context, for as long as the
/// present owner lives.
///
/// A group that cannot be opened says why in [`LiveSignals::model_error`].
///
/// # Panics
/// When no client was [provided](crate::provide_client).
#[must_use]
pub fn use_live<G: LiveGroup>(initial: G::Model) -> LiveSignals<G> {
    let opened = use_client().live::<G>(initial.clone());
    let signals = LiveSignals {
        local: RwSignal::new_local(initial),
        result: RwSignal::new_local(None),
        status: RwSignal::new(opened.as_ref().map(Live::status).unwrap_or_default()),
        model_error: RwSignal::new(opened.as_ref().err().cloned()),
        live: StoredValue::new_local(opened.ok()),
    };
    if let Some((changes, pushes)) = signals.with(|live| (live.changes(), live.pushes())) {
        Task::follow(changes, move |()| signals.refresh()).belong_to_owner();
        Task::follow(pushes, move |()| signals.show_local()).belong_to_owner();
    }
    signals
}

impl<G: LiveGroup> LiveSignals<G> {
    /// The model as it was set last. Tracked.
    #[must_use]
    pub fn local(self) -> G::Model {
        self.local.get()
    }

    /// The newest result; nothing before the first. An error leaves it as it is. Tracked.
    #[must_use]
    pub fn result(self) -> Option<Rc<G::Result>> {
        self.result.get()
    }

    /// What is known of the group. Tracked: changes with each input and each answer.
    #[must_use]
    pub fn status(self) -> LiveStatus {
        self.status.get()
    }

    /// Whether something set is not answered yet. Tracked.
    #[must_use]
    pub fn pending(self) -> bool {
        self.status.with(|status| status.pending)
    }

    /// Whether the server has not answered for suspiciously long. Tracked.
    #[must_use]
    pub fn stalled(self) -> bool {
        self.status.with(|status| status.stalled)
    }

    /// Why the last model was refused, or the group could not be opened. Tracked.
    #[must_use]
    pub fn model_error(self) -> Option<ModelError> {
        self.model_error.get()
    }

    /// Sets the model. One that is refused changes nothing but [`model_error`](Self::model_error).
    pub fn set(self, model: G::Model) {
        self.change(|live| live.set(model));
    }

    /// Changes the model. What is refused changes nothing but [`model_error`](Self::model_error).
    pub fn update(self, change: impl FnOnce(&mut G::Model)) {
        self.change(|live| live.update(change));
    }

    /// A person took hold of a control.
    pub fn begin(self) {
        self.with(Live::begin);
    }

    /// The person let go: the values are final. May be called for several events of one release.
    pub fn commit(self) {
        self.with(Live::commit);
    }

    /// The person gave the gesture up: back to the model from before it.
    pub fn cancel(self) {
        self.with(Live::cancel);
        self.show_local();
    }

    fn with<T>(self, act: impl FnOnce(&Live<G>) -> T) -> Option<T> {
        // An event may come after the component is gone.
        self.live.try_with_value(|live| live.as_ref().map(act)).flatten()
    }

    fn change(self, change: impl FnOnce(&Live<G>) -> Result<(), ModelError>) {
        match self.with(change) {
            Some(Ok(())) => {
                self.show_local();
                if self.model_error.with_untracked(Option::is_some) {
                    self.model_error.set(None);
                }
            }
            Some(Err(error)) => self.model_error.set(Some(error)),
            // It was never opened, and the reason stands; or it is closed.
            None => {}
        }
    }

    fn show_local(self) {
        if let Some(model) = self.with(Live::local) {
            self.local.set(model);
        }
    }

    /// Takes over what changed by itself.
    fn refresh(self) {
        let Some((result, status)) = self.with(|live| (live.result(), live.status())) else {
            return;
        };
        let shown = self.result.get_untracked();
        if shown.as_ref().map(Rc::as_ptr) != result.as_ref().map(Rc::as_ptr) {
            self.result.set(result);
        }
        if self.status.with_untracked(|shown| *shown != status) {
            self.status.set(status);
        }
    }
}

impl<G: LiveGroup> Clone for LiveSignals<G> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<G: LiveGroup> Copy for LiveSignals<G> {}
