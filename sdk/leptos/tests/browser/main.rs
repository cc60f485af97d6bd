//! The signals in a real browser's page, against a scripted WebSocket.
#![cfg(test)]
#![cfg(target_arch = "wasm32")]

mod bind;
mod client;
mod component;
mod connection;
mod contract;
mod live;
mod request;
mod stream;
mod topic;
mod view;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
