use fader_protocol::Topic;
use serde::{Deserialize, Serialize};

/// What something costs, each second while somebody wants to know.
pub struct Ticks;

/// An event of [`Ticks`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    /// With two decimals.
    pub price: f64,
}

impl Topic for Ticks {
    const NAME: &'static str = "ticks";
    type Event = Tick;
    type Member = ();
}
