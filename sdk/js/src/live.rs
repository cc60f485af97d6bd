use std::rc::Rc;

use fader::ModelError;
use fader::shell::{BoundInput, Gestures, Held, bind_input};
use fader_core::{GroupId, LiveError, Policy, Rejection};
use js_sys::{Function, JsString};
use wasm_bindgen::prelude::*;
use web_sys::HtmlInputElement;

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
    /// Told of what an input makes of a gesture: `begin`, `commit` or `cancel`.
    gesture: Function,
    held: Held,
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
        Ok(Self { group: Rc::new(Inner { shell, id, gesture, held: Held::default() }) })
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
        let keys: Vec<String> = keys.into_iter().map(String::from).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        self.group.begin_keys(&keys).map_err(|error| describe(&error))
    }

    /// The person let go.
    pub fn commit(&self) {
        self.group.commit_gesture();
    }

    /// The person gave the gesture up. Says whether there was one.
    pub fn cancel(&self) -> bool {
        self.group.cancel_gesture()
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

    /// Binds an input to a key: `get` answers the key's value and `set` takes a new one.
    pub fn bind(&self, input: &HtmlInputElement, key: &str, get: Function, set: Function) -> Bound {
        let is_number = matches!(input.type_().as_str(), "range" | "number");
        let shown = input.clone();
        let show = move |_: &Inner| {
            // The face's own functions do not throw.
            let value = get.call0(&JsValue::NULL).unwrap_or_default();
            match value.as_f64() {
                Some(value) if is_number && shown.value_as_number() == value => {}
                Some(value) if is_number => shown.set_value_as_number(value),
                _ => match value.as_string() {
                    Some(value) if shown.value() == value => {}
                    value => shown.set_value(&value.unwrap_or_default()),
                },
            }
        };
        let read = move |input: &HtmlInputElement| -> Option<JsValue> {
            if !is_number {
                return Some(input.value().into());
            }
            Some(input.value_as_number()).filter(|value| value.is_finite()).map(Into::into)
        };
        let set = move |_: &Inner, value: JsValue| {
            let _ = set.call1(&JsValue::NULL, &value);
            Ok(())
        };
        Bound { input: bind_input(&self.group, input, key, show, read, set) }
    }
}

/// An input that is bound to a live group.
#[wasm_bindgen]
pub struct Bound {
    input: BoundInput<Inner>,
}

#[wasm_bindgen]
impl Bound {
    /// The model may have changed.
    pub fn show(&self) {
        self.input.show();
    }

    /// Unbinds the input; a gesture that is being made is committed.
    pub fn release(self) {
        self.input.release();
    }
}

impl Inner {
    fn begin_keys(&self, keys: &[&str]) -> Result<(), LiveError> {
        self.shell.command(|core, now| core.live_begin(now, self.id, keys))
    }

    fn commit_gesture(&self) {
        self.shell.command(|core, now| core.live_commit(now, self.id));
    }

    fn cancel_gesture(&self) -> bool {
        self.shell.command(|core, now| core.live_cancel(now, self.id))
    }

    fn tell(&self, what: &str) {
        // The face's own function does not throw.
        let _ = self.gesture.call1(&JsValue::NULL, &what.into());
    }
}

impl Gestures for Inner {
    fn held(&self) -> &Held {
        &self.held
    }

    fn begin(&self, keys: &[&str]) -> Result<(), ModelError> {
        self.tell("begin");
        Ok(self.begin_keys(keys)?)
    }

    fn commit(&self) {
        self.commit_gesture();
        self.tell("commit");
    }

    fn cancel(&self) {
        if self.cancel_gesture() {
            self.tell("cancel");
        }
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
