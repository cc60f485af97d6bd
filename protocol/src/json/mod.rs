//! The JSON encoding, subprotocol `fader.1.json`: a text message is an array of
//! frames, a frame an array of a code, fields, and at the end a payload.

mod client;
pub(crate) mod depth;
mod edge;
mod options;
mod raw;
mod reader;
mod server;
mod writer;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{Decoded, Limits, MAX_FRAMES, MessageError, RawJson};
pub use edge::{Fields, Object, Text};
pub use options::Options;
use raw::RawFields;
use reader::Reader;
use writer::Writer;

/// A frame that this encoding can write and read, with payloads of type `P`.
pub trait JsonFrame<P = RawJson>: Sized {
    #[doc(hidden)]
    fn write<T: Text<Payload = P>>(&self, writer: &mut Writer<'_, T>);
    #[doc(hidden)]
    fn read<F: Fields<Payload = P>>(reader: &mut Reader<'_, F>) -> Option<Self>;
}

/// Writes frames as one message.
pub fn encode<'a, F: JsonFrame + 'a>(frames: impl IntoIterator<Item = &'a F>) -> String {
    let mut batch = Batch::<String>::default();
    for frame in frames {
        batch.append(frame);
    }
    batch.finish().unwrap_or_else(|| "[]".into())
}

/// A message in the making, filled up to a size and to [`MAX_FRAMES`].
#[derive(Debug, Default)]
pub struct Batch<T = String> {
    text: T,
    frames: usize,
}

impl<T: Text> Batch<T> {
    /// Adds a frame, unless the message is not empty and would become longer
    /// than `limit` bytes or hold more than [`MAX_FRAMES`]. Says whether it was added.
    pub fn push<F: JsonFrame<T::Payload>>(&mut self, frame: &F, limit: usize) -> bool {
        if self.frames >= MAX_FRAMES {
            return false;
        }
        let before = self.text.mark();
        self.append(frame);
        // One more for the closing bracket.
        if self.frames > 1 && self.text.bytes() + 1 > limit {
            self.text.truncate(before);
            self.frames -= 1;
            return false;
        }
        true
    }

    /// Whether no frame was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    fn append<F: JsonFrame<T::Payload>>(&mut self, frame: &F) {
        self.text.push(if self.frames == 0 { "[" } else { "," });
        frame.write(&mut Writer::new(&mut self.text));
        self.frames += 1;
    }

    /// The message, or nothing if no frame was added.
    #[must_use]
    pub fn finish(mut self) -> Option<T> {
        if self.frames == 0 {
            return None;
        }
        self.text.push("]");
        Some(self.text)
    }
}

/// Takes a message apart. A frame that cannot be understood does not spoil the others.
///
/// # Errors
/// [`MessageError`] when the message as a whole cannot be taken apart.
pub fn decode<F: JsonFrame>(text: &str, limits: &Limits) -> Decoded<F> {
    if text.len() > limits.message_bytes {
        return Err(MessageError::TooLarge { bytes: text.len(), limit: limits.message_bytes });
    }
    let frames: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    read(frames.into_iter().map(RawFields::of), limits)
}

/// Reads the frames of a message that something else has taken apart: the fields of
/// each, or nothing where it is no array.
///
/// # Errors
/// [`MessageError::TooManyFrames`].
pub fn read<P, V: Fields<Payload = P>, F: JsonFrame<P>>(
    frames: impl ExactSizeIterator<Item = Option<V>>,
    limits: &Limits,
) -> Decoded<F> {
    if frames.len() > limits.frames {
        return Err(MessageError::TooManyFrames { frames: frames.len(), limit: limits.frames });
    }
    let read = |fields| {
        let mut reader = Reader::new(fields, limits)?;
        let frame = F::read(&mut reader);
        reader.finish(frame)
    };
    Ok(frames.map(read).collect())
}

fn malformed(error: &serde_json::Error) -> MessageError {
    // An error of type, unlike one of syntax, may quote all that was sent.
    MessageError::Malformed(if error.is_data() {
        "another value".into()
    } else {
        error.to_string()
    })
}

/// Serializes a value as a payload.
///
/// # Errors
/// When the value has no JSON form, such as a map with keys that are not strings.
pub fn to_raw<T: Serialize + ?Sized>(value: &T) -> Result<RawJson, serde_json::Error> {
    serde_json::value::to_raw_value(value).map(RawJson)
}

/// Deserializes a payload.
///
/// # Errors
/// When the payload is not of that type.
pub fn from_raw<T: DeserializeOwned>(payload: &RawJson) -> Result<T, serde_json::Error> {
    serde_json::from_str(payload.get())
}
