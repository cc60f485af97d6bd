use fader_protocol::{Method, NoError};
use serde::{Deserialize, Serialize};

/// Adds two numbers: the smallest request there is.
pub struct Sum;

/// What [`Sum`] adds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Addends {
    /// The one.
    pub a: f64,
    /// The other.
    pub b: f64,
}

impl Method for Sum {
    const NAME: &'static str = "sum";
    type Params = Addends;
    type Reply = f64;
    type Error = NoError;
}
