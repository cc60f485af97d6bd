use fader_protocol::Payload;
use js_sys::JsString;
use wasm_bindgen::JsValue;

use crate::boundary;

/// A payload as JavaScript has it.
///
/// Parameters and the values of a patch, which are sent, are JSON text. Replies,
/// results and the data of errors, which were received, are what the text says.
#[derive(Debug, Clone, Default)]
pub(crate) struct JsPayload {
    value: JsValue,
    bytes: usize,
}

impl JsPayload {
    /// A payload to send, as JSON text.
    pub(crate) fn of_text(text: JsString) -> Self {
        let bytes = boundary::utf8_length(&text);
        Self { value: text.into(), bytes }
    }

    /// A payload that was received, and about how much of the message it was.
    pub(crate) fn of_value(value: JsValue, bytes: usize) -> Self {
        Self { value, bytes }
    }

    pub(crate) fn value(&self) -> &JsValue {
        &self.value
    }

    pub(crate) fn into_value(self) -> JsValue {
        self.value
    }
}

impl Payload for JsPayload {
    fn size(&self) -> usize {
        self.bytes
    }

    /// What is too deep to send is refused where it is made text, in `ts/encode.ts`.
    fn is_deeper_than(&self, _: usize) -> bool {
        false
    }

    fn is_bytes(&self) -> bool {
        false
    }
}
