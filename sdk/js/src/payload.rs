use fader_protocol::json::PLACE;
use fader_protocol::{Patch, Payload};
use js_sys::JsString;
use wasm_bindgen::JsValue;

use crate::boundary;

/// A payload as JavaScript has it.
///
/// Parameters, events and the values of a patch, which are sent, are JSON text or, but
/// for the latter, a `Uint8Array` that nobody else has. Replies, results and the data of
/// errors, which were received, are what the text says, or a `Uint8Array` as well.
#[derive(Debug, Clone, Default)]
pub(crate) struct JsPayload {
    value: JsValue,
    /// What `payloadSize` of `boundary.js` says, which is negative for bytes to send.
    size: i32,
}

impl JsPayload {
    /// A payload to send.
    pub(crate) fn to_send(value: JsValue) -> Self {
        let size = boundary::payload_size(&value);
        Self { value, size }
    }

    /// A payload that was received, and about how much of the message it was.
    pub(crate) fn of_value(value: JsValue, size: usize) -> Self {
        Self { value, size: i32::try_from(size).unwrap_or(i32::MAX) }
    }

    pub(crate) fn value(&self) -> &JsValue {
        &self.value
    }

    pub(crate) fn into_value(self) -> JsValue {
        self.value
    }

    /// The value of a payload that need not be there.
    pub(crate) fn or_undefined(payload: Option<Self>) -> JsValue {
        payload.map_or(JsValue::UNDEFINED, Self::into_value)
    }

    /// A patch to send, of names and JSON texts by turns.
    pub(crate) fn patch(members: Vec<JsString>) -> Patch<Self> {
        let mut members = members.into_iter();
        std::iter::from_fn(|| Some((members.next()?.into(), Self::to_send(members.next()?.into()))))
            .collect()
    }
}

impl Payload for JsPayload {
    fn size(&self) -> usize {
        match usize::try_from(self.size) {
            Ok(text) => text,
            Err(_) => !self.size as usize + PLACE,
        }
    }

    /// What is too deep to send is refused where it is made text, in `ts/encode.ts`.
    fn is_deeper_than(&self, _: usize) -> bool {
        false
    }

    fn is_bytes(&self) -> bool {
        self.size < 0
    }
}
