//! What was received, as text.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{Options, Value, depth};
use crate::{Bytes, Patch, RawJson};

/// The bytes of a binary message that follow its text, from which payloads are taken.
#[derive(Debug)]
pub(super) struct Store<'a> {
    bytes: &'a [u8],
    /// Up to where they were taken: no byte is taken twice, so that a small message
    /// does not become large payloads.
    taken: Cell<usize>,
}

impl<'a> Store<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, taken: Cell::new(0) }
    }

    /// The bytes at a place: where they begin, and how many they are.
    fn take(&self, place: &str) -> Option<Bytes> {
        let (from, length): (usize, usize) = serde_json::from_str(place).ok()?;
        if from < self.taken.get() {
            return None;
        }
        let to = from.checked_add(length)?;
        let bytes = self.bytes.get(from..to)?;
        self.taken.set(to);
        Some(Bytes(bytes.into()))
    }
}

/// A value of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) value: &'a RawValue,
    /// Of a binary message.
    pub(super) store: Option<&'a Store<'a>>,
}

impl Value for Field<'_> {
    type Payload = RawJson;
    type Items = std::vec::IntoIter<Self>;

    fn into_items(self) -> Option<Self::Items> {
        let values: Vec<&RawValue> = serde_json::from_str(self.value.get()).ok()?;
        let fields = values.into_iter().map(|value| Field { value, ..self });
        Some(fields.collect::<Vec<_>>().into_iter())
    }

    fn integer(&self) -> Option<u64> {
        serde_json::from_str(self.value.get()).ok()
    }

    fn text(&self) -> Option<String> {
        serde_json::from_str(self.value.get()).ok()
    }

    fn boolean(&self) -> Option<bool> {
        serde_json::from_str(self.value.get()).ok()
    }

    fn is_null(&self) -> bool {
        self.value.get() == "null"
    }

    fn is_deeper_than(&self, limit: usize) -> bool {
        depth::exceeds(self.value.get(), limit)
    }

    fn into_payload(self) -> Option<RawJson> {
        match self.store {
            None => Some(RawJson::of(self.value.to_owned())),
            Some(store) => store.take(self.value.get()).map(RawJson::from),
        }
    }

    fn into_patch(self) -> Option<Patch<RawJson>> {
        let patch: Patch<Box<RawValue>> = serde_json::from_str(self.value.get()).ok()?;
        Some(patch.into_iter().map(|(key, value)| (key, RawJson::of(value))).collect())
    }

    fn member(&self, name: &str) -> Option<Self> {
        let mut members: BTreeMap<String, &RawValue> =
            serde_json::from_str(self.value.get()).ok()?;
        members.remove(name).map(|value| Field { value, ..*self })
    }

    fn options<T: Options>(&self) -> Option<T> {
        // To serde, an array is a struct too.
        if !self.value.get().starts_with('{') {
            return None;
        }
        serde_json::from_str(self.value.get()).ok()
    }
}
