use std::collections::VecDeque;
use std::sync::Arc;

use fader::shell::Message;
use fader_core::{Codec, Heard};
use fader_protocol::json::{self, Batch, Fields, Object, Text};
use fader_protocol::{ClientFrame, MessageError, MessageLimits, Patch, Payload, SUBPROTOCOL_JSON};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use crate::boundary;
use crate::payload::JsPayload;

/// The JSON encoding, with the browser's own `JSON` for the payloads. It accepts what
/// [`MessageLimits::of_client`] says.
#[derive(Debug)]
pub(crate) struct JsCodec;

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

    fn subprotocols() -> &'static [&'static str] {
        &[SUBPROTOCOL_JSON]
    }

    fn encode(
        frames: &mut VecDeque<Arc<ClientFrame<JsPayload>>>,
        limit: usize,
    ) -> Option<JsMessage> {
        let mut batch = Batch::<JsText>::default();
        while let Some(frame) = frames.front() {
            if !batch.push(&**frame, limit) {
                break;
            }
            frames.pop_front();
        }
        batch.finish().map(|JsText| JsMessage(boundary::finish()))
    }

    fn size(message: &JsMessage) -> usize {
        boundary::size(&message.0)
    }

    /// The frames stay in `boundary.js` until it is their turn.
    fn decode(message: JsMessage) -> Result<impl Iterator<Item = Heard<Self>>, MessageError> {
        let limits = MessageLimits::of_client();
        let (bytes, limit) = (boundary::size(&message.0), limits.message_bytes);
        if bytes > limit {
            return Err(MessageError::TooLarge { bytes, limit });
        }
        let Ok(frames) = usize::try_from(boundary::parse(&message.0)) else {
            return Err(MessageError::Malformed("another value".into()));
        };
        let bytes = bytes / frames.max(1);
        let next = move |_| match boundary::next_frame() {
            NO_ARRAY => None,
            code => Some(ParsedFields { code, bytes }),
        };
        json::read((0..frames).map(next), limits)
    }
}

/// The message in the making, of which `boundary.js` has the text: there is one at a time.
#[derive(Debug, Default)]
struct JsText;

impl Text for JsText {
    type Payload = JsPayload;

    fn begin(&mut self, code: u64) {
        boundary::begin(code as f64);
    }

    fn number(&mut self, number: u64) {
        boundary::add(number as f64);
    }

    fn string(&mut self, string: &str) {
        boundary::add_string(string.as_ptr(), string.len());
    }

    fn boolean(&mut self, boolean: bool) {
        boundary::add_literal(&boolean.into());
    }

    fn null(&mut self) {
        boundary::add_literal(&JsValue::NULL);
    }

    fn payload(&mut self, payload: &JsPayload) {
        boundary::add_payload(payload.value(), payload.size());
    }

    fn open(&mut self) {
        boundary::open();
    }

    fn name(&mut self, name: &str) {
        boundary::add_name(name.as_ptr(), name.len());
    }

    fn close(&mut self) {
        boundary::close();
    }

    fn fits(&self, limit: usize) -> bool {
        boundary::fits(limit)
    }

    fn take_back(&mut self) {
        boundary::take_back();
    }
}

/// What `nextFrame` of `boundary.js` says of a frame that is no array.
const NO_ARRAY: f64 = -3.0;

/// The fields of the frame that `boundary.js` is at: a value becomes one of Rust's only
/// where it is a payload, for that costs more than to read a number.
struct ParsedFields {
    /// As `nextFrame` has it.
    code: f64,
    /// About how many bytes of the message a payload was.
    bytes: usize,
}

impl Fields for ParsedFields {
    type Payload = JsPayload;
    type Object = ParsedObject;

    fn code(&mut self) -> Option<u64> {
        number(self.code).flatten()
    }

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
