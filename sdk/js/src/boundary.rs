//! The functions of `boundary.js`.

use js_sys::{Array, JsString};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

#[wasm_bindgen(module = "/src/boundary.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    pub(crate) fn parse(text: &JsString) -> Result<Option<Array>, JsValue>;
    pub(crate) fn items(value: &JsValue) -> Option<Array>;
    pub(crate) fn length(array: &Array) -> u32;
    pub(crate) fn item(array: &Array, index: u32) -> JsValue;
    pub(crate) fn integer(value: &JsValue) -> f64;
    pub(crate) fn member(value: &JsValue, name: &str) -> JsValue;
    #[wasm_bindgen(catch)]
    pub(crate) fn members(value: &JsValue) -> Result<Option<Array>, JsValue>;
    #[wasm_bindgen(js_name = utf8Length)]
    pub(crate) fn utf8_length(text: &JsString) -> usize;
    pub(crate) fn splice(skeleton: &str, payloads: Vec<JsValue>) -> JsString;
    #[wasm_bindgen(catch)]
    pub(crate) fn send(web_socket: &WebSocket, message: &JsString) -> Result<(), JsValue>;

    pub(crate) fn stats(
        rtt: Option<f64>,
        queued: f64,
        in_flight: f64,
        connects: f64,
        resumes: f64,
        unacknowledged: f64,
        overflowed: f64,
    ) -> JsValue;

    #[wasm_bindgen(js_name = liveStatus)]
    pub(crate) fn live_status(
        pending: bool,
        in_flight: f64,
        gesture: bool,
        stalled: bool,
        partial: bool,
        staleness: f64,
        rtt: Option<f64>,
        wait: Option<f64>,
        service: Option<f64>,
        frames_per_second: u32,
        results_per_second: u32,
        inputs: f64,
        frames: f64,
        coalesced: f64,
        conflated: f64,
        results: f64,
        partials: f64,
        stale: f64,
        resent: f64,
    ) -> JsValue;
}
