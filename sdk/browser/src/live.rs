use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use fader_core::{GroupId, Holder, LiveError, Patch, Policy, RawPayload, Rejection};
use fader_protocol::{LiveGroup, json};

use crate::driver::{Driver, GroupEvents};
use crate::model::Model;
use crate::watch::Watch;
use crate::{Latest, LiveStatus, ModelError, error};

/// The rejection code in [`LiveStatus::error`] once the client is closed.
const CLOSED: &str = "closed";

/// A live group: a model that a person changes continuously, and the server's
/// result for it; opened by [`Client::live`](crate::Client::live).
///
/// [`set`](Live::set) takes effect locally at once and never waits. The newest
/// values travel as fast as the server answers; the result shown is never
/// replaced by an older one, and the last values set are always the last ones
/// computed, also across a reconnect.
///
/// Where there is a gesture, say so: [`begin`](Live::begin) when a person takes
/// hold of a control, [`commit`](Live::commit) when they let go, and
/// [`cancel`](Live::cancel) when they give up.
///
/// Dropping it commits what was set and closes the group.
pub struct Live<G: LiveGroup> {
    driver: Rc<Driver>,
    id: GroupId,
    group: Rc<Group<G>>,
    /// What was known of the group when it was last asked for.
    status: RefCell<LiveStatus>,
}

/// The group as the app sees it.
struct Group<G: LiveGroup> {
    model: RefCell<Model<G::Model>>,
    result: RefCell<Option<Rc<G::Result>>>,
    /// Why what the server sent last could not be read.
    unreadable: RefCell<Option<Rejection<RawPayload>>>,
    changes: Watch<()>,
    /// Counts the changes of the model.
    version: Watch<u64>,
}

impl<G: LiveGroup> Live<G> {
    pub(crate) fn open(
        driver: Rc<Driver>,
        initial: G::Model,
        policy: Policy,
    ) -> Result<Self, ModelError> {
        let model = Model::new(initial)?;
        let keys = model.keys().clone();
        let id = driver.command(|core, now| core.live_open(now, G::NAME, keys, policy))?;
        let group = Rc::new(Group {
            model: RefCell::new(model),
            result: RefCell::new(None),
            unreadable: RefCell::new(None),
            changes: Watch::new(()),
            version: Watch::new(0),
        });
        driver.watch_group(id, group.clone());
        Ok(Self { driver, id, group, status: RefCell::default() })
    }

    /// Sets the model. Only the keys that hold something else than before travel.
    ///
    /// # Errors
    /// When the model has not the keys that it had at first or is too large, or
    /// the client is closed. Nothing is set then.
    pub fn set(&self, model: G::Model) -> Result<(), ModelError> {
        let changes = self.group.model.borrow().changes(&model)?;
        if !changes.is_empty() {
            let patch = changes.clone();
            self.driver.command(|core, now| core.live_set(now, self.id, patch))?;
        }
        self.group.model.borrow_mut().set(model, changes);
        // Also if nothing travels: fields that are not serialized may have changed.
        self.group.model_changed();
        self.group.changes.set(());
        Ok(())
    }

    /// Changes the model.
    ///
    /// # Errors
    /// As [`set`](Live::set).
    pub fn update(&self, change: impl FnOnce(&mut G::Model)) -> Result<(), ModelError> {
        let mut model = self.local();
        change(&mut model);
        self.set(model)
    }

    /// A person took hold of a control: what is set until [`commit`](Live::commit)
    /// or [`cancel`](Live::cancel) is one gesture, in which nothing from
    /// elsewhere moves the model. Does nothing during one, or once the client is closed.
    pub fn begin(&self) {
        // Only a closed group refuses to be held as a whole.
        let _ = self.begin_keys(&[]);
    }

    /// As [`begin`](Live::begin), but only the controls of `keys` are held (all,
    /// where none is named): what comes from elsewhere still moves the others.
    /// During a gesture, these keys are held as well.
    ///
    /// # Errors
    /// When the model has no such key, or the client is closed.
    pub fn begin_keys(&self, keys: &[&str]) -> Result<(), ModelError> {
        Ok(self.hold(Holder::APP, keys, None)?)
    }

    /// The person let go: the values are final, and leave at once. Does nothing
    /// if they were final already, so that several events may report one release.
    ///
    /// A [`Binding`](crate::Binding) whose control a person holds is not let go of.
    pub fn commit(&self) {
        self.commit_by(Holder::APP);
    }

    /// As [`commit`](Live::commit), but only the controls of `keys` are let go of.
    ///
    /// # Errors
    /// When the model has no such key, or the client is closed.
    pub fn commit_keys(&self, keys: &[&str]) -> Result<(), ModelError> {
        Ok(self.driver.command(|core, now| core.live_commit_keys(now, self.id, keys))?)
    }

    /// The person gave the gesture up: its keys hold again what they held at
    /// [`begin`](Live::begin). Does nothing outside of a gesture.
    pub fn cancel(&self) {
        self.cancel_by(Holder::APP);
    }

    pub(crate) fn check_keys(&self, keys: &[&str]) -> Result<(), LiveError> {
        self.driver.ask(|core, _| core.live_check_keys(self.id, keys))
    }

    pub(crate) fn hold(
        &self,
        holder: Holder,
        keys: &[&str],
        quiet: Option<Duration>,
    ) -> Result<(), LiveError> {
        self.driver.command(|core, now| core.live_begin(now, self.id, holder, keys, quiet))
    }

    pub(crate) fn is_held_by(&self, holder: Holder) -> bool {
        self.driver.ask(|core, _| core.live_is_held_by(self.id, holder))
    }

    pub(crate) fn commit_by(&self, holder: Holder) {
        self.driver.command(|core, now| core.live_commit(now, self.id, holder));
    }

    pub(crate) fn cancel_by(&self, holder: Holder) {
        let reverted = self.driver.command(|core, now| core.live_cancel(now, self.id, holder));
        if let Some(reverted) = reverted.filter(|patch| !patch.is_empty()) {
            self.group.merge(reverted);
        }
    }

    /// The model as it was set last, here or elsewhere.
    #[must_use]
    pub fn local(&self) -> G::Model {
        self.group.model.borrow().value().clone()
    }

    /// The newest result; nothing before the first. An error leaves it as it is.
    #[must_use]
    pub fn result(&self) -> Option<Rc<G::Result>> {
        self.group.result.borrow().clone()
    }

    /// What is known of the group at the moment. What the server sent and is not
    /// of the contract's type stands in [`LiveStatus::error`] as `bad-reply`, a
    /// closed client as `closed`.
    #[must_use]
    pub fn status(&self) -> LiveStatus {
        let present = self.driver.ask(|core, now| core.live_status(now, self.id));
        let mut status = present.unwrap_or_else(|| LiveStatus {
            in_flight: 0,
            gesture: false,
            stalled: false,
            error: Some(Rejection::new(CLOSED, "the client is closed")),
            ..self.status.borrow().clone()
        });
        if status.error.is_none() {
            status.error = self.group.unreadable.borrow().clone();
        }
        self.status.replace(status.clone());
        status
    }

    /// A stream with an item whenever the model, the result or the status has
    /// changed since its last item. Ends when this handle is dropped.
    #[must_use]
    pub fn changes(&self) -> Latest<()> {
        self.group.changes.changes()
    }

    /// Counts the changes of the model: whether set, cancelled or from elsewhere.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.group.version.value()
    }

    /// A stream with the newest [`version`](Live::version) whenever the model has
    /// changed since its last item. Ends when this handle is dropped.
    #[must_use]
    pub fn versions(&self) -> Latest<u64> {
        self.group.version.changes()
    }
}

impl<G: LiveGroup> Drop for Live<G> {
    fn drop(&mut self) {
        self.driver.unwatch_group(self.id);
        self.driver.command(|core, now| core.live_close(now, self.id));
    }
}

impl<G: LiveGroup> fmt::Debug for Live<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("name", &G::NAME).finish_non_exhaustive()
    }
}

impl<G: LiveGroup> Group<G> {
    fn model_changed(&self) {
        self.version.set(self.version.value() + 1);
    }

    /// Some keys hold other values, which were not set here.
    fn merge(&self, patch: Patch<RawPayload>) {
        let merged = self.model.borrow_mut().merge(patch);
        if let Err(error) = merged {
            self.unreadable.replace(Some(error::undecodable(&error)));
        }
        self.model_changed();
        self.changes.set(());
    }
}

impl<G: LiveGroup> GroupEvents for Group<G> {
    fn answered(&self, outcome: Result<RawPayload, Rejection<RawPayload>>) {
        // The core keeps an error of the server's.
        let decoded = outcome.ok().map(json::from_payload::<G::Result>);
        let (result, unreadable) = match decoded {
            Some(Ok(result)) => (Some(Rc::new(result)), None),
            Some(Err(error)) => (None, Some(error::undecodable(&error))),
            None => (None, None),
        };
        self.unreadable.replace(unreadable);
        if result.is_some() {
            let old = self.result.replace(result);
            drop(old);
        }
        self.changes.set(());
    }

    fn pushed(&self, patch: Patch<RawPayload>) {
        self.merge(patch);
    }

    fn status_changed(&self) {
        self.changes.set(());
    }
}
