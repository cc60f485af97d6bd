use serde_json::value::RawValue;

use crate::{Bytes, json};

/// What requests, topics and live input carry. Only whether it can travel is ever asked.
///
/// The default is what stands in for a payload that could not be read.
pub trait Payload: Clone + Default {
    /// The most bytes that the payload takes in a message.
    fn size(&self) -> usize;

    /// Whether arrays and objects nest deeper than `limit` in it.
    fn is_deeper_than(&self, limit: usize) -> bool;

    /// Whether it is bytes and not JSON.
    fn is_bytes(&self) -> bool;
}

/// A payload of the JSON encoding, not looked into further: text that was checked to
/// be JSON; or bytes.
#[derive(Debug, Clone)]
pub struct RawPayload(pub(crate) Raw);

#[derive(Debug, Clone)]
pub(crate) enum Raw {
    Json(Box<RawValue>),
    Bytes(Bytes),
}

impl RawPayload {
    /// The JSON text; an empty one, which is no JSON, if it is bytes.
    #[must_use]
    pub fn get(&self) -> &str {
        match &self.0 {
            Raw::Json(json) => json.get(),
            Raw::Bytes(_) => "",
        }
    }

    /// The bytes, if it is no JSON.
    #[must_use]
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Raw::Json(_) => None,
            Raw::Bytes(bytes) => Some(bytes),
        }
    }

    pub(crate) fn of(json: Box<RawValue>) -> Self {
        Self(Raw::Json(json))
    }
}

impl From<Bytes> for RawPayload {
    fn from(bytes: Bytes) -> Self {
        Self(Raw::Bytes(bytes))
    }
}

impl Default for RawPayload {
    /// `null`.
    fn default() -> Self {
        Self::of(RawValue::NULL.to_owned())
    }
}

impl Payload for RawPayload {
    fn size(&self) -> usize {
        match &self.0 {
            Raw::Json(json) => json.get().len(),
            Raw::Bytes(bytes) => bytes.len().saturating_add(json::PLACE),
        }
    }

    fn is_deeper_than(&self, limit: usize) -> bool {
        json::depth::exceeds(self.get(), limit)
    }

    fn is_bytes(&self) -> bool {
        self.bytes().is_some()
    }
}

/// By text: two payloads of equal meaning and different spelling differ.
impl PartialEq for RawPayload {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get() && self.bytes() == other.bytes()
    }
}

impl Eq for RawPayload {}
