use serde_json::value::RawValue;

/// What requests and live input carry. Only whether it can travel is ever asked.
///
/// The default is what stands in for a payload that could not be read.
pub trait Payload: Clone + Default {
    /// The most bytes that the payload takes in a message.
    fn size(&self) -> usize;

    /// Whether arrays and objects nest deeper than `limit` in it.
    fn is_deeper_than(&self, limit: usize) -> bool;
}

/// A payload as JSON text, checked to be JSON and not looked into further.
#[derive(Debug, Clone)]
pub struct RawJson(pub(crate) Box<RawValue>);

impl RawJson {
    /// The JSON text.
    #[must_use]
    pub fn get(&self) -> &str {
        self.0.get()
    }
}

impl Default for RawJson {
    /// `null`.
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl Payload for RawJson {
    fn size(&self) -> usize {
        self.get().len()
    }

    fn is_deeper_than(&self, limit: usize) -> bool {
        crate::json::depth::exceeds(self.get(), limit)
    }
}

/// By text: two payloads of equal meaning and different spelling differ.
impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawJson {}
