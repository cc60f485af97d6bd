use fader_protocol::{NoError, StreamMethod};

/// Counts from a number down to 0, as fast as the caller reads.
pub struct Countdown;

impl StreamMethod for Countdown {
    const NAME: &'static str = "countdown";
    type Params = u32;
    type Item = u32;
    type Error = NoError;
}
