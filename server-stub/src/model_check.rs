use std::fmt::Display;

use fader_protocol::{Patch, RawPayload};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::PushError;

/// An error if the model `M` does not have these keys, or takes other types of
/// values for them. Keys may be missing.
///
/// A model whose type does not name its keys, such as a map, has them all.
pub(crate) fn check<M: DeserializeOwned>(values: &Patch<RawPayload>) -> Result<(), PushError> {
    match M::deserialize(Keys(values)) {
        Ok(_) | Err(Flaw(None)) => Ok(()),
        Err(Flaw(Some(error))) => Err(error),
    }
}

/// Some keys of a model, in the place of a model.
struct Keys<'a>(&'a Patch<RawPayload>);

/// Why that is not a model. That a key is missing is not counted.
#[derive(Debug)]
struct Flaw(Option<PushError>);

impl<'de> Deserializer<'de> for Keys<'de> {
    type Error = Flaw;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        match self.0.keys().find(|key| !fields.contains(&key.as_str())) {
            Some(key) => Err(Flaw(Some(PushError::UnknownKey(key.clone())))),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Flaw> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Flaw> {
        visitor.visit_map(Members { members: self.0.iter(), value: None })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct Members<'a, I> {
    members: I,
    value: Option<(&'a str, &'a RawPayload)>,
}

impl<'de, I: Iterator<Item = (&'de String, &'de RawPayload)>> MapAccess<'de> for Members<'de, I> {
    type Error = Flaw;

    fn next_key_seed<K>(&mut self, seed: K) -> Result<Option<K::Value>, Flaw>
    where
        K: DeserializeSeed<'de>,
    {
        let Some((key, value)) = self.members.next() else { return Ok(None) };
        self.value = Some((key, value));
        seed.deserialize(StrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V>(&mut self, seed: V) -> Result<V::Value, Flaw>
    where
        V: DeserializeSeed<'de>,
    {
        let (key, value) = self.value.take().ok_or(Flaw(None))?;
        // From the text, as the handler's model will be.
        let mut deserializer = serde_json::Deserializer::from_str(value.get());
        seed.deserialize(&mut deserializer).map_err(|error| {
            Flaw(Some(PushError::Value { key: key.into(), why: error.to_string() }))
        })
    }
}

impl Error for Flaw {
    fn custom<T: Display>(why: T) -> Self {
        Self(Some(PushError::Model(why.to_string())))
    }

    fn missing_field(_: &'static str) -> Self {
        Self(None)
    }

    fn unknown_field(key: &str, _: &'static [&'static str]) -> Self {
        Self(Some(PushError::UnknownKey(key.into())))
    }
}

impl Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(error) => error.fmt(f),
            None => f.write_str("a key is missing"),
        }
    }
}

impl std::error::Error for Flaw {}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use fader_protocol::MessageLimits;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;
    use crate::values::to_values;

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Model {
        band: Band,
        work_ms: f64,
        name: Option<String>,
    }

    #[derive(Serialize, Deserialize)]
    struct Band {
        gain: f64,
        q: f64,
    }

    fn checked<M: DeserializeOwned>(values: &serde_json::Value) -> Result<(), PushError> {
        check::<M>(&to_values(values, &MessageLimits::default()).unwrap())
    }

    #[test]
    fn some_of_the_keys_with_their_types_are_right() {
        for good in [
            json!({}),
            json!({"workMs": 1}),
            json!({"name": null}),
            json!({"name": "x", "band": {"gain": 1.5, "q": 1}}),
            json!({"name": "x", "band": {"gain": 1.5, "q": 1}, "workMs": 0}),
        ] {
            assert_eq!(checked::<Model>(&good), Ok(()), "{good}");
        }
    }

    #[test]
    fn another_key_or_type_is_named() {
        let unknown = |key: &str| Err(PushError::UnknownKey(key.into()));
        assert_eq!(checked::<Model>(&json!({"workMs": 1, "x": 1})), unknown("x"));
        assert_eq!(checked::<Model>(&json!({"work_ms": 1})), unknown("work_ms"));
        for (values, key) in [
            (json!({"workMs": "1"}), "workMs"),
            (json!({"workMs": f64::NAN}), "workMs"),
            (json!({"workMs": [[1]]}), "workMs"),
            (json!({"band": {"gain": 1}}), "band"),
            (json!({"band": {"gain": 1, "q": null}}), "band"),
        ] {
            match checked::<Model>(&values) {
                Err(PushError::Value { key: named, .. }) => assert_eq!(named, key),
                other => panic!("{values}: {other:?}"),
            }
        }
        let error = checked::<Model>(&json!({"workMs": null})).unwrap_err().to_string();
        assert!(error.starts_with("the model does not take the value of \"workMs\": "), "{error}");
    }

    #[test]
    fn other_forms_of_a_model_are_checked_as_far_as_they_say() {
        #[derive(Serialize, Deserialize)]
        struct Wrapped(Model);
        assert_eq!(checked::<Wrapped>(&json!({"workMs": 1})), Ok(()));
        assert!(checked::<Wrapped>(&json!({"x": 1})).is_err());

        type Map = BTreeMap<String, f64>;
        assert_eq!(checked::<Map>(&json!({"any": 1})), Ok(()));
        assert!(checked::<Map>(&json!({"any": "1"})).is_err());

        #[derive(Serialize, Deserialize)]
        struct Flat {
            #[serde(flatten)]
            band: Band,
            more: f64,
        }
        assert_eq!(checked::<Flat>(&json!({"gain": 1})), Ok(()));
        assert_eq!(checked::<Flat>(&json!({"gain": 1, "q": 1, "more": 1})), Ok(()));
        assert!(checked::<Flat>(&json!({"more": "1"})).is_err());

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, try_from = "Model")]
        struct Valid;
        impl TryFrom<Model> for Valid {
            type Error = &'static str;
            fn try_from(_: Model) -> Result<Self, &'static str> {
                Err("never valid")
            }
        }
        assert_eq!(checked::<Valid>(&json!({"workMs": 1})), Ok(()));
        let all = json!({"name": "x", "band": {"gain": 1.5, "q": 1}, "workMs": 0});
        assert_eq!(checked::<Valid>(&all), Err(PushError::Model("never valid".into())));
    }
}
