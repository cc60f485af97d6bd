use std::fmt::Display;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A method that a client calls and a server answers.
///
/// One type describes it for both ends, so they cannot disagree:
///
/// ```
/// use fader_protocol::{Method, NoError};
/// use serde::{Deserialize, Serialize};
///
/// /// Adds two numbers.
/// struct Sum;
///
/// #[derive(Serialize, Deserialize)]
/// struct SumParams { a: f64, b: f64 }
///
/// impl Method for Sum {
///     const NAME: &'static str = "sum";
///     type Params = SumParams;
///     type Reply = f64;
///     type Error = NoError;
/// }
/// ```
pub trait Method: 'static {
    /// The name on the wire, at most 128 bytes, unique among a server's methods.
    const NAME: &'static str;
    /// What the caller gives.
    type Params: Serialize + DeserializeOwned + 'static;
    /// What the caller gets.
    type Reply: Serialize + DeserializeOwned + 'static;
    /// What the caller gets when the handler fails; [`NoError`] if it cannot.
    type Error: Serialize + DeserializeOwned + Display + 'static;
}

/// A method that answers with many items, one after the other.
///
/// ```
/// use fader_protocol::{NoError, StreamMethod};
///
/// /// Counts down to zero.
/// struct Countdown;
///
/// impl StreamMethod for Countdown {
///     const NAME: &'static str = "countdown";
///     type Params = u32;
///     type Item = u32;
///     type Error = NoError;
/// }
/// ```
pub trait StreamMethod: 'static {
    /// The name on the wire, at most 128 bytes, unique among a server's methods.
    const NAME: &'static str;
    /// What the caller gives.
    type Params: Serialize + DeserializeOwned + 'static;
    /// What the caller gets, many times.
    type Item: Serialize + DeserializeOwned + 'static;
    /// What the caller gets when the handler fails; [`NoError`] if it cannot.
    type Error: Serialize + DeserializeOwned + Display + 'static;
}

/// A topic: events that are published to all who subscribed.
///
/// ```
/// use fader_protocol::Topic;
/// use serde::{Deserialize, Serialize};
///
/// /// What people say to each other.
/// struct Chat;
///
/// #[derive(Serialize, Deserialize)]
/// struct Message { text: String }
///
/// /// Who is here.
/// #[derive(Serialize, Deserialize)]
/// struct Person { name: String }
///
/// impl Topic for Chat {
///     const NAME: &'static str = "chat";
///     type Event = Message;
///     type Member = Person;
/// }
/// ```
pub trait Topic: 'static {
    /// The name on the wire, at most 128 bytes, unique among a server's topics.
    const NAME: &'static str;
    /// What is published.
    type Event: Serialize + DeserializeOwned + 'static;
    /// What the subscribers are told of each other; `()` if nothing.
    type Member: Serialize + DeserializeOwned + 'static;
}

/// Live input: a model that a person changes continuously, and the result that
/// the server computes from it.
///
/// The model must serialize to an object; its fields are the group's keys. Only
/// the keys that changed travel.
///
/// ```
/// use fader_protocol::LiveGroup;
/// use serde::{Deserialize, Serialize};
///
/// /// Two sliders and their product.
/// struct Area;
///
/// #[derive(Clone, Serialize, Deserialize)]
/// struct Sides { width: f64, height: f64 }
///
/// impl LiveGroup for Area {
///     const NAME: &'static str = "area";
///     type Model = Sides;
///     type Result = f64;
/// }
/// ```
pub trait LiveGroup: 'static {
    /// The name on the wire, at most 128 bytes, unique among a server's live groups.
    const NAME: &'static str;
    /// What the person changes.
    type Model: Clone + Serialize + DeserializeOwned + 'static;
    /// What the server computes.
    type Result: Serialize + DeserializeOwned + 'static;
}

/// The error of a method that cannot fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoError {}

impl Display for NoError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl std::error::Error for NoError {}
