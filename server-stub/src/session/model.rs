use std::collections::BTreeSet;

use fader_protocol::{Patch, Payload, RawPayload};

use super::same::same;

/// A live group's keys and their newest values.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Model {
    values: Patch<RawPayload>,
    bytes: usize,
}

impl Model {
    /// Replaces the values of the keys in `patch`.
    pub(super) fn merge(&mut self, patch: Patch<RawPayload>) {
        for (key, value) in patch {
            self.bytes += key.len() + value.size();
            let key_bytes = key.len();
            if let Some(old) = self.values.insert(key, value) {
                self.bytes -= key_bytes + old.size();
            }
        }
    }

    /// Whether the key has this value.
    pub(super) fn has(&self, key: &str, value: &RawPayload) -> bool {
        self.values.get(key).is_some_and(|old| same(old, value))
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

    /// How many bytes the keys and values take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The model as the text of a JSON object.
    pub(super) fn to_json(&self) -> String {
        // Quotes, a colon and a comma for each key.
        let mut json = String::with_capacity(self.bytes + 4 * self.values.len() + 2);
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
    }
}
