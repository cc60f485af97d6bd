//! Payloads as text.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{Options, Text, Value, depth};
use crate::{Patch, RawJson};

impl Text for String {
    type Payload = RawJson;
    type Mark = usize;

    fn payload(&mut self, payload: &RawJson) {
        self.push_str(payload.get());
    }

    fn bytes(&self) -> usize {
        self.len()
    }

    fn mark(&self) -> usize {
        self.len()
    }

    fn truncate(&mut self, mark: usize) {
        self.truncate(mark);
    }
}

impl Value for &RawValue {
    type Payload = RawJson;
    type Items = std::vec::IntoIter<Self>;

    fn into_items(self) -> Option<Self::Items> {
        serde_json::from_str::<Vec<Self>>(self.get()).ok().map(Vec::into_iter)
    }

    fn integer(&self) -> Option<u64> {
        serde_json::from_str(self.get()).ok()
    }

    fn text(&self) -> Option<String> {
        serde_json::from_str(self.get()).ok()
    }

    fn boolean(&self) -> Option<bool> {
        serde_json::from_str(self.get()).ok()
    }

    fn is_null(&self) -> bool {
        self.get() == "null"
    }

    fn is_deeper_than(&self, limit: usize) -> bool {
        depth::exceeds(self.get(), limit)
    }

    fn into_payload(self) -> RawJson {
        RawJson(self.to_owned())
    }

    fn into_patch(self) -> Option<Patch<RawJson>> {
        let patch: Patch<Box<RawValue>> = serde_json::from_str(self.get()).ok()?;
        Some(patch.into_iter().map(|(key, value)| (key, RawJson(value))).collect())
    }

    fn member(&self, name: &str) -> Option<Self> {
        serde_json::from_str::<BTreeMap<String, Self>>(self.get()).ok()?.remove(name)
    }

    fn options<T: Options>(&self) -> Option<T> {
        // To serde, an array is a struct too.
        if !self.get().starts_with('{') {
            return None;
        }
        serde_json::from_str(self.get()).ok()
    }
}
