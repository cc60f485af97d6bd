use fader_protocol::{RawPayload, json};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// `value` as a payload.
///
/// JSON has no number that is infinite or none (NaN); serde_json writes `null`
/// in its place, which the other end could not read as a number. So that is an
/// error here, unless the type takes a null there.
pub(crate) fn to_payload<T>(value: &T) -> Result<RawPayload, serde_json::Error>
where
    T: Serialize + DeserializeOwned + 'static,
{
    let payload = json::to_payload(value)?;
    check_nulls::<T>(&payload)?;
    Ok(payload)
}

/// An error if the payload has a null that cannot be read as a `T`.
pub(crate) fn check_nulls<T: DeserializeOwned>(
    payload: &RawPayload,
) -> Result<(), serde_json::Error> {
    if payload.get().contains("null") {
        json::from_raw::<T>(payload)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_json_form_is_an_error() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(to_payload(&bad).is_err());
            assert!(to_payload(&vec![1.0, bad]).is_err());
            assert!(to_payload(&(Some(1), bad)).is_err());
        }
    }

    #[test]
    fn a_null_that_is_meant_is_none() {
        assert_eq!(to_payload(&()).unwrap().get(), "null");
        assert_eq!(
            to_payload(&(None::<f64>, "null".to_owned())).unwrap().get(),
            r#"[null,"null"]"#
        );
    }
}
