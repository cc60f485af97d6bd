//! What the component under test and the scripted server exchange.

use fader::{LiveGroup, Method, NoError, StreamMethod, Topic};
use serde::{Deserialize, Serialize};

/// Adds numbers.
pub(crate) struct Sum;

impl Method for Sum {
    const NAME: &'static str = "sum";
    type Params = Vec<i32>;
    type Reply = i32;
    type Error = NoError;
}

/// Counts down to zero.
pub(crate) struct Countdown;

impl StreamMethod for Countdown {
    const NAME: &'static str = "countdown";
    type Params = u32;
    type Item = u32;
    type Error = String;
}

/// What people say to each other, and their names.
pub(crate) struct Chat;

impl Topic for Chat {
    const NAME: &'static str = "chat";
    type Event = String;
    type Member = String;
}

/// Two sliders and their product.
pub(crate) struct Area;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sides {
    pub(crate) width: i32,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) height: i32,
}

pub(crate) const UNIT: Sides = Sides { width: 1, height: 1 };

impl LiveGroup for Area {
    const NAME: &'static str = "area";
    type Model = Sides;
    type Result = i32;
}

fn is_zero(height: &i32) -> bool {
    *height == 0
}
