use std::any::{TypeId, type_name};

use fader_protocol::{LiveGroup, MessageLimits, Patch, RawPayload, json};
use serde::Serialize;

use crate::payload::check_nulls;
use crate::values::to_values;
use crate::{PartialError, PushError, model_check};

/// A live group's types, for what is known of them only when a handler runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GroupType {
    pub(crate) name: &'static str,
    result: TypeId,
    result_name: &'static str,
    check_nulls: fn(&RawPayload) -> Result<(), serde_json::Error>,
    check_values: fn(&Patch<RawPayload>) -> Result<(), PushError>,
}

impl GroupType {
    pub(crate) fn of<G: LiveGroup>() -> Self {
        Self {
            name: G::NAME,
            result: TypeId::of::<G::Result>(),
            result_name: type_name::<G::Result>(),
            check_nulls: check_nulls::<G::Result>,
            check_values: model_check::check::<G::Model>,
        }
    }

    /// A coarse result as JSON.
    pub(crate) fn partial<R>(&self, result: &R) -> Result<RawPayload, PartialError>
    where
        R: Serialize + 'static,
    {
        if TypeId::of::<R>() != self.result {
            return Err(PartialError::Type { is: type_name::<R>(), expected: self.result_name });
        }
        let not_json = |error: serde_json::Error| PartialError::NotJson(error.to_string());
        let payload = json::to_payload(result).map_err(not_json)?;
        (self.check_nulls)(&payload).map_err(not_json)?;
        Ok(payload)
    }

    /// Values of the model's keys as JSON that fits these limits.
    pub(crate) fn values<V>(
        &self,
        values: &V,
        limits: &MessageLimits,
    ) -> Result<Patch<RawPayload>, PushError>
    where
        V: Serialize + ?Sized,
    {
        let values = to_values(values, limits)?;
        (self.check_values)(&values)?;
        Ok(values)
    }
}
