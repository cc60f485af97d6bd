/// A message: what a WebSocket carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl Message {
    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        MessageRef::from(self).size()
    }

    /// The text, if it is a text message.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Message::Text(text) => Some(text),
            Message::Binary(_) => None,
        }
    }
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Message::Text(text.into())
    }
}

/// A message that belongs to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageRef<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

impl MessageRef<'_> {
    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            MessageRef::Text(text) => text.len(),
            MessageRef::Binary(bytes) => bytes.len(),
        }
    }
}

impl<'a, T: AsRef<str> + ?Sized> From<&'a T> for MessageRef<'a> {
    fn from(text: &'a T) -> Self {
        MessageRef::Text(text.as_ref())
    }
}

impl<'a> From<&'a Message> for MessageRef<'a> {
    fn from(message: &'a Message) -> Self {
        match message {
            Message::Text(text) => MessageRef::Text(text),
            Message::Binary(bytes) => MessageRef::Binary(bytes),
        }
    }
}
