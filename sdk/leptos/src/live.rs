use std::rc::Rc;
use std::time::Duration;

use fader::{Binding, Live, LiveGroup, LiveStatus, ModelError, Policy};
use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::HtmlElement;

use crate::task::Task;
use crate::use_client;

/// How often the staleness is renewed, in milliseconds.
const STALENESS_MS: u32 = 100;

/// A live group as signals; made by [`use_live`].
pub struct LiveSignals<G: LiveGroup> {
    /// Nothing if it could not be opened.
    live: StoredValue<Option<Rc<Live<G>>>, LocalStorage>,
    /// The version of the model that `local` shows.
    shown: StoredValue<u64>,
    local: RwSignal<G::Model, LocalStorage>,
    result: RwSignal<Option<Rc<G::Result>>, LocalStorage>,
    status: RwSignal<LiveStatus>,
    staleness: RwSignal<Duration>,
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
    use_live_with(initial, Policy::default())
}

/// As [`use_live`], with another policy for what leaves during a gesture than [`Policy::Adaptive`].
///
/// # Panics
/// As [`use_live`].
#[must_use]
pub fn use_live_with<G: LiveGroup>(initial: G::Model, policy: Policy) -> LiveSignals<G> {
    let opened = use_client().client().live_with::<G>(initial.clone(), policy);
    let signals = LiveSignals {
        local: RwSignal::new_local(initial),
        result: RwSignal::new_local(None),
        status: RwSignal::new(opened.as_ref().map(Live::status).unwrap_or_default()),
        model_error: RwSignal::new(opened.as_ref().err().cloned()),
        staleness: RwSignal::new(Duration::ZERO),
        shown: StoredValue::new(0),
        live: StoredValue::new_local(opened.ok().map(Rc::new)),
    };
    if let Some((changes, versions)) = signals.with(|live| (live.changes(), live.versions())) {
        Task::follow(changes, move |()| signals.refresh()).belong_to_owner();
        Task::follow(versions, move |version| {
            if version != signals.shown.get_value() {
                signals.show_local();
            }
        })
        .belong_to_owner();
        Task::spawn(signals.grow_stale()).belong_to_owner();
    }
    signals
}

impl<G: LiveGroup> LiveSignals<G> {
    /// The model as it was set last, as a signal: for `with`, for memos, and to hand on.
    #[must_use]
    pub fn model(self) -> Signal<G::Model, LocalStorage> {
        self.local.into()
    }

    /// The model as it was set last. Tracked.
    #[must_use]
    pub fn local(self) -> G::Model {
        self.local.get()
    }

    /// The model as it was set last, not tracked.
    #[must_use]
    pub fn local_untracked(self) -> G::Model {
        self.local.get_untracked()
    }

    /// The newest result; nothing before the first. An error leaves it as it is. Tracked.
    #[must_use]
    pub fn result(self) -> Option<Rc<G::Result>> {
        self.result.get()
    }

    /// What is known of the group. Tracked: changes with each input and each answer, and
    /// for a second after that, while its rates go down.
    #[must_use]
    pub fn status(self) -> LiveStatus {
        self.status.get()
    }

    /// Whether something set is not answered yet. Tracked.
    #[must_use]
    pub fn pending(self) -> bool {
        self.status.with(|status| status.pending)
    }

    /// How long ago the oldest input was made that the result does not contain
    /// yet; zero when it contains all. Tracked: renewed ten times a second while
    /// an answer is missing.
    #[must_use]
    pub fn staleness(self) -> Duration {
        self.staleness.get()
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

    /// A person took hold of the controls of `keys`: what comes from elsewhere
    /// still moves the others. An unknown key shows in [`model_error`](Self::model_error).
    pub fn begin_keys(self, keys: &[&str]) {
        self.change(|live| live.begin_keys(keys));
    }

    /// Binds an element to one number of the model, whenever it is in the page until the
    /// present owner is gone, as [`Live::bind_number`] does. What cannot be bound shows in
    /// [`model_error`](Self::model_error).
    pub fn bind_number<E>(
        self,
        element: NodeRef<E>,
        key: &'static str,
        get: impl Fn(&G::Model) -> f64 + Clone + 'static,
        set: impl Fn(&mut G::Model, f64) + Clone + 'static,
    ) where
        E: html::ElementType + 'static,
        E::Output: JsCast + Clone + AsRef<HtmlElement> + 'static,
    {
        self.bind(element, move |live, element| {
            live.bind_number(element.as_ref(), key, get.clone(), set.clone())
        });
    }

    /// Binds an element with text to one string of the model, as
    /// [`bind_number`](Self::bind_number) does: see [`Live::bind_text`].
    pub fn bind_text<E>(
        self,
        element: NodeRef<E>,
        key: &'static str,
        get: impl Fn(&G::Model) -> String + Clone + 'static,
        set: impl Fn(&mut G::Model, String) + Clone + 'static,
    ) where
        E: html::ElementType + 'static,
        E::Output: JsCast + Clone + AsRef<HtmlElement> + 'static,
    {
        self.bind(element, move |live, element| {
            live.bind_text(element.as_ref(), key, get.clone(), set.clone())
        });
    }

    /// Binds a checkbox to one boolean of the model, as
    /// [`bind_number`](Self::bind_number) does.
    pub fn bind_bool(
        self,
        checkbox: NodeRef<html::Input>,
        key: &'static str,
        get: impl Fn(&G::Model) -> bool + Clone + 'static,
        set: impl Fn(&mut G::Model, bool) + Clone + 'static,
    ) {
        self.bind(checkbox, move |live, checkbox| {
            live.bind_bool(&checkbox, key, get.clone(), set.clone())
        });
    }

    /// Binds a bare element to a point of the model, as [`bind_number`](Self::bind_number)
    /// does: see [`Live::bind_pad`].
    pub fn bind_pad(
        self,
        element: NodeRef<html::Div>,
        keys: &'static [&'static str],
        get: impl Fn(&G::Model) -> (f64, f64) + Clone + 'static,
        set: impl Fn(&mut G::Model, f64, f64) + Clone + 'static,
    ) {
        self.bind(element, move |live, element| {
            live.bind_pad(&element, keys, get.clone(), set.clone())
        });
    }

    /// Makes gestures of what a person does to an element that the app moves, whenever it
    /// is in the page until the present owner is gone: see [`Live::bind_gesture`].
    pub fn bind_gesture<E>(self, element: NodeRef<E>, keys: &'static [&'static str])
    where
        E: html::ElementType + 'static,
        E::Output: JsCast + Clone + AsRef<HtmlElement> + 'static,
    {
        self.bind(element, move |live, element| live.bind_gesture(element.as_ref(), keys));
    }

    /// Binds a control as `bind` says, whenever `element` is in the page until the
    /// present owner is gone: for a [`Binding`] with options. An element that is shown
    /// again, as in a `<Show>`, is another one, for which `bind` is called again.
    pub fn bind<E>(
        self,
        element: NodeRef<E>,
        bind: impl Fn(&Rc<Live<G>>, E::Output) -> Result<Binding, ModelError> + 'static,
    ) where
        E: html::ElementType + 'static,
        E::Output: JsCast + Clone + 'static,
    {
        let binding = StoredValue::new_local(None);
        Effect::new(move |_| {
            let Some(element) = element.get() else { return };
            let bound = self
                .live
                .try_with_value(|live| live.as_ref().map(|live| untrack(|| bind(live, element))));
            match bound.flatten().transpose() {
                Ok(bound) => {
                    binding.try_update_value(|binding| *binding = bound);
                }
                Err(error) => self.model_error.set(Some(error)),
            }
        });
    }

    /// The person let go: the values are final. May be called for several events of one release.
    pub fn commit(self) {
        self.with(Live::commit);
    }

    /// As [`commit`](Self::commit), but only the controls of `keys` are let go of. An
    /// unknown key shows in [`model_error`](Self::model_error).
    pub fn commit_keys(self, keys: &[&str]) {
        self.change(|live| live.commit_keys(keys));
    }

    /// The person gave the gesture up: back to the model from before it.
    pub fn cancel(self) {
        self.with(Live::cancel);
        self.show_local();
    }

    fn with<T>(self, act: impl FnOnce(&Live<G>) -> T) -> Option<T> {
        // An event may come after the component is gone.
        self.live.try_with_value(|live| live.as_deref().map(act)).flatten()
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
        if let Some((model, version)) = self.with(|live| (live.local(), live.version())) {
            self.shown.set_value(version);
            self.local.set(model);
        }
    }

    /// Shows how stale the result is, for as long as it is, and what happened in
    /// the last second, for as long as something did.
    async fn grow_stale(self) {
        let Some(mut changes) = self.with(Live::changes) else { return };
        loop {
            let Some(stale) = self.with(|live| live.status().staleness) else { return };
            if self.staleness.get_untracked() != stale {
                self.staleness.set(stale);
            }
            let is_busy = self.status.with_untracked(|status| {
                status.frames_per_second > 0 || status.results_per_second > 0
            });
            if is_busy {
                self.refresh();
            }
            if is_busy || !stale.is_zero() {
                TimeoutFuture::new(STALENESS_MS).await;
            } else if changes.next().await.is_none() {
                return;
            }
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
