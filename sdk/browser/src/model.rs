use std::collections::BTreeMap;

use fader_core::{Patch, RawPayload};
use fader_protocol::json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::ModelError;

/// A model as the app's type, and what its keys hold as text: what a new model
/// is compared with.
#[derive(Clone)]
pub(crate) struct Model<T> {
    value: T,
    keys: Patch<RawPayload>,
}

impl<T: Serialize + DeserializeOwned> Model<T> {
    pub(crate) fn new(value: T) -> Result<Self, ModelError> {
        let keys = changed(&Patch::new(), &value)?;
        Ok(Self { value, keys })
    }

    pub(crate) fn value(&self) -> &T {
        &self.value
    }

    pub(crate) fn keys(&self) -> &Patch<RawPayload> {
        &self.keys
    }

    /// The keys that hold something else in `value`.
    pub(crate) fn changes(&self, value: &T) -> Result<Patch<RawPayload>, ModelError> {
        changed(&self.keys, value)
    }

    /// Takes `value` over, which differs in the keys of `changes`.
    pub(crate) fn set(&mut self, value: T, changes: Patch<RawPayload>) {
        self.value = value;
        self.keys.extend(changes);
    }

    /// Takes keys over that were changed elsewhere.
    ///
    /// # Errors
    /// When they do not make up the app's type. The typed value stays as it was.
    pub(crate) fn merge(&mut self, patch: Patch<RawPayload>) -> Result<(), serde_json::Error> {
        self.keys.extend(patch);
        let keys =
            self.keys.iter().map(|(key, value)| Ok((key, serde_json::from_str(value.get())?)));
        let object: BTreeMap<&String, &RawValue> =
            keys.collect::<Result<_, serde_json::Error>>()?;
        self.value = json::from_raw(&json::to_raw(&object)?)?;
        Ok(())
    }
}

fn changed<T: Serialize + DeserializeOwned>(
    keys: &Patch<RawPayload>,
    value: &T,
) -> Result<Patch<RawPayload>, ModelError> {
    let unserializable = |error: serde_json::Error| ModelError::Unserializable(error.to_string());
    let text = json::to_raw(value).map_err(unserializable)?;
    // Which is what serde_json makes of numbers that JSON does not have.
    if text.get().contains("null")
        && let Err(error) = json::from_raw::<T>(&text)
    {
        let why = format!("JSON has no infinite numbers and no NaN ({error})");
        return Err(ModelError::Unserializable(why));
    }
    let present: BTreeMap<String, &RawValue> =
        serde_json::from_str(text.get()).map_err(|_| ModelError::NotAnObject)?;
    if let Some(missing) = keys.keys().find(|key| !present.contains_key(*key)) {
        return Err(ModelError::MissingKey(missing.clone()));
    }
    present
        .into_iter()
        .filter(|(key, value)| keys.get(key).is_none_or(|old| old.get() != value.get()))
        .map(|(key, value)| Ok((key, json::to_raw(value).map_err(unserializable)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Sides {
        width: f64,
        height: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }

    fn sides(width: f64, height: f64) -> Sides {
        Sides { width, height, note: None }
    }

    fn text(patch: &Patch<RawPayload>) -> Vec<(&str, &str)> {
        patch.iter().map(|(key, value)| (key.as_str(), value.get())).collect()
    }

    #[test]
    fn only_changed_keys_are_in_the_patch() {
        let mut model = Model::new(sides(1.0, 2.0)).unwrap();
        assert_eq!(text(model.keys()), [("height", "2.0"), ("width", "1.0")]);
        assert!(model.changes(&sides(1.0, 2.0)).unwrap().is_empty());
        let changes = model.changes(&sides(1.0, 3.0)).unwrap();
        assert_eq!(text(&changes), [("height", "3.0")]);
        model.set(sides(1.0, 3.0), changes);
        assert!(model.changes(&sides(1.0, 3.0)).unwrap().is_empty());
        assert_eq!(model.value(), &sides(1.0, 3.0));
    }

    #[test]
    fn what_has_no_keys_is_refused() {
        assert_eq!(Model::new(vec![1, 2]).err(), Some(ModelError::NotAnObject));
        assert_eq!(Model::new(String::new()).err(), Some(ModelError::NotAnObject));
        let no_json = BTreeMap::from([(1.5_f64.to_bits(), 3)].map(|(k, v)| ((k, k), v)));
        assert!(matches!(changed(&Patch::new(), &no_json), Err(ModelError::Unserializable(_))));
    }

    #[test]
    fn a_number_that_json_does_not_have_is_refused() {
        let model = Model::new(sides(1.0, 2.0)).unwrap();
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = model.changes(&sides(1.0, bad)).unwrap_err();
            assert!(error.to_string().contains("no NaN"), "{error}");
            assert!(Model::new(sides(bad, 2.0)).is_err());
        }
        // Another null is a value like any other.
        let opt = Model::new(BTreeMap::from(
            [("a", None), ("b", Some(1.0))].map(|(k, v)| (k.to_owned(), v)),
        ));
        assert_eq!(text(opt.unwrap().keys()), [("a", "null"), ("b", "1.0")]);
    }

    #[test]
    fn a_model_that_loses_a_key_is_refused() {
        let note = Some("a".to_owned());
        let model = Model::new(Sides { note, ..sides(1.0, 2.0) }).unwrap();
        let lost = model.changes(&sides(1.0, 2.0));
        assert_eq!(lost, Err(ModelError::MissingKey("note".into())));
    }

    #[test]
    fn keys_from_elsewhere_are_merged() {
        let mut model = Model::new(sides(1.0, 2.0)).unwrap();
        model.merge(Patch::from([("width".into(), json::to_raw(&5.0).unwrap())])).unwrap();
        assert_eq!(model.value(), &sides(5.0, 2.0));
        assert!(model.changes(&sides(5.0, 2.0)).unwrap().is_empty());

        let wrong = Patch::from([("width".into(), json::to_raw("wide").unwrap())]);
        assert!(model.merge(wrong).is_err());
        assert_eq!(model.value(), &sides(5.0, 2.0));
        let changes = model.changes(&sides(5.0, 2.0)).unwrap();
        assert_eq!(text(&changes), [("width", "5.0")]);
    }
}
