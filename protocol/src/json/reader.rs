use super::{Fields, Options};
use crate::{FrameError, MAX_INTEGER, MessageLimits, Patch, Payload, Rejection, code};

/// Reads one frame field by field. Fields after the known ones are ignored, so
/// that later versions may add some.
///
/// A field that is not what it must be is read as nothing, and the first of them is
/// what is wrong with the frame: whoever reads it need not look at each.
#[derive(Debug)]
pub struct Reader<'a, F> {
    fields: F,
    limits: &'a MessageLimits,
    code: u64,
    request: Option<u64>,
    subscription: Option<u64>,
    fault: Option<Fault>,
}

/// What is wrong with a frame.
#[derive(Debug)]
struct Fault {
    field: &'static str,
    must_be: String,
}

impl<'a, F: Fields> Reader<'a, F> {
    pub(super) fn new(fields: Option<F>, limits: &'a MessageLimits) -> Result<Self, FrameError> {
        let mut fields = fields.ok_or_else(|| {
            FrameError::no_frame("a frame must be an array that begins with a code")
        })?;
        match fields.code() {
            Some(code) if code <= MAX_INTEGER => {
                Ok(Self { fields, limits, code, request: None, subscription: None, fault: None })
            }
            _ => Err(FrameError::no_frame("a frame must begin with its code, an integer")),
        }
    }

    pub(super) fn code(&self) -> u64 {
        self.code
    }

    /// The frame that was read, unless its code was not known or a field not what it must be.
    pub(super) fn finish<T>(self, frame: Option<T>) -> Result<T, FrameError> {
        match (self.fault, frame) {
            (None, Some(frame)) => Ok(frame),
            (Some(Fault { field, must_be }), _) => {
                let error = FrameError::bad_field(self.code, field, &must_be);
                Err(FrameError { request: self.request, subscription: self.subscription, ..error })
            }
            (None, None) => Err(FrameError::unknown(self.code)),
        }
    }

    pub(super) fn number(&mut self, field: &'static str) -> u64 {
        match self.fields.number().flatten() {
            Some(number) if number <= MAX_INTEGER => number,
            _ => self.fault(field, "an integer from 0 to 2^53-1").unwrap_or_default(),
        }
    }

    /// The id of a request, which later errors of the frame will name.
    pub(super) fn request_id(&mut self) -> u64 {
        let id = self.number("id");
        if self.fault.is_none() {
            self.request = Some(id);
        }
        id
    }

    /// The id of a subscription, which later errors of the frame will name.
    pub(super) fn subscription_id(&mut self) -> u64 {
        let id = self.number("id");
        if self.fault.is_none() {
            self.subscription = Some(id);
        }
        id
    }

    pub(super) fn optional_number(&mut self, field: &'static str) -> Option<u64> {
        match self.fields.number() {
            Some(number) if number.is_none_or(|number| number <= MAX_INTEGER) => number,
            _ => self.fault(field, "an integer from 0 to 2^53-1, or null"),
        }
    }

    pub(super) fn name(&mut self, field: &'static str) -> String {
        let name = self.fields.text().flatten();
        self.named(field, name).unwrap_or_default()
    }

    pub(super) fn optional_name(&mut self, field: &'static str) -> Option<String> {
        match self.fields.text() {
            Some(None) => None,
            name => self.named(field, name.flatten()),
        }
    }

    fn named(&mut self, field: &'static str, name: Option<String>) -> Option<String> {
        let limits = self.limits;
        let name = name.filter(|name| limits.allow_name(name));
        name.or_else(|| self.fault(field, &length("a string", limits)))
    }

    pub(super) fn text(&mut self, field: &'static str) -> String {
        let text = self.fields.text().flatten();
        text.or_else(|| self.fault(field, "a string")).unwrap_or_default()
    }

    pub(super) fn payload(&mut self, field: &'static str) -> F::Payload {
        let payload = self.fields.payload();
        match payload.or_else(|| self.fault(field, "present")) {
            Some(payload) => self.shallow(field, payload),
            None => F::Payload::default(),
        }
    }

    /// A payload that is not too deep to be walked by a program that calls itself for
    /// each level.
    fn shallow(&mut self, field: &'static str, payload: F::Payload) -> F::Payload {
        if payload.is_deeper_than(self.limits.depth) {
            self.too_deep(field);
        }
        payload
    }

    fn too_deep(&mut self, field: &'static str) {
        let _: Option<()> = self.fault(field, &depth(self.limits));
    }

    pub(super) fn patch(&mut self) -> Patch<F::Payload> {
        let limits = self.limits;
        let patch = self.fields.patch();
        let patch = patch.filter(|patch| patch.keys().all(|key| limits.allow_name(key)));
        let patch = patch.or_else(|| self.fault("patch", &length("an object with keys", limits)));
        let patch = patch.unwrap_or_default();
        // The object itself is a level.
        if patch.values().any(|value| value.is_deeper_than(limits.depth.saturating_sub(1))) {
            self.too_deep("patch");
        }
        patch
    }

    pub(super) fn rejection(&mut self) -> Rejection<F::Payload> {
        let (code, message) = (self.name("code"), self.text("message"));
        let data = self.fields.payload_or_null().map(|data| self.shallow("data", data));
        Rejection { code, message, data }
    }

    /// Options: an object. Members that the type does not have are ignored.
    pub(super) fn options<T: Options>(&mut self, must_be: &str) -> Option<T> {
        let options = self.fields.object().and_then(|object| T::read(&object));
        options.or_else(|| self.fault("options", must_be))
    }

    /// The field is not what it must be; answers nothing in its place.
    pub(super) fn fault<T>(&mut self, field: &'static str, must_be: &str) -> Option<T> {
        if self.fault.is_none() {
            self.fault = Some(Fault { field, must_be: must_be.into() });
        }
        None
    }
}

fn length(of: &str, limits: &MessageLimits) -> String {
    format!("{of} of 1 to {} bytes", limits.name_bytes)
}

fn depth(limits: &MessageLimits) -> String {
    format!("nested at most {} levels deep", limits.depth)
}

impl FrameError {
    fn no_frame(message: &str) -> Self {
        Self::new(code::BAD_FRAME, message.into(), false)
    }

    fn unknown(of: u64) -> Self {
        Self::new(code::UNKNOWN_FRAME, format!("frame {of} is not known"), is_sequenced(of))
    }

    fn bad_field(of: u64, field: &str, must_be: &str) -> Self {
        let message = format!("frame {of}: {field} must be {must_be}");
        Self::new(code::BAD_FRAME, message, is_sequenced(of))
    }

    fn new(code: &'static str, message: String, sequenced: bool) -> Self {
        Self { code, message, request: None, subscription: None, sequenced }
    }
}

/// Whether the link counts frames of this code, known or not: so that the two
/// ends count alike even where one does not understand the other.
fn is_sequenced(code: u64) -> bool {
    matches!(code, 10..=19 | 30..=39 | 60..)
}
