use std::rc::Rc;
use std::time::Duration;

use fader::ModelError;
use fader::shell::{Control, Field, Gestures, Kind, Moved};
use fader_core::{GroupId, Holder, LiveError, Patch, Policy, Rejection};
use js_sys::{Array, Function, JsString};
use wasm_bindgen::prelude::*;

use crate::boundary;
use crate::client::{Engine, JsShell, duration, millis};
use crate::payload::JsPayload;

/// A live group, as the TypeScript half uses it, which keeps the model.
#[wasm_bindgen]
pub struct Group {
    group: Rc<Inner>,
}

struct Inner {
    shell: Rc<JsShell>,
    id: GroupId,
    /// Told when a control has made a gesture of something: with the keys that are
    /// reverted, as `cancel` gives them, if it is that.
    gesture: Function,
}

#[wasm_bindgen]
impl Group {
    /// Opens a group, with the model's keys and the JSON texts of their values by turns.
    /// `policy` is its name, `wait` the time of those that have one.
    ///
    /// # Errors
    /// Throws a text that says what is wrong; empty where the client is closed.
    #[wasm_bindgen(constructor)]
    pub fn new(
        engine: &Engine,
        name: &str,
        model: Vec<JsString>,
        policy: &str,
        wait: f64,
        gesture: Function,
    ) -> Result<Group, String> {
        let policy = match policy {
            "every-frame" => Policy::EveryFrame,
            "throttle" => Policy::Throttle(duration(wait)),
            "debounce" => Policy::Debounce(duration(wait)),
            "on-commit" => Policy::OnCommit,
            _ => Policy::Adaptive,
        };
        let (shell, model) = (engine.shell.clone(), JsPayload::patch(model));
        let id = shell
            .command(|core, now| core.live_open(now, name, model, policy))
            .map_err(|error| describe(&error))?;
        Ok(Self { group: Rc::new(Inner { shell, id, gesture }) })
    }

    /// Names the group in what the face is told.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> f64 {
        self.group.id.number() as f64
    }

    /// Sets some keys, as [`new`](Group::new) has them.
    ///
    /// # Errors
    /// As [`new`](Group::new).
    pub fn set(&self, members: Vec<JsString>) -> Result<(), String> {
        let Inner { shell, id, .. } = &*self.group;
        let patch = JsPayload::patch(members);
        shell.command(|core, now| core.live_set(now, *id, patch)).map_err(|error| describe(&error))
    }

    /// A person took hold of the controls of `keys`; of all where none is named.
    ///
    /// # Errors
    /// As [`new`](Group::new).
    pub fn begin(&self, keys: Vec<JsString>) -> Result<(), String> {
        with_keys(keys, &mut |keys| self.group.hold(Holder::APP, keys, None))
    }

    /// The person let go: of `keys`, or of all that [`begin`](Group::begin) held where none
    /// is named.
    ///
    /// # Errors
    /// As [`new`](Group::new).
    pub fn commit(&self, keys: Vec<JsString>) -> Result<(), String> {
        if keys.is_empty() {
            self.group.commit_by(Holder::APP);
            return Ok(());
        }
        let Inner { shell, id, .. } = &*self.group;
        with_keys(keys, &mut |keys| {
            shell.command(|core, now| core.live_commit_keys(now, *id, keys))
        })
    }

    /// The person gave the gesture up. Gives the keys that hold other values then, as
    /// [`new`](Group::new) has them.
    pub fn cancel(&self) -> Vec<JsValue> {
        members(self.group.cancel_by(Holder::APP))
    }

    /// What is known of the group, but for the model and the result; nothing once the client is closed.
    pub fn status(&self) -> JsValue {
        let Inner { shell, id, .. } = &*self.group;
        let Some(status) = shell.ask(|core, now| core.live_status(now, *id)) else {
            return JsValue::UNDEFINED;
        };
        let counters = status.counters;
        boundary::live_status(
            status.pending,
            status.in_flight as f64,
            status.gesture,
            status.stalled,
            status.partial,
            millis(status.staleness),
            status.rtt.map(millis),
            status.wait.map(millis),
            status.service.map(millis),
            status.frames_per_second,
            status.results_per_second,
            counters.inputs as f64,
            counters.frames as f64,
            counters.coalesced as f64,
            counters.conflated as f64,
            counters.results as f64,
            counters.partials as f64,
            counters.stale as f64,
            counters.resent as f64,
        )
    }

    /// Why the last answer was no result: a rejection.
    pub fn error(&self) -> JsValue {
        let Inner { shell, id, .. } = &*self.group;
        let status = shell.ask(|core, now| core.live_status(now, *id));
        let Some(Rejection { code, message, data }) = status.and_then(|status| status.error) else {
            return JsValue::UNDEFINED;
        };
        boundary::rejection(&code, &message, JsPayload::or_undefined(data))
    }

    /// Binds an element to a key that holds a JSON type: `get` answers the key's value and
    /// `set` takes a new one.
    ///
    /// # Errors
    /// As [`new`](Group::new).
    #[expect(clippy::needless_pass_by_value, reason = "a borrow is leaked by what throws")]
    pub fn bind(
        &self,
        element: JsValue,
        key: &str,
        holds: &str,
        get: Function,
        set: Function,
    ) -> Result<Bound, String> {
        let field = Field {
            // The face's own functions do not throw.
            show: move |_: &Inner| get.call0(&JsValue::NULL).unwrap_or_default(),
            set: move |_: &Inner, value: JsValue| {
                let _ = set.call1(&JsValue::NULL, &value);
                Ok(())
            },
        };
        let control = Control::field(&self.group, &element, key, holds, field);
        control.map(|control| Bound { control }).map_err(|error| describe_any(&error))
    }

    /// Makes gestures of what a person does to an element that the app moves.
    ///
    /// # Errors
    /// As [`new`](Group::new).
    #[expect(clippy::needless_pass_by_value, reason = "a borrow is leaked by what throws")]
    pub fn gesture(&self, element: JsValue, keys: Vec<JsString>) -> Result<Bound, String> {
        let keys = names(keys);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let control = Control::gesture(&self.group, &element, Kind::Gesture, &keys, Moved);
        control.map(|control| Bound { control }).map_err(|error| describe_any(&error))
    }
}

/// An element that is bound to a live group.
#[wasm_bindgen]
pub struct Bound {
    control: Rc<Control<Inner>>,
}

#[wasm_bindgen]
impl Bound {
    /// The model may have changed.
    pub fn show(&self) {
        self.control.show();
    }

    /// Unbinds the element; a gesture that is being made is committed.
    pub fn release(self) {
        self.control.release();
    }
}

impl Inner {
    fn hold(
        &self,
        holder: Holder,
        keys: &[&str],
        quiet: Option<Duration>,
    ) -> Result<(), LiveError> {
        self.shell.command(|core, now| core.live_begin(now, self.id, holder, keys, quiet))
    }

    fn commit_by(&self, holder: Holder) {
        self.shell.command(|core, now| core.live_commit(now, self.id, holder));
    }

    fn cancel_by(&self, holder: Holder) -> Patch<JsPayload> {
        let reverted = self.shell.command(|core, now| core.live_cancel(now, self.id, holder));
        reverted.unwrap_or_default()
    }

    fn tell(&self, reverted: Patch<JsPayload>) {
        let reverted = members(reverted).into_iter().collect::<Array>();
        // The face's own function does not throw.
        let _ = self.gesture.call1(&JsValue::NULL, &reverted);
    }
}

impl Gestures for Inner {
    fn check(&self, keys: &[&str]) -> Result<(), LiveError> {
        self.shell.ask(|core, _| core.live_check_keys(self.id, keys))
    }

    fn begin(
        &self,
        holder: Holder,
        keys: &[&str],
        quiet: Option<Duration>,
    ) -> Result<(), LiveError> {
        self.hold(holder, keys, quiet)?;
        self.tell(Patch::new());
        Ok(())
    }

    fn is_held_by(&self, holder: Holder) -> bool {
        self.shell.ask(|core, _| core.live_is_held_by(self.id, holder))
    }

    fn commit(&self, holder: Holder) {
        self.commit_by(holder);
        self.tell(Patch::new());
    }

    fn cancel(&self, holder: Holder) {
        self.tell(self.cancel_by(holder));
    }
}

impl Drop for Inner {
    /// What the group holds is final.
    fn drop(&mut self) {
        self.shell.command(|core, now| core.live_close(now, self.id));
    }
}

fn describe(error: &LiveError) -> String {
    match error {
        LiveError::Closed => String::new(),
        error => error.to_string(),
    }
}

fn describe_any(error: &ModelError) -> String {
    match error {
        ModelError::Refused(error) => describe(error),
        ModelError::Unbindable(why) => why.clone(),
        // Of models that are Rust's.
        _ => String::new(),
    }
}

/// Many of the above take keys: one of it is enough.
#[inline(never)]
fn names(keys: Vec<JsString>) -> Vec<String> {
    keys.into_iter().map(String::from).collect()
}

#[inline(never)]
fn with_keys(
    keys: Vec<JsString>,
    act: &mut dyn FnMut(&[&str]) -> Result<(), LiveError>,
) -> Result<(), String> {
    let keys = names(keys);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    act(&keys).map_err(|error| describe(&error))
}

/// Names and values by turns.
pub(crate) fn members(patch: Patch<JsPayload>) -> Vec<JsValue> {
    patch.into_iter().flat_map(|(name, value)| [name.into(), value.into_value()]).collect()
}
