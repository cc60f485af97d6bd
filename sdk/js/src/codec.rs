use std::collections::VecDeque;
use std::sync::Arc;

use fader::shell::Message;
use fader_core::Codec;
use fader_protocol::json::{self, Batch, Fields, Object, Text};
use fader_protocol::{
    ClientFrame, Decoded, Limits, MessageError, Patch, Payload, SUBPROTOCOL_JSON, ServerFrame,
};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use crate::boundary;
use crate::payload::JsPayload;

/// The JSON encoding, with the browser's own `JSON` for the payloads.
#[derive(Debug)]
pub(crate) struct JsCodec {
    limits: Limits,
}

impl Default for JsCodec {
    /// Accepts what [`Limits::of_client`] says.
    fn default() -> Self {
        Self { limits: Limits::of_client() }
    }
}

/// A WebSocket message, text or binary, which stays in JavaScript.
#[derive(Debug)]
pub(crate) struct JsMessage(JsValue);

impl Message for JsMessage {
    fn received(data: JsValue) -> Option<Self> {
        // What is neither text nor bytes is no JSON either.
        Some(Self(data))
    }

    fn send(self, over: &WebSocket) {
        boundary::send(over, &self.0);
    }
}

impl Codec for JsCodec {
    type Payload = JsPayload;
    type Message = JsMessage;

    fn subprotocols(&self) -> &'static [&'static str] {
        &[SUBPROTOCOL_JSON]
    }

    fn encode(
        &mut self,
        frames: &mut VecDeque<Arc<ClientFrame<JsPayload>>>,
        limit: usize,
    ) -> Option<JsMessage> {
        let mut batch = Batch::<Skeleton>::default();
        while let Some(frame) = frames.front() {
            if !batch.push(&**frame, limit) {
                break;
            }
            frames.pop_front();
        }
        let Skeleton { text, sum } = batch.finish()?;
        let splice = if sum.has_bytes { boundary::splice_bytes } else { boundary::splice };
        Some(JsMessage(splice(text.as_ptr(), text.len())))
    }

    fn decode(&mut self, message: JsMessage) -> Decoded<ServerFrame<JsPayload>> {
        let (bytes, limit) = (boundary::size(&message.0), self.limits.message_bytes);
        if bytes > limit {
            return Err(MessageError::TooLarge { bytes, limit });
        }
        let Ok(frames) = usize::try_from(boundary::parse(&message.0)) else {
            return Err(MessageError::Malformed("another value".into()));
        };
        let bytes = bytes / frames.max(1);
        let next = |_| boundary::next_frame().then_some(ParsedFields { bytes });
        json::read((0..frames).map(next), &self.limits)
    }
}

/// A message in the making: its text with a NUL for each payload, which no JSON
/// text contains. The payloads are collected by `boundary.js`, one message at a time.
#[derive(Debug)]
struct Skeleton {
    text: String,
    sum: Sum,
}

/// What is known of the payloads together.
#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    count: usize,
    /// The bytes that they take at most.
    size: usize,
    has_json: bool,
    has_bytes: bool,
}

impl Default for Skeleton {
    fn default() -> Self {
        // Enough for one request.
        Self { text: String::with_capacity(64), sum: Sum::default() }
    }
}

impl Text for Skeleton {
    type Payload = JsPayload;
    type Mark = (usize, Sum);

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn push_char(&mut self, char: char) {
        self.text.push(char);
    }

    fn payload(&mut self, payload: &JsPayload) {
        self.text.push('\0');
        boundary::push_payload(payload.value());
        let Sum { count, size, has_json, has_bytes } = self.sum;
        self.sum = Sum {
            count: count + 1,
            size: size + payload.size(),
            has_json: has_json || !payload.is_bytes(),
            has_bytes: has_bytes || payload.is_bytes(),
        };
    }

    fn is_mixed(&self) -> bool {
        self.sum.has_json && self.sum.has_bytes
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.sum.size
    }

    fn mark(&self) -> Self::Mark {
        (self.text.len(), self.sum)
    }

    fn truncate(&mut self, (text, sum): Self::Mark) {
        self.text.truncate(text);
        self.sum = sum;
        boundary::truncate_payloads(sum.count);
    }
}

/// The fields of the frame that `boundary.js` is at: a value becomes one of Rust's only
/// where it is a payload, for that costs more than to read a number.
struct ParsedFields {
    /// About how many bytes of the message a payload was.
    bytes: usize,
}

impl Fields for ParsedFields {
    type Payload = JsPayload;
    type Object = ParsedObject;

    fn number(&mut self) -> Option<Option<u64>> {
        number(boundary::next_number())
    }

    fn text(&mut self) -> Option<Option<String>> {
        if boundary::next_is_null() { Some(None) } else { boundary::next_text().map(Some) }
    }

    fn payload(&mut self) -> Option<JsPayload> {
        let value = boundary::next_payload();
        (!value.is_undefined()).then(|| JsPayload::of_value(value, self.bytes))
    }

    fn payload_or_null(&mut self) -> Option<JsPayload> {
        if boundary::next_is_null() { None } else { self.payload() }
    }

    /// As text, for the values become part of the model, which is sent.
    fn patch(&mut self) -> Option<Patch<JsPayload>> {
        boundary::next_members().map(JsPayload::patch)
    }

    fn object(&mut self) -> Option<ParsedObject> {
        boundary::next_object().map(ParsedObject)
    }
}

/// An object that `JSON.parse` made.
struct ParsedObject(js_sys::Object);

impl Object for ParsedObject {
    fn number(&self, name: &str) -> Option<Option<u64>> {
        number(boundary::number(&self.0, name))
    }

    fn text(&self, name: &str) -> Option<Option<String>> {
        nullable(boundary::member(&self.0, name), |value| value.as_string())
    }

    fn boolean(&self, name: &str) -> Option<Option<bool>> {
        nullable(boundary::member(&self.0, name), |value| value.as_bool())
    }

    fn object(&self, name: &str) -> Option<Option<Self>> {
        nullable(boundary::member(&self.0, name), |value| value.dyn_into().ok().map(Self))
    }
}

fn nullable<T>(value: JsValue, read: impl FnOnce(JsValue) -> Option<T>) -> Option<Option<T>> {
    if value.is_null() { Some(None) } else { read(value).map(Some) }
}

/// What `boundary.js` has for `null` and for what is no integer without a sign.
fn number(number: f64) -> Option<Option<u64>> {
    match number {
        -1.0 => Some(None),
        0.0.. => Some(Some(number as u64)),
        _ => None,
    }
}
