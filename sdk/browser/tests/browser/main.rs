//! The client in a real browser's page, against a scripted WebSocket.
#![cfg(test)]
#![cfg(target_arch = "wasm32")]

mod bind;
mod cleanup;
mod client;
mod connecting;
mod contract;
mod lifecycle;
mod live;
mod requests;
mod states;
mod streams;
mod topics;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
