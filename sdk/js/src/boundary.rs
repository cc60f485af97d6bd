//! The functions of `boundary.js`.

use js_sys::{JsString, Object};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

#[wasm_bindgen(module = "/src/boundary.js")]
extern "C" {
    pub(crate) fn size(message: &JsValue) -> usize;
    pub(crate) fn parse(message: &JsValue) -> i32;
    #[wasm_bindgen(js_name = nextFrame)]
    pub(crate) fn next_frame() -> f64;
    #[wasm_bindgen(js_name = nextIsNull)]
    pub(crate) fn next_is_null() -> bool;
    #[wasm_bindgen(js_name = nextNumber)]
    pub(crate) fn next_number() -> f64;
    #[wasm_bindgen(js_name = nextText)]
    pub(crate) fn next_text() -> Option<String>;
    #[wasm_bindgen(js_name = nextPayload)]
    pub(crate) fn next_payload() -> JsValue;
    #[wasm_bindgen(js_name = nextMembers)]
    pub(crate) fn next_members() -> Option<Vec<JsString>>;
    #[wasm_bindgen(js_name = nextObject)]
    pub(crate) fn next_object() -> Option<Object>;
    pub(crate) fn number(object: &Object, name: &str) -> f64;
    pub(crate) fn member(object: &Object, name: &str) -> JsValue;
    #[wasm_bindgen(js_name = payloadSize)]
    pub(crate) fn payload_size(payload: &JsValue) -> i32;
    #[wasm_bindgen(js_name = useMemory)]
    pub(crate) fn use_memory(memory: &JsValue);
    pub(crate) fn begin(code: f64);
    pub(crate) fn add(number: f64);
    #[wasm_bindgen(js_name = addLiteral)]
    pub(crate) fn add_literal(literal: &JsValue);
    #[wasm_bindgen(js_name = addString)]
    pub(crate) fn add_string(at: *const u8, length: usize);
    #[wasm_bindgen(js_name = addPayload)]
    pub(crate) fn add_payload(payload: &JsValue, size: usize);
    pub(crate) fn open();
    #[wasm_bindgen(js_name = addName)]
    pub(crate) fn add_name(at: *const u8, length: usize);
    pub(crate) fn close();
    pub(crate) fn fits(limit: usize) -> bool;
    #[wasm_bindgen(js_name = takeBack)]
    pub(crate) fn take_back();
    pub(crate) fn finish() -> JsValue;
    pub(crate) fn send(web_socket: &WebSocket, message: &JsValue);

    pub(crate) fn rejection(code: &str, message: &str, data: JsValue) -> JsValue;
    pub(crate) fn position(epoch: &str, offset: f64) -> JsValue;
    #[wasm_bindgen(js_name = eventItem)]
    pub(crate) fn event_item(event: JsValue) -> JsValue;
    #[wasm_bindgen(js_name = gapItem)]
    pub(crate) fn gap_item(from: f64, to: f64, reason: &str) -> JsValue;
    #[wasm_bindgen(js_name = subscribedItem)]
    pub(crate) fn subscribed_item(epoch: &str, offset: f64, recovered: bool) -> JsValue;
    #[wasm_bindgen(js_name = endItem)]
    pub(crate) fn end_item(code: &str, message: &str, data: JsValue) -> JsValue;
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
