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
    /// Begins to connect, to the first of `urls`; the others follow where that fails. `config`
    /// has what `config_of` takes. `credentials` takes a function to call with the credentials
    /// as a text, or with nothing for a client that is nobody in particular; or else with a
    /// text that says why they cannot be had, behind nothing.
    ///
    /// # Errors
    /// Throws a text that says what is wrong with the URL.
    #[wasm_bindgen(constructor)]
    pub fn new(
        urls: Vec<String>,
        config: &[f64],
        web_socket: Option<Function>,
        credentials: Option<Function>,
        face: Face,
    ) -> Result<Engine, String> {
        boundary::use_memory(&wasm_bindgen::memory());
        let credentials =
            credentials.map(|give| Credentials::with(move |answer| ask(&give, answer)));
        let reach = Reach { urls, web_socket, credentials };
        Shell::start(reach, config_of(config), JsApp::new(face))
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

    /// Calls a method that answers with many items, in the same way. The face is told of each
    /// item, and says that it was [taken](Self::taken).
    pub fn stream(&self, method: &str, params: JsValue, waiting: JsValue) -> f64 {
        let params = JsPayload::to_send(params);
        self.call(waiting, |core, now| core.stream(now, method, params))
    }

    /// The reader of a stream took an item.
    pub fn taken(&self, id: f64) {
        let id = RequestId::from_number(id as u64);
        self.shell.command(|core, now| core.stream_consumed(now, id, 1));
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

/// The options, as `configOf` of `ts/options.ts` puts them in a row; what is no number has its default.
fn config_of(given: &[f64]) -> Config {
    let mut config = Config::default();
    let Config { dial_timeout, request_timeout, backoff, heartbeat, queue, .. } = &mut config;
    let times = [
        dial_timeout,
        request_timeout,
        &mut backoff.base,
        &mut backoff.cap,
        &mut backoff.min_uptime,
        &mut backoff.budget_refill,
        &mut heartbeat.interval,
        &mut heartbeat.timeout,
        &mut heartbeat.probe_timeout,
    ];
    let counts =
        [&mut queue.requests, &mut queue.bytes, &mut queue.in_flight, &mut queue.stream_items];
    let mut given = given.iter().copied();
    for time in times {
        *time = given.next().filter(|time| !time.is_nan()).map_or(*time, duration);
    }
    for count in counts {
        *count =
            given.next().filter(|count| !count.is_nan()).map_or(*count, |count| count as usize);
    }
    let budget = given.next().filter(|budget| !budget.is_nan());
    backoff.budget = budget.map_or(backoff.budget, |budget| budget as u32);
    config
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
