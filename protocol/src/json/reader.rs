use super::{Options, Value};
use crate::{FrameError, Limits, MAX_INTEGER, Patch, Rejection, code};

/// Reads one frame field by field. Fields after the known ones are ignored, so
/// that later versions may add some.
#[derive(Debug)]
pub struct Reader<'a, V: Value> {
    fields: V::Items,
    limits: &'a Limits,
    code: u64,
    request: Option<u64>,
}

impl<'a, V: Value> Reader<'a, V> {
    pub(super) fn new(frame: V, limits: &'a Limits) -> Result<Self, FrameError> {
        let bad = |message: &str| FrameError {
            code: code::BAD_FRAME,
            message: message.into(),
            request: None,
            sequenced: false,
        };
        let fields = frame
            .into_items()
            .ok_or_else(|| bad("a frame must be an array that begins with a code"))?;
        let mut reader = Self { fields, limits, code: 0, request: None };
        reader.code = reader
            .next()
            .and_then(|code| integer(&code))
            .ok_or_else(|| bad("a frame must begin with its code, an integer"))?;
        Ok(reader)
    }

    pub(super) fn code(&self) -> u64 {
        self.code
    }

    fn next(&mut self) -> Option<V> {
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
        let number = self.next().and_then(|number| integer(&number));
        number.ok_or_else(|| self.bad(field, "an integer from 0 to 2^53-1"))
    }

    /// The id of a request, which later errors of the frame will name.
    pub(super) fn request_id(&mut self) -> Result<u64, FrameError> {
        let id = self.number("id")?;
        self.request = Some(id);
        Ok(id)
    }

    pub(super) fn optional_number(&mut self, field: &str) -> Result<Option<u64>, FrameError> {
        match self.next() {
            Some(value) if value.is_null() => Ok(None),
            Some(value) => match integer(&value) {
                Some(number) => Ok(Some(number)),
                None => Err(self.bad(field, "an integer from 0 to 2^53-1, or null")),
            },
            None => Err(self.bad(field, "an integer from 0 to 2^53-1, or null")),
        }
    }

    pub(super) fn name(&mut self, field: &str) -> Result<String, FrameError> {
        let value = self.next();
        self.named(field, value)
    }

    pub(super) fn optional_name(&mut self, field: &str) -> Result<Option<String>, FrameError> {
        match self.next() {
            Some(value) if value.is_null() => Ok(None),
            value => self.named(field, value).map(Some),
        }
    }

    fn named(&self, field: &str, value: Option<V>) -> Result<String, FrameError> {
        let limit = self.limits.name_bytes;
        value
            .and_then(|name| name.text())
            .filter(|name| !name.is_empty() && name.len() <= limit)
            .ok_or_else(|| self.bad(field, &format!("a string of 1 to {limit} bytes")))
    }

    pub(super) fn text(&mut self, field: &str) -> Result<String, FrameError> {
        let text = self.next().and_then(|text| text.text());
        text.ok_or_else(|| self.bad(field, "a string"))
    }

    pub(super) fn payload(&mut self, field: &str) -> Result<V::Payload, FrameError> {
        let value = self.next().ok_or_else(|| self.bad(field, "present"))?;
        self.opaque(field, value)
    }

    fn opaque(&self, field: &str, value: V) -> Result<V::Payload, FrameError> {
        self.check_depth(field, &value)?;
        value.into_payload().ok_or_else(|| self.bad(field, "the place of bytes of the message"))
    }

    fn check_depth(&self, field: &str, value: &V) -> Result<(), FrameError> {
        let limit = self.limits.depth;
        if value.is_deeper_than(limit) {
            return Err(self.bad(field, &format!("nested at most {limit} levels deep")));
        }
        Ok(())
    }

    pub(super) fn patch(&mut self) -> Result<Patch<V::Payload>, FrameError> {
        let limit = self.limits.name_bytes;
        let value = self.next();
        if let Some(value) = &value {
            self.check_depth("patch", value)?;
        }
        value
            .and_then(V::into_patch)
            .filter(|patch| patch.keys().all(|key| !key.is_empty() && key.len() <= limit))
            .ok_or_else(|| self.bad("patch", &format!("an object with keys of 1 to {limit} bytes")))
    }

    pub(super) fn rejection(&mut self) -> Result<Rejection<V::Payload>, FrameError> {
        Ok(Rejection {
            code: self.name("code")?,
            message: self.text("message")?,
            data: match self.next() {
                Some(value) if !value.is_null() => Some(self.opaque("data", value)?),
                _ => None,
            },
        })
    }

    /// Options: an object. Members that the type does not have are ignored.
    pub(super) fn options<T: Options>(&mut self, must_be: &str) -> Result<T, FrameError> {
        let options = self.next().and_then(|options| options.options());
        options.ok_or_else(|| self.bad("options", must_be))
    }
}

fn integer<V: Value>(value: &V) -> Option<u64> {
    value.integer().filter(|number| *number <= MAX_INTEGER)
}

/// Whether the link counts frames of this code, known or not: so that the two
/// ends count alike even where one does not understand the other.
pub(super) fn is_sequenced(code: u64) -> bool {
    matches!(code, 10..=19 | 30..=39 | 60..)
}
