use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::depth;
use crate::{FrameError, Limits, MAX_INTEGER, Patch, RawJson, Rejection, code};

/// Reads one frame field by field. Fields after the known ones are ignored, so
/// that later versions may add some.
#[derive(Debug)]
pub struct Reader<'a> {
    fields: std::vec::IntoIter<&'a RawValue>,
    limits: &'a Limits,
    code: u64,
    request: Option<u64>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(frame: &'a RawValue, limits: &'a Limits) -> Result<Self, FrameError> {
        let bad = |message: &str| FrameError {
            code: code::BAD_FRAME,
            message: message.into(),
            request: None,
            sequenced: false,
        };
        let fields: Vec<&RawValue> = serde_json::from_str(frame.get())
            .map_err(|_| bad("a frame must be an array that begins with a code"))?;
        let mut reader = Self { fields: fields.into_iter(), limits, code: 0, request: None };
        reader.code = reader
            .next()
            .and_then(integer)
            .ok_or_else(|| bad("a frame must begin with its code, an integer"))?;
        Ok(reader)
    }

    pub(super) fn code(&self) -> u64 {
        self.code
    }

    fn next(&mut self) -> Option<&'a RawValue> {
        self.fields.next()
    }

    /// An error that says which field is wrong and what it must be.
    pub(super) fn bad(&self, field: &str, must_be: &str) -> FrameError {
        FrameError {
            code: code::BAD_FRAME,
            message: format!("frame {}: {field} must be {must_be}", self.code),
            request: self.request,
            sequenced: is_sequenced(self.code),
        }
    }

    pub(super) fn unknown(&self) -> FrameError {
        FrameError {
            code: code::UNKNOWN_FRAME,
            message: format!("frame {} is not known", self.code),
            request: None,
            sequenced: is_sequenced(self.code),
        }
    }

    pub(super) fn number(&mut self, field: &str) -> Result<u64, FrameError> {
        self.next().and_then(integer).ok_or_else(|| self.bad(field, "an integer from 0 to 2^53-1"))
    }

    /// The id of a request, which later errors of the frame will name.
    pub(super) fn request_id(&mut self) -> Result<u64, FrameError> {
        let id = self.number("id")?;
        self.request = Some(id);
        Ok(id)
    }

    pub(super) fn optional_number(&mut self, field: &str) -> Result<Option<u64>, FrameError> {
        match self.next() {
            Some(raw) if raw.get() == "null" => Ok(None),
            Some(raw) => match integer(raw) {
                Some(number) => Ok(Some(number)),
                None => Err(self.bad(field, "an integer from 0 to 2^53-1, or null")),
            },
            None => Err(self.bad(field, "an integer from 0 to 2^53-1, or null")),
        }
    }

    pub(super) fn name(&mut self, field: &str) -> Result<String, FrameError> {
        let limit = self.limits.name_bytes;
        self.next()
            .and_then(parse::<String>)
            .filter(|name| !name.is_empty() && name.len() <= limit)
            .ok_or_else(|| self.bad(field, &format!("a string of 1 to {limit} bytes")))
    }

    pub(super) fn optional_name(&mut self, field: &str) -> Result<Option<String>, FrameError> {
        if self.fields.as_slice().first().is_some_and(|raw| raw.get() == "null") {
            self.next();
            return Ok(None);
        }
        self.name(field).map(Some)
    }

    pub(super) fn text(&mut self, field: &str) -> Result<String, FrameError> {
        self.next().and_then(parse).ok_or_else(|| self.bad(field, "a string"))
    }

    pub(super) fn payload(&mut self, field: &str) -> Result<RawJson, FrameError> {
        let raw = self.next().ok_or_else(|| self.bad(field, "present"))?;
        self.opaque(field, raw)
    }

    fn opaque(&self, field: &str, raw: &RawValue) -> Result<RawJson, FrameError> {
        self.check_depth(field, raw)?;
        Ok(RawJson(raw.to_owned()))
    }

    fn check_depth(&self, field: &str, raw: &RawValue) -> Result<(), FrameError> {
        let limit = self.limits.depth;
        if depth::exceeds(raw.get(), limit) {
            return Err(self.bad(field, &format!("nested at most {limit} levels deep")));
        }
        Ok(())
    }

    pub(super) fn patch(&mut self) -> Result<Patch<RawJson>, FrameError> {
        let limit = self.limits.name_bytes;
        let raw = self.next();
        if let Some(raw) = raw {
            self.check_depth("patch", raw)?;
        }
        raw.and_then(parse::<Patch<Box<RawValue>>>)
            .filter(|patch| patch.keys().all(|key| !key.is_empty() && key.len() <= limit))
            .map(|patch| patch.into_iter().map(|(key, raw)| (key, RawJson(raw))).collect())
            .ok_or_else(|| self.bad("patch", &format!("an object with keys of 1 to {limit} bytes")))
    }

    pub(super) fn rejection(&mut self) -> Result<Rejection<RawJson>, FrameError> {
        Ok(Rejection {
            code: self.name("code")?,
            message: self.text("message")?,
            data: match self.next() {
                Some(raw) if raw.get() != "null" => Some(self.opaque("data", raw)?),
                _ => None,
            },
        })
    }

    /// Options: an object. Members that the type does not have are ignored.
    pub(super) fn options<T: DeserializeOwned>(&mut self, must_be: &str) -> Result<T, FrameError> {
        self.next()
            // To serde, an array is a struct too.
            .filter(|raw| raw.get().starts_with('{'))
            .and_then(parse)
            .ok_or_else(|| self.bad("options", must_be))
    }
}

fn parse<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

fn integer(raw: &RawValue) -> Option<u64> {
    parse::<u64>(raw).filter(|number| *number <= MAX_INTEGER)
}

/// Whether the link counts frames of this code, known or not: so that the two
/// ends count alike even where one does not understand the other.
pub(super) fn is_sequenced(code: u64) -> bool {
    matches!(code, 10..=19 | 30..=39 | 60..)
}
