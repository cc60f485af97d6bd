//! Payloads as the types of a contract.

use std::any::Any;

use serde::{Serialize, de, de::DeserializeOwned};

use super::{from_raw, to_raw};
use crate::payload::Raw;
use crate::{Bytes, RawPayload};

/// A value of a contract's type as a payload: [`Bytes`] as bytes, all else as JSON.
///
/// # Errors
/// When the value has no JSON form, such as a map with keys that are not strings.
pub fn to_payload<T: Serialize + 'static>(value: &T) -> Result<RawPayload, serde_json::Error> {
    match (value as &dyn Any).downcast_ref::<Bytes>() {
        Some(bytes) => Ok(bytes.clone().into()),
        None => to_raw(value),
    }
}

/// A payload as a value of a contract's type.
///
/// # Errors
/// When the payload is not of that type: [`Bytes`] are read only from bytes, and bytes
/// only as that.
pub fn from_payload<T: DeserializeOwned + 'static>(
    payload: RawPayload,
) -> Result<T, serde_json::Error> {
    match payload.0 {
        Raw::Json(_) => from_raw(&payload),
        Raw::Bytes(bytes) => {
            let mut value: Option<T> = None;
            if let Some(place) = (&mut value as &mut dyn Any).downcast_mut() {
                *place = Some(bytes);
            }
            value.ok_or_else(|| de::Error::custom("JSON was expected, and bytes came"))
        }
    }
}
