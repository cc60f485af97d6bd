use std::collections::BTreeMap;

use fader_protocol::{MessageLimits, Patch, Payload, RawPayload, json};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::PushError;
use crate::session::{Config, unfit_integer};

/// Some keys of a live group's model and their values, as JSON that fits these limits.
pub(crate) fn to_values<V>(
    values: &V,
    limits: &MessageLimits,
) -> Result<Patch<RawPayload>, PushError>
where
    V: Serialize + ?Sized,
{
    let not_an_object = |_| PushError::NotAnObject;
    let object = json::to_raw(values).map_err(not_an_object)?;
    let members: BTreeMap<String, Box<RawValue>> =
        json::from_raw(&object).map_err(not_an_object)?;
    let members = members.into_iter().map(|(key, value)| Ok((key, json::to_raw(&value)?)));
    let values = members.collect::<Result<_, _>>().map_err(not_an_object)?;
    let (bytes, most) = (size(&values), limits.message_bytes);
    if bytes > most {
        return Err(PushError::TooLarge(format!("{bytes} bytes, at most {most} can be a model's")));
    }
    if object.is_deeper_than(limits.depth) {
        let why = format!("they nest deeper than {} levels", limits.depth);
        return Err(PushError::TooLarge(why));
    }
    for (key, value) in &values {
        if let Some(why) = unfit_integer(value, limits) {
            return Err(PushError::Value { key: key.clone(), why: format!("it {why}") });
        }
    }
    Ok(values)
}

/// How large a live group's model may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ModelLimits {
    /// Its keys and values, in bytes.
    pub(crate) bytes: usize,
    pub(crate) keys: usize,
}

impl ModelLimits {
    pub(crate) fn of(config: &Config) -> Self {
        Self { bytes: config.accepts.message_bytes, keys: config.model_keys }
    }
}

/// Puts newer values over older ones. Where they would then be more than a model may
/// have, which is only so with keys that no one model has, the older ones are dropped.
pub(crate) fn merge(
    values: &mut Patch<RawPayload>,
    newer: &Patch<RawPayload>,
    limits: ModelLimits,
) {
    let is_kept = |key: &String| !newer.contains_key(key);
    values.retain(|key, _| is_kept(key));
    if size(values) + size(newer) > limits.bytes || values.len() + newer.len() > limits.keys {
        values.clear();
    }
    values.extend(newer.iter().map(|(key, value)| (key.clone(), value.clone())));
}

/// How many bytes keys and values take.
fn size(values: &Patch<RawPayload>) -> usize {
    values.iter().map(|(key, value)| key.len() + value.size()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values<const N: usize>(values: [(&str, &str); N]) -> Patch<RawPayload> {
        to_values(&BTreeMap::from(values), &MessageLimits::default()).unwrap()
    }

    #[test]
    fn newer_values_replace_older_ones() {
        let mut all = values([("a", "1"), ("b", "2")]);
        let limits = ModelLimits { bytes: 100, keys: 9 };
        merge(&mut all, &values([("b", "three"), ("c", "4")]), limits);
        assert_eq!(all, values([("a", "1"), ("b", "three"), ("c", "4")]));
    }

    #[test]
    fn values_without_end_are_not_kept() {
        let mut all = Patch::new();
        for i in 0..1000 {
            let limits = ModelLimits { bytes: 100, keys: 4 + i % 20 };
            merge(&mut all, &values([(i.to_string().as_str(), "value")]), limits);
            assert!(size(&all) <= limits.bytes && all.len() <= limits.keys);
            assert!(all.contains_key(&i.to_string()));
        }
    }

    #[test]
    fn only_an_object_has_keys() {
        let limits = MessageLimits::default();
        for bad in [&serde_json::json!(null), &serde_json::json!([1]), &serde_json::json!("a")] {
            assert_eq!(to_values(bad, &limits), Err(PushError::NotAnObject));
        }
    }

    #[test]
    fn what_no_client_takes_is_refused() {
        let limits = MessageLimits { message_bytes: 10, depth: 3, ..MessageLimits::default() };
        let of = |value: &serde_json::Value| to_values(value, &limits);
        assert!(of(&serde_json::json!({"a": "1234567"})).is_ok());
        let error = of(&serde_json::json!({"a": "12345678"})).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the values are too large: 11 bytes, at most 10 can be a model's"
        );
        assert!(of(&serde_json::json!({"a": [[1]]})).is_ok());
        assert!(matches!(of(&serde_json::json!({"a": [[[1]]]})), Err(PushError::TooLarge(_))));
    }
}
