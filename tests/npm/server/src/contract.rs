//! What the tests' pages and this server exchange.

use std::fmt;

use fader_protocol::{Bytes, LiveGroup, Method, NoError, StreamMethod, Topic};
use fader_typescript::Api;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Adds two numbers.
pub(crate) struct Sum;

#[derive(Serialize, Deserialize, TS)]
pub(crate) struct Terms {
    pub(crate) a: f64,
    pub(crate) b: f64,
}

impl Method for Sum {
    const NAME: &'static str = "sum";
    type Params = Terms;
    type Reply = f64;
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

/// Answers what it is given.
pub(crate) struct Echo;

#[derive(Serialize, Deserialize, TS)]
pub(crate) struct Anything(#[ts(type = "unknown")] Value);

impl Method for Echo {
    const NAME: &'static str = "echo";
    type Params = Anything;
    type Reply = Anything;
    type Error = NoError;
}

/// Answers after so many milliseconds how often it has begun.
pub(crate) struct Slow;

impl Method for Slow {
    const NAME: &'static str = "slow";
    type Params = u64;
    type Reply = u64;
    type Error = NoError;
}

/// Answers how often [`Slow`] was cancelled.
pub(crate) struct Cancelled;

impl Method for Cancelled {
    const NAME: &'static str = "cancelled";
    type Params = ();
    type Reply = u64;
    type Error = NoError;
}

/// Fails.
pub(crate) struct Fail;

#[derive(Serialize, Deserialize, TS)]
pub(crate) struct TooSmall {
    pub(crate) min: u64,
}

impl fmt::Display for TooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must be at least {}", self.min)
    }
}

impl Method for Fail {
    const NAME: &'static str = "fail";
    type Params = ();
    type Reply = ();
    type Error = TooSmall;
}

/// Notes that it ran, takes so long, and answers the id.
pub(crate) struct Run;

#[derive(Serialize, Deserialize, TS)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) ms: u64,
}

impl Method for Run {
    const NAME: &'static str = "run";
    type Params = Task;
    type Reply = String;
    type Error = NoError;
}

/// Answers how far [`Counts`] have come.
pub(crate) struct Counted;

impl Method for Counted {
    const NAME: &'static str = "counted";
    type Params = ();
    type Reply = Option<Reached>;
    type Error = NoError;
}

#[derive(Clone, Serialize, Deserialize, TS)]
pub(crate) struct Reached {
    pub(crate) epoch: String,
    pub(crate) offset: u64,
}

/// The server counts from 1: the event at offset 5 is 5.
pub(crate) struct Counts;

impl Topic for Counts {
    const NAME: &'static str = "counts";
    type Event = u64;
    type Member = ();
}

/// What everybody hears of.
pub(crate) struct Ticks;

#[derive(Serialize, Deserialize, TS)]
pub(crate) struct Tick {
    pub(crate) price: f64,
}

impl Topic for Ticks {
    const NAME: &'static str = "ticks";
    type Event = Tick;
    type Member = ();
}

/// What everybody gets.
pub(crate) struct Files;

impl Topic for Files {
    const NAME: &'static str = "files";
    type Event = Bytes;
    type Member = ();
}

/// Counts down to 0.
pub(crate) struct Countdown;

impl StreamMethod for Countdown {
    const NAME: &'static str = "countdown";
    type Params = i64;
    type Item = i64;
    type Error = TooSmall;
}

/// Answers how many items of [`Countdown`] were sent, and how many of them ended.
pub(crate) struct CountedDown;

#[derive(Serialize, Deserialize, TS)]
pub(crate) struct Sent {
    pub(crate) items: u64,
    pub(crate) ended: u64,
}

impl Method for CountedDown {
    const NAME: &'static str = "counted-down";
    type Params = ();
    type Reply = Sent;
    type Error = NoError;
}

/// Who is there, and what they say.
pub(crate) struct Room;

#[derive(Serialize, Deserialize, TS)]
pub(crate) struct Person {
    pub(crate) name: String,
}

impl Topic for Room {
    const NAME: &'static str = "room";
    type Event = String;
    type Member = Person;
}

/// Two sliders and their product.
pub(crate) struct Area;

#[derive(Clone, Serialize, Deserialize, TS)]
pub(crate) struct Sides {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

#[derive(Serialize, Deserialize, TS)]
pub(crate) struct Product {
    pub(crate) area: f64,
}

impl LiveGroup for Area {
    const NAME: &'static str = "area";
    type Model = Sides;
    type Result = Product;
}

/// All of it as TypeScript.
pub(crate) fn typescript() -> Api {
    Api::new()
        .method::<Sum>()
        .method::<Echo>()
        .method::<Reverse>()
        .method::<Slow>()
        .method::<Cancelled>()
        .method::<Fail>()
        .method::<Run>()
        .method::<Counted>()
        .topic::<Counts>()
        .topic::<Ticks>()
        .topic::<Files>()
        .topic::<Room>()
        .members::<Room>()
        .stream::<Countdown>()
        .method::<CountedDown>()
        .live::<Area>()
}
