//! The functions of `boundary.js`.

use js_sys::{JsString, Object};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

#[wasm_bindgen(module = "/src/boundary.js")]
extern "C" {
    pub(crate) fn size(message: &JsValue) -> usize;
    pub(crate) fn parse(message: &JsValue) -> i32;
    #[wasm_bindgen(js_name = nextFrame)]
    pub(crate) fn next_frame() -> bool;
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
    #[wasm_bindgen(js_name = pushPayload)]
    pub(crate) fn push_payload(payload: &JsValue);
    #[wasm_bindgen(js_name = truncatePayloads)]
    pub(crate) fn truncate_payloads(count: usize);
    pub(crate) fn splice(at: *const u8, length: usize) -> JsValue;
    #[wasm_bindgen(js_name = spliceBytes)]
    pub(crate) fn splice_bytes(at: *const u8, length: usize) -> JsValue;
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
