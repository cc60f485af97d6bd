//! The JSON encoding, subprotocol `fader.1.json`: a text message is an array of
//! frames, a frame an array of a code, fields, and at the end a payload. In a binary
//! message the payloads are bytes, which follow the text.

mod client;
pub(crate) mod depth;
mod draft;
mod edge;
mod options;
mod raw;
mod reader;
mod server;
mod typed;
mod writer;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    Decoded, FrameError, MAX_FRAMES, Message, MessageError, MessageLimits, MessageRef, RawPayload,
};
pub use draft::{Draft, PLACE};
pub use edge::{Fields, Object, Text};
pub use options::Options;
use raw::{RawFields, Store};
use reader::Reader;
pub use typed::{from_payload, to_payload};
use writer::Writer;

/// A frame that this encoding can write and read, with payloads of type `P`.
pub trait JsonFrame<P = RawPayload>: Sized {
    #[doc(hidden)]
    fn write<T: Text<Payload = P>>(&self, writer: &mut Writer<'_, T>);
    #[doc(hidden)]
    fn read<F: Fields<Payload = P>>(reader: &mut Reader<'_, F>) -> Option<Self>;
}

/// Writes frames as one message. Their payloads must be all JSON or all bytes.
pub fn encode<'a, F: JsonFrame + 'a>(frames: impl IntoIterator<Item = &'a F>) -> Message {
    let mut draft = Draft::default();
    for frame in frames {
        frame.write(&mut Writer::new(&mut draft));
    }
    draft.into_message()
}

/// A message in the making, filled up to a size and to [`MAX_FRAMES`].
#[derive(Debug, Default)]
pub struct Batch<T = Draft> {
    text: T,
    frames: usize,
}

impl<T: Text> Batch<T> {
    /// Adds a frame, unless the message is not empty and would become longer
    /// than `limit` bytes, hold more than [`MAX_FRAMES`], or payloads of both kinds.
    /// Says whether it was added.
    pub fn push<F: JsonFrame<T::Payload>>(&mut self, frame: &F, limit: usize) -> bool {
        if self.frames >= MAX_FRAMES {
            return false;
        }
        frame.write(&mut Writer::new(&mut self.text));
        if self.frames > 0 && !self.text.fits(limit) {
            self.text.take_back();
            return false;
        }
        self.frames += 1;
        true
    }

    /// Whether no frame was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// The message, or nothing if no frame was added.
    #[must_use]
    pub fn finish(self) -> Option<T> {
        (self.frames > 0).then_some(self.text)
    }
}

/// Takes a message apart. A frame that cannot be understood does not spoil the others.
///
/// # Errors
/// [`MessageError`] when the message as a whole cannot be taken apart.
pub fn decode<'a, F: JsonFrame>(
    message: impl Into<MessageRef<'a>>,
    limits: &MessageLimits,
) -> Decoded<F> {
    let message = message.into();
    let (bytes, limit) = (message.size(), limits.message_bytes);
    if bytes > limit {
        return Err(MessageError::TooLarge { bytes, limit });
    }
    let (text, store) = match message {
        MessageRef::Text(text) => (text, None),
        MessageRef::Binary(bytes) => {
            let (text, rest) = split(bytes)?;
            (text, Some(Store::new(rest)))
        }
    };
    let frames: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let frames = frames.into_iter().map(|frame| RawFields::of(frame, store.as_ref()));
    Ok(read(frames, limits.clone())?.collect())
}

/// The text of a binary message, and the bytes that follow it.
fn split(message: &[u8]) -> Result<(&str, &[u8]), MessageError> {
    let malformed = |why: &str| MessageError::Malformed(why.into());
    let cut_off = || malformed("a binary message that ends before its text does");
    let (head, rest) = message.split_first_chunk().ok_or_else(cut_off)?;
    let length = usize::try_from(u32::from_be_bytes(*head)).map_err(|_| cut_off())?;
    let (text, bytes) = rest.split_at_checked(length).ok_or_else(cut_off)?;
    let text = str::from_utf8(text).map_err(|_| malformed("invalid UTF-8"))?;
    Ok((text, bytes))
}

/// Reads the frames of a message that something else has taken apart: the fields of
/// each, or nothing where it is no array.
///
/// # Errors
/// [`MessageError::TooManyFrames`].
pub fn read<P, V: Fields<Payload = P>, F: JsonFrame<P>>(
    frames: impl ExactSizeIterator<Item = Option<V>>,
    limits: MessageLimits,
) -> Result<impl Iterator<Item = Result<F, FrameError>>, MessageError> {
    if frames.len() > limits.frames {
        return Err(MessageError::TooManyFrames { frames: frames.len(), limit: limits.frames });
    }
    Ok(frames.map(move |fields| {
        let mut reader = Reader::new(fields, &limits)?;
        let frame = F::read(&mut reader);
        reader.finish(frame)
    }))
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
pub fn to_raw<T: Serialize + ?Sized>(value: &T) -> Result<RawPayload, serde_json::Error> {
    serde_json::value::to_raw_value(value).map(RawPayload::of)
}

/// Deserializes a payload.
///
/// # Errors
/// When the payload is not of that type.
pub fn from_raw<T: DeserializeOwned>(payload: &RawPayload) -> Result<T, serde_json::Error> {
    serde_json::from_str(payload.get())
}
