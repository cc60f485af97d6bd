//! What the client under test and the scripted server exchange.

use std::collections::BTreeMap;

use fader::{Bytes, LiveGroup, Method, NoError, StreamMethod, Topic};
use serde::{Deserialize, Serialize};

/// Adds numbers.
pub(crate) struct Sum;

impl Method for Sum {
    const NAME: &'static str = "sum";
    type Params = Vec<i32>;
    type Reply = i32;
    type Error = NoError;
}

/// Turns bytes around.
pub(crate) struct Reverse;

impl Method for Reverse {
    const NAME: &'static str = "reverse";
    type Params = Bytes;
    type Reply = Bytes;
    type Error = NoError;
}

/// Divides, unless by zero.
pub(crate) struct Divide;

impl Method for Divide {
    const NAME: &'static str = "divide";
    type Params = (i32, i32);
    type Reply = i32;
    type Error = String;
}

/// Takes what has no JSON form.
pub(crate) struct Unspeakable;

impl Method for Unspeakable {
    const NAME: &'static str = "unspeakable";
    type Params = BTreeMap<(i32, i32), i32>;
    type Reply = ();
    type Error = NoError;
}

/// Counts down to zero.
pub(crate) struct Countdown;

impl StreamMethod for Countdown {
    const NAME: &'static str = "countdown";
    type Params = i32;
    type Item = i32;
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
    pub(crate) height: i32,
}

pub(crate) const UNIT: Sides = Sides { width: 1, height: 1 };

impl LiveGroup for Area {
    const NAME: &'static str = "area";
    type Model = Sides;
    type Result = i32;
}

/// A live group whose model is not an object.
pub(crate) struct Bare;

impl LiveGroup for Bare {
    const NAME: &'static str = "bare";
    type Model = i32;
    type Result = i32;
}
