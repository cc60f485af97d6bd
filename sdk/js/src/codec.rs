use std::collections::VecDeque;
use std::fmt;

use fader::shell::Message;
use fader_core::Codec;
use fader_protocol::json::{self, Batch, Options, Text, Value};
use fader_protocol::{
    ClientFrame, Decoded, Limits, MessageError, Patch, Payload, SUBPROTOCOL_JSON, ServerFrame,
};
use js_sys::{Array, JsString};
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

/// The text of a WebSocket message, which stays in JavaScript.
#[derive(Debug)]
pub(crate) struct JsMessage(JsString);

impl Message for JsMessage {
    fn received(data: JsValue) -> Option<Self> {
        data.dyn_into().ok().map(Self)
    }

    fn send(self, over: &WebSocket) -> Result<(), JsValue> {
        boundary::send(over, &self.0)
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
        frames: &mut VecDeque<ClientFrame<JsPayload>>,
        limit: usize,
    ) -> Option<JsMessage> {
        let mut batch = Batch::<Skeleton>::default();
        while let Some(frame) = frames.front() {
            if !batch.push(frame, limit) {
                break;
            }
            frames.pop_front();
        }
        let Skeleton { text, payloads, .. } = batch.finish()?;
        Some(JsMessage(boundary::splice(&text, payloads)))
    }

    fn decode(&mut self, message: JsMessage) -> Decoded<ServerFrame<JsPayload>> {
        // In UTF-16; no less in UTF-8.
        let (bytes, limit) = (message.0.length() as usize, self.limits.message_bytes);
        if bytes > limit {
            return Err(MessageError::TooLarge { bytes, limit });
        }
        let array = match boundary::parse(&message.0) {
            Ok(Some(array)) => array,
            Ok(None) => return Err(MessageError::Malformed("another value".into())),
            Err(_) => return Err(MessageError::Malformed("not JSON".into())),
        };
        let mut frames = Items::new(array, 0);
        frames.bytes = bytes / frames.len().max(1);
        json::read(frames, &self.limits)
    }
}

/// A message in the making: its text with a NUL for each payload, which no JSON
/// text contains, and the payloads.
#[derive(Debug, Default)]
struct Skeleton {
    text: String,
    payloads: Vec<JsValue>,
    /// Of the payloads.
    bytes: usize,
}

impl fmt::Write for Skeleton {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.push_str(text);
        Ok(())
    }
}

impl Text for Skeleton {
    type Payload = JsPayload;
    type Mark = (usize, usize, usize);

    fn payload(&mut self, payload: &JsPayload) {
        self.text.push('\0');
        self.payloads.push(payload.value().clone());
        self.bytes += payload.size();
    }

    fn is_mixed(&self) -> bool {
        false
    }

    fn bytes(&self) -> usize {
        self.text.len() + self.bytes
    }

    fn mark(&self) -> Self::Mark {
        (self.text.len(), self.payloads.len(), self.bytes)
    }

    fn truncate(&mut self, (text, payloads, bytes): Self::Mark) {
        self.text.truncate(text);
        self.payloads.truncate(payloads);
        self.bytes = bytes;
    }
}

/// A value that `JSON.parse` made.
struct JsField {
    value: JsValue,
    /// About how many bytes of the message it was.
    bytes: usize,
}

/// The values of an array.
struct Items {
    array: Array,
    next: u32,
    length: u32,
    /// About how many bytes of the message each was.
    bytes: usize,
}

impl Items {
    fn new(array: Array, bytes: usize) -> Self {
        let length = boundary::length(&array);
        Self { array, next: 0, length, bytes }
    }
}

impl Iterator for Items {
    type Item = JsField;

    fn next(&mut self) -> Option<JsField> {
        if self.next == self.length {
            return None;
        }
        let value = boundary::item(&self.array, self.next);
        self.next += 1;
        Some(JsField { value, bytes: self.bytes })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.length - self.next) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Items {}

impl Value for JsField {
    type Payload = JsPayload;
    type Items = Items;

    fn into_items(self) -> Option<Items> {
        Some(Items::new(boundary::items(&self.value)?, self.bytes))
    }

    fn integer(&self) -> Option<u64> {
        let number = boundary::integer(&self.value);
        (number >= 0.0).then_some(number as u64)
    }

    fn text(&self) -> Option<String> {
        self.value.as_string()
    }

    fn boolean(&self) -> Option<bool> {
        self.value.as_bool()
    }

    fn is_null(&self) -> bool {
        self.value.is_null()
    }

    /// The browser's `JSON` takes any depth, and nothing is done with it here.
    fn is_deeper_than(&self, _: usize) -> bool {
        false
    }

    fn into_payload(self) -> Option<JsPayload> {
        Some(JsPayload::of_value(self.value, self.bytes))
    }

    /// As text, for the values become part of the model, which is sent.
    fn into_patch(self) -> Option<Patch<JsPayload>> {
        let members = boundary::members(&self.value).ok().flatten()?;
        let mut patch = Patch::new();
        for index in (0..boundary::length(&members)).step_by(2) {
            let name = boundary::item(&members, index).as_string()?;
            let text = boundary::item(&members, index + 1).dyn_into().ok()?;
            patch.insert(name, JsPayload::of_text(text));
        }
        Some(patch)
    }

    fn member(&self, name: &str) -> Option<Self> {
        let value = boundary::member(&self.value, name);
        (!value.is_undefined()).then_some(Self { value, bytes: self.bytes })
    }

    fn options<T: Options>(&self) -> Option<T> {
        T::read(self)
    }
}
