use fader_protocol::Topic;
use serde::{Deserialize, Serialize};

/// What the visitors of the demo say to each other, and who is there.
pub struct Chat;

/// An event of [`Chat`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who says it. The server fills it in, whatever a client says.
    #[serde(default)]
    pub from: String,
    /// What: 1 to [`MESSAGE_BYTES`] bytes.
    pub text: String,
}

/// A visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What the server calls them.
    pub name: String,
}

/// The longest text of a message, in bytes.
pub const MESSAGE_BYTES: usize = 1000;

impl Topic for Chat {
    const NAME: &'static str = "chat";
    type Event = Message;
    type Member = Person;
}
