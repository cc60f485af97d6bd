//! The types that the demo's page and server share: a five-band parametric
//! equaliser as a live group, and its presets as a method. Beside it a small
//! example of everything else: the method [`Sum`], the stream [`Countdown`], the
//! topics [`Ticks`] and [`Chat`].
//!
//! The person changes an [`Equaliser`]; the server answers with the [`Curve`]
//! that [`Equaliser::response`] computes from it.
//!
//! ```
//! use fader_demo_contract::{Equaliser, frequencies};
//!
//! let mut equaliser = Equaliser::flat();
//! equaliser.mid.gain = 6.0;
//! equaliser.validate()?;
//!
//! let curve = equaliser.response();
//! let (hz, peak) = frequencies().zip(&curve.db).max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
//! assert!((hz - equaliser.mid.frequency).abs() < 10.0);
//! assert!((peak - 6.0).abs() < 0.01);
//! # Ok::<(), fader_demo_contract::OutOfRange>(())
//! ```

mod chat;
mod countdown;
mod equaliser;
mod presets;
mod response;
mod sum;
mod ticks;

use fader_protocol::{LiveGroup, Method, NoError};

pub use chat::{Chat, MESSAGE_BYTES, Message, Person};
pub use countdown::Countdown;
pub use equaliser::{Band, Equaliser, FREQUENCY, GAIN, OutOfRange, Q, WORK_MS};
pub use presets::{Preset, presets};
pub use response::{Curve, POINTS, SAMPLE_RATE, frequencies};
pub use sum::{Addends, Sum};
pub use ticks::{Tick, Ticks};

/// The equaliser as live input: the person moves its bands, the server computes the curve.
pub struct Eq;

impl LiveGroup for Eq {
    const NAME: &'static str = "equaliser";
    type Model = Equaliser;
    type Result = Curve;
}

/// An equaliser that all share who have it open: when one moves a band, it moves
/// for everybody.
pub struct SharedEq;

impl LiveGroup for SharedEq {
    const NAME: &'static str = "equaliser/shared";
    type Model = Equaliser;
    type Result = Curve;
}

/// Asks for the equaliser's named settings: [`presets()`].
pub struct Presets;

impl Method for Presets {
    const NAME: &'static str = "presets";
    type Params = ();
    type Reply = Vec<Preset>;
    type Error = NoError;
}
