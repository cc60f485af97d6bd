use super::Options;
use crate::{Patch, Payload};

/// A message in the making. It sets brackets and commas by itself.
pub trait Text: Default {
    /// What it takes as a payload.
    type Payload;

    /// Ends the frame before, and begins one with its code.
    fn begin(&mut self, code: u64);

    /// Adds an integer.
    fn number(&mut self, number: u64);

    /// Adds a string.
    fn string(&mut self, string: &str);

    /// Adds `true` or `false`.
    fn boolean(&mut self, boolean: bool);

    /// Adds `null`.
    fn null(&mut self);

    /// Adds a payload.
    fn payload(&mut self, payload: &Self::Payload);

    /// Begins an object.
    fn open(&mut self);

    /// Adds the name of an object's next member.
    fn name(&mut self, name: &str);

    /// Ends an object.
    fn close(&mut self);

    /// Whether it can be sent: as no more than `limit` bytes, and without payloads that
    /// are JSON beside such that are bytes, which no one message may have.
    fn fits(&self, limit: usize) -> bool;

    /// Takes back what the last [`begin`](Text::begin) began.
    fn take_back(&mut self);
}

/// The fields of a frame that was received, each to be asked for once, in their order.
///
/// Where a field may be `null`, the inner `None` says that it is, and the outer one that
/// it is missing or something else.
pub trait Fields {
    /// What a value is when nobody looks into it.
    type Payload: Payload;
    /// An object that is looked into.
    type Object: Object;

    /// The first field, the frame's code.
    fn code(&mut self) -> Option<u64>;

    /// The next field as an integer without a sign.
    fn number(&mut self) -> Option<Option<u64>>;

    /// The next field as a string.
    fn text(&mut self) -> Option<Option<String>>;

    /// The next field as a payload.
    fn payload(&mut self) -> Option<Self::Payload>;

    /// The next field as a payload, where `null` is as good as nothing.
    fn payload_or_null(&mut self) -> Option<Self::Payload>;

    /// The next field, an object, as its members.
    fn patch(&mut self) -> Option<Patch<Self::Payload>>;

    /// The next field, an object, to look into.
    fn object(&mut self) -> Option<Self::Object>;
}

/// A JSON object that was received. A member that is missing is as good as `null`:
/// the inner `None`. The outer one is any other value than the one asked for.
pub trait Object: Sized {
    /// A member that is an integer without a sign.
    fn number(&self, name: &str) -> Option<Option<u64>>;

    /// A member that is a string.
    fn text(&self, name: &str) -> Option<Option<String>>;

    /// A member that is `true` or `false`.
    fn boolean(&self, name: &str) -> Option<Option<bool>>;

    /// A member that is an object.
    fn object(&self, name: &str) -> Option<Option<Self>>;

    /// A member that is an object of fields.
    fn options<T: Options>(&self, name: &str) -> Option<Option<T>> {
        match self.object(name)? {
            Some(object) => T::read(&object).map(Some),
            None => Some(None),
        }
    }
}
