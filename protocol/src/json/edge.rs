use std::fmt;

use super::Options;
use crate::{Patch, Payload};

/// The text of a message in the making. A `String`, where payloads are text;
/// where they are kept as something else, text with places for them.
pub trait Text: fmt::Write + Default {
    /// What it takes as a payload.
    type Payload;
    /// A place to return to.
    type Mark: Copy;

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

/// A JSON value of a message that was received: a frame, or a field of one.
pub trait Value: Sized {
    /// What it is when nobody looks into it.
    type Payload: Payload;
    /// The values of an array.
    type Items: Iterator<Item = Self>;

    /// The values of an array; nothing if it is another value.
    fn into_items(self) -> Option<Self::Items>;

    /// The number, if it is an integer without a sign.
    fn integer(&self) -> Option<u64>;

    /// The text, if it is a string.
    fn text(&self) -> Option<String>;

    /// Whether it is `true`, if it is that or `false`.
    fn boolean(&self) -> Option<bool>;

    /// Whether it is `null`.
    fn is_null(&self) -> bool;

    /// Whether arrays and objects nest deeper than `limit` in it.
    fn is_deeper_than(&self, limit: usize) -> bool;

    /// The value as a payload; nothing if it says where its bytes are, and they are not.
    fn into_payload(self) -> Option<Self::Payload>;

    /// The members of an object; nothing if it is another value.
    fn into_patch(self) -> Option<Patch<Self::Payload>>;

    /// A member of an object; nothing if it is another value, or has none of that name.
    fn member(&self, name: &str) -> Option<Self>;

    /// The fields of an object; nothing if it is another value, or one of another type.
    fn options<T: Options>(&self) -> Option<T>;
}
