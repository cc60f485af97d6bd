use fader_protocol::Instant;

use super::{Send, Strategy};

/// Every input.
#[derive(Debug)]
pub(crate) struct SendAll;

impl Strategy for SendAll {
    fn input(&mut self, _: Instant, input: u64) -> Send {
        Send::input(input)
    }
}
