use super::{Text, push_place};
use crate::payload::Raw;
use crate::{Message, RawPayload};

/// A message in the making, its payloads as text or as bytes: in a text message all of
/// them are JSON, in a binary one all are bytes.
#[derive(Debug, Default)]
pub struct Draft {
    pub(super) text: String,
    /// The payloads of bytes, one after the other.
    bytes: Vec<u8>,
    has_json: bool,
    has_bytes: bool,
}

/// The bytes of a binary message ahead of its text: the length of the text.
pub(super) const HEAD: usize = size_of::<u32>();

impl Draft {
    /// The finished message.
    pub fn into_message(self) -> Message {
        if !self.has_bytes {
            return Message::Text(self.text);
        }
        let mut message = Vec::with_capacity(self.bytes());
        // Beyond that, no receiver takes it.
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        message.extend(length.to_be_bytes());
        message.extend(self.text.into_bytes());
        message.extend(self.bytes);
        Message::Binary(message)
    }
}

impl Text for Draft {
    type Payload = RawPayload;
    type Mark = (usize, usize, bool, bool);

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn push_char(&mut self, char: char) {
        self.text.push(char);
    }

    fn payload(&mut self, payload: &RawPayload) {
        match &payload.0 {
            Raw::Json(json) => {
                self.text.push_str(json.get());
                self.has_json = true;
            }
            Raw::Bytes(bytes) => {
                push_place(self, self.bytes.len(), bytes.len());
                self.bytes.extend_from_slice(bytes);
                self.has_bytes = true;
            }
        }
    }

    fn is_mixed(&self) -> bool {
        self.has_json && self.has_bytes
    }

    fn bytes(&self) -> usize {
        self.text.len() + if self.has_bytes { HEAD + self.bytes.len() } else { 0 }
    }

    fn mark(&self) -> Self::Mark {
        (self.text.len(), self.bytes.len(), self.has_json, self.has_bytes)
    }

    fn truncate(&mut self, (text, bytes, has_json, has_bytes): Self::Mark) {
        self.text.truncate(text);
        self.bytes.truncate(bytes);
        (self.has_json, self.has_bytes) = (has_json, has_bytes);
    }
}
