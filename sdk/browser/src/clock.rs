use fader_core::Instant;
use wasm_bindgen::prelude::*;
use web_sys::Performance;

#[wasm_bindgen]
extern "C" {
    // A name of the global scope, so that it is found in workers as well.
    #[wasm_bindgen(thread_local_v2, js_name = performance)]
    static PERFORMANCE: Performance;
}

/// The present, by the page's monotonic clock: counted from the page's start,
/// unmoved by changes of the wall clock.
pub(crate) fn now() -> Instant {
    // A cast from a float saturates.
    Instant::from_micros((PERFORMANCE.with(Performance::now) * 1000.0) as u64)
}
