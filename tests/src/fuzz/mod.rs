//! What a fuzzer feeds to both ends: any bytes, of which nothing may panic.
//!
//! The targets of the folder `fuzz` call these, and the test `fuzz_corpus` runs
//! them over the inputs that are committed there. Inputs are text, one step a
//! line, so that they can be read, written by hand, and spliced.

mod client;
mod decode;
mod server;

use fader_protocol::Message;

pub use client::client;
pub use decode::{client_decode, server_decode};
pub use server::{server, server_counted};

/// The steps of an input: a word, and what follows it on its line.
fn steps(input: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(input);
    text.lines()
        .take(MOST_STEPS)
        .map(|line| {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            (word.to_owned(), rest.to_owned())
        })
        .collect()
}

/// More would only make the fuzzer slow.
const MOST_STEPS: usize = 200;

/// The binary message of a step: its bytes up to a space, and then its text.
fn binary(text: &str) -> Message {
    let (bytes, text) = text.split_once(' ').unwrap_or_default();
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    Message::Binary([&length, text.as_bytes(), bytes.as_bytes()].concat())
}

/// A number of a step; 0 if it is none.
fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(0)
}
