use std::collections::BTreeSet;
use std::sync::Arc;

use fader_protocol::{Patch, Payload, RawPayload};

use super::cost::{self, allocation};
use super::same::same;
use super::sharing::Sharing;

/// A live group's keys and their newest values. A clone shares their memory until one
/// of the two changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Model {
    values: Arc<Patch<RawPayload>>,
    size: Size,
}

/// What the keys and values of a model take, in bytes.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    /// As they are.
    bytes: usize,
    /// As the text of a JSON object.
    text: usize,
    /// In memory, but for the map itself.
    allocated: usize,
    /// In memory, for what [`Sharing`] knows of the keys.
    shared: usize,
}

impl Model {
    /// Replaces the values of the keys in `patch`.
    pub(super) fn merge(&mut self, patch: Patch<RawPayload>) {
        for (key, value) in &patch {
            if let Some(old) = self.values.get(key) {
                self.size.remove(Size::of(key, old));
            }
            self.size.add(Size::of(key, value));
        }
        if self.is_empty() {
            self.values = Arc::new(patch);
        } else {
            Arc::make_mut(&mut self.values).extend(patch);
        }
    }

    /// Whether the key has this value.
    pub(super) fn has(&self, key: &str, value: &RawPayload) -> bool {
        self.values.get(key).is_some_and(|old| same(old, value))
    }

    pub(super) fn has_key(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// The keys that `patch` changes or adds.
    pub(super) fn changed_by(&self, patch: &Patch<RawPayload>) -> Vec<String> {
        let changed = patch.iter().filter(|(key, value)| !self.has(key, value));
        changed.map(|(key, _)| key.clone()).collect()
    }

    /// What of `values` would change the value of a key.
    pub(super) fn news(&self, mut values: Patch<RawPayload>) -> Patch<RawPayload> {
        values.retain(|key, value| self.values.get(key).is_some_and(|old| !same(old, value)));
        values
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of these keys.
    pub(super) fn only(&self, keys: &BTreeSet<String>) -> Patch<RawPayload> {
        let values = self.values.iter().filter(|(key, _)| keys.contains(*key));
        values.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// How many keys there are.
    pub(super) fn keys(&self) -> usize {
        self.values.len()
    }

    /// How many bytes the keys and values take.
    pub(super) fn bytes(&self) -> usize {
        self.size.bytes
    }

    /// How much memory it takes, and its text while a handler is called with it.
    pub(super) fn cost(&self) -> usize {
        let map = size_of::<Patch<RawPayload>>() + 2 * size_of::<usize>();
        let entries = self.values.capacity() * size_of::<(String, RawPayload)>();
        allocation(map) + allocation(entries) + self.size.allocated + allocation(self.text())
    }

    /// How much memory [`Sharing`] takes for its keys, at most.
    pub(super) fn cost_of_sharing(&self) -> usize {
        self.size.shared
    }

    /// Whether it has its memory in common with another.
    pub(super) fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.values, &other.values)
    }

    /// How many bytes [`to_json`](Self::to_json) takes, at most.
    fn text(&self) -> usize {
        self.size.text + 2
    }

    /// The model as the text of a JSON object.
    pub(super) fn to_json(&self) -> String {
        let mut json = String::with_capacity(self.text());
        json.push('{');
        for (i, (key, value)) in self.values.iter().enumerate() {
            if i > 0 {
                json.push(',');
            }
            // A string always has a JSON form.
            json.push_str(&serde_json::to_string(key).unwrap_or_default());
            json.push(':');
            json.push_str(value.get());
        }
        json.push('}');
        json
    }
}

impl PartialEq for Model {
    fn eq(&self, other: &Self) -> bool {
        self.is_clone_of(other) || self.values == other.values
    }
}

impl Size {
    fn of(key: &str, value: &RawPayload) -> Self {
        // Quotes, a colon and a comma.
        let text = key.bytes().map(escaped).sum::<usize>() + value.size() + 4;
        let allocated = allocation(key.len()) + cost::payload(value);
        Self { bytes: key.len() + value.size(), text, allocated, shared: Sharing::cost_of(key) }
    }

    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.text += other.text;
        self.allocated += other.allocated;
        self.shared += other.shared;
    }

    fn remove(&mut self, other: Self) {
        self.bytes -= other.bytes;
        self.text -= other.text;
        self.allocated -= other.allocated;
        self.shared -= other.shared;
    }
}

/// How many bytes a byte of a string takes in JSON, at most.
fn escaped(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use fader_protocol::json;

    use super::*;

    fn patch<const N: usize>(values: [(&str, &str); N]) -> Patch<RawPayload> {
        values.map(|(key, value)| (key.into(), json::to_raw(value).unwrap())).into()
    }

    #[test]
    fn newer_values_replace_older_ones_key_by_key() {
        let mut model = Model::default();
        assert_eq!(model.to_json(), "{}");
        model.merge(patch([("a", "1"), ("b", "2")]));
        model.merge(patch([("b", "three"), ("c", "4")]));
        assert_eq!(model.to_json(), r#"{"a":"1","b":"three","c":"4"}"#);
        assert_eq!(model.bytes(), 3 + r#""1""three""4""#.len());
    }

    #[test]
    fn keys_are_quoted() {
        let mut model = Model::default();
        model.merge(patch([("a\"\n", "x")]));
        assert_eq!(model.to_json(), r#"{"a\"\n":"x"}"#);
        model.merge(patch([("\u{1}\u{1f}é", "x")]));
        assert!(model.to_json().len() <= model.text());
    }

    #[test]
    fn a_clone_costs_nothing_until_it_changes() {
        let mut model = Model::default();
        model.merge(patch([("a", "1"), ("b", "2")]));
        let clone = model.clone();
        assert!(clone.is_clone_of(&model));
        model.merge(patch([("b", "3")]));
        assert!(!clone.is_clone_of(&model));
        assert_eq!(clone.to_json(), r#"{"a":"1","b":"2"}"#);
    }
}
