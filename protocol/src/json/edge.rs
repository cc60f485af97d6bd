use super::Options;
use crate::{Patch, Payload};

/// A message in the making: its text, and the payloads in it or beside it.
pub trait Text: Default {
    /// What it takes as a payload.
    type Payload;
    /// A place to return to.
    type Mark: Copy;

    /// Adds text.
    fn push(&mut self, text: &str);

    /// Adds a character.
    fn push_char(&mut self, char: char);

    /// Adds a payload.
    fn payload(&mut self, payload: &Self::Payload);

    /// Whether it has payloads that are JSON and such that are bytes, which no one
    /// message may.
    fn is_mixed(&self) -> bool;

    /// The most bytes that it takes, payloads included.
    fn bytes(&self) -> usize;

    /// The present end.
    fn mark(&self) -> Self::Mark;

    /// Takes back what was added after `mark`.
    fn truncate(&mut self, mark: Self::Mark);
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
