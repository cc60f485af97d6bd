use std::rc::Rc;
use std::time::Duration;

use fader::shell::{Answer, Core, Credentials, Reach, Shell};
use fader_core::{Config, Delivery, Input, Instant, RequestId};
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::app::{Face, JsApp};
use crate::boundary;
use crate::codec::JsCodec;
use crate::payload::JsPayload;

/// The client, on JavaScript's payloads.
pub(crate) type JsShell = Shell<JsCodec, JsApp>;

/// A client, as the TypeScript half uses it. Times are in milliseconds.
#[wasm_bindgen]
pub struct Engine {
    pub(crate) shell: Rc<JsShell>,
}

#[wasm_bindgen]
impl Engine {
    /// Begins to connect. `credentials` takes a function to call with the credentials
    /// as a text, or with nothing for a client that is nobody in particular; or else with a
    /// text that says why they cannot be had, behind nothing.
    ///
    /// # Errors
    /// Throws a text that says what is wrong with the URL.
    #[wasm_bindgen(constructor)]
    pub fn new(
        url: &str,
        web_socket: Option<Function>,
        credentials: Option<Function>,
        face: Face,
    ) -> Result<Engine, String> {
        boundary::use_memory(&wasm_bindgen::memory());
        let credentials =
            credentials.map(|give| Credentials::with(move |answer| ask(&give, answer)));
        let reach = Reach { urls: vec![url.into()], web_socket, credentials };
        Shell::start(reach, Config::default(), JsApp::new(face))
            .map(|shell| Self { shell })
            .map_err(|error| error.to_string())
    }

    /// Calls a method with parameters as JSON text or a `Uint8Array`, and answers the
    /// request's id. Without a timeout the default holds. `waiting` is for the face, which
    /// is told by it what becomes of the request.
    pub fn request(
        &self,
        method: String,
        params: JsValue,
        volatile: bool,
        timeout: Option<f64>,
        key: Option<String>,
        waiting: JsValue,
    ) -> f64 {
        let delivery = match key {
            Some(key) => Delivery::Keyed(key),
            None if volatile => Delivery::Volatile,
            None => Delivery::Once,
        };
        let (params, timeout) = (JsPayload::to_send(params), timeout.map(duration));
        self.call(waiting, |core, now| core.request(now, method, params, delivery, timeout))
    }

    /// Publishes an event, in the same way.
    pub fn publish(
        &self,
        topic: String,
        event: JsValue,
        timeout: Option<f64>,
        key: Option<String>,
        waiting: JsValue,
    ) -> f64 {
        let (event, timeout) = (JsPayload::to_send(event), timeout.map(duration));
        self.call(waiting, |core, now| core.publish(now, topic, event, key, timeout))
    }

    /// The caller of a request gave up. It still settles.
    pub fn cancel(&self, id: f64) {
        let id = RequestId::from_number(id as u64);
        self.shell.command(|core, now| core.cancel(now, id));
    }

    /// While waiting for the next attempt to connect: makes it at once.
    #[wasm_bindgen(js_name = connectNow)]
    pub fn connect_now(&self) {
        self.shell.command(|core, now| core.handle(now, Input::Connect));
    }

    /// The app has other credentials now, or none any more: they are used at once.
    #[wasm_bindgen(js_name = renewCredentials)]
    pub fn renew_credentials(&self) {
        self.shell.command(Core::<JsCodec>::renew_credentials);
    }

    /// Closes the client for good.
    pub fn close(&self) {
        self.shell.handle(Input::Close);
    }

    /// Figures on the client at the moment.
    pub fn stats(&self) -> JsValue {
        let stats = self.shell.ask(|core, _| core.stats());
        boundary::stats(
            stats.rtt.map(millis),
            stats.queued as f64,
            stats.in_flight as f64,
            stats.connects as f64,
            stats.resumes as f64,
            stats.unacknowledged as f64,
            stats.overflowed as f64,
        )
    }
}

impl Engine {
    fn call(
        &self,
        waiting: JsValue,
        command: impl FnOnce(&mut Core<JsCodec>, Instant) -> RequestId,
    ) -> f64 {
        let id = self.shell.command(command);
        self.shell.app().wait(id, waiting);
        id.number() as f64
    }
}

/// Asks the app for credentials.
fn ask(give: &Function, answer: Answer) {
    let answer = Closure::once_into_js(move |text: Option<String>, why: Option<String>| {
        answer(why.map_or(Ok(text), Err));
    });
    // The face's own function does not throw.
    let _ = give.call1(&JsValue::UNDEFINED, &answer);
}

/// Whatever is not a time is none.
pub(crate) fn duration(millis: f64) -> Duration {
    // A cast from a float saturates.
    Duration::from_micros((millis * 1000.0) as u64)
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
