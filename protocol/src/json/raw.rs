//! What was received, as text.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::vec;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Fields, Object};
use crate::{Bytes, Patch, RawPayload};

/// The bytes of a binary message that follow its text, from which payloads are taken.
#[derive(Debug)]
pub(super) struct Store<'a> {
    bytes: &'a [u8],
    /// Up to where they were taken: no byte is taken twice, so that a small message
    /// does not become large payloads.
    taken: Cell<usize>,
}

impl<'a> Store<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, taken: Cell::new(0) }
    }

    /// The bytes at a place: where they begin, and how many they are.
    fn take(&self, place: &RawValue) -> Option<Bytes> {
        let (from, length): (usize, usize) = parse(place)?;
        if from < self.taken.get() {
            return None;
        }
        let to = from.checked_add(length)?;
        let bytes = self.bytes.get(from..to)?;
        self.taken.set(to);
        Some(Bytes(bytes.into()))
    }
}

/// The fields of a frame, as text.
pub(super) struct RawFields<'a> {
    fields: vec::IntoIter<&'a RawValue>,
    /// Of a binary message.
    store: Option<&'a Store<'a>>,
}

impl<'a> RawFields<'a> {
    /// Nothing if the frame is no array.
    pub(super) fn of(frame: &'a RawValue, store: Option<&'a Store<'a>>) -> Option<Self> {
        let fields: Vec<_> = serde_json::from_str(frame.get()).ok()?;
        Some(Self { fields: fields.into_iter(), store })
    }

    fn next<T: DeserializeOwned>(&mut self) -> Option<T> {
        parse(self.fields.next()?)
    }
}

impl<'a> Fields for RawFields<'a> {
    type Payload = RawPayload;
    type Object = Members<'a>;

    fn code(&mut self) -> Option<u64> {
        self.next()
    }

    fn number(&mut self) -> Option<Option<u64>> {
        self.next()
    }

    fn text(&mut self) -> Option<Option<String>> {
        self.next()
    }

    fn payload(&mut self) -> Option<RawPayload> {
        let value = self.fields.next()?;
        match self.store {
            None => Some(RawPayload::of(value.to_owned())),
            Some(store) => store.take(value).map(RawPayload::from),
        }
    }

    fn payload_or_null(&mut self) -> Option<RawPayload> {
        self.payload().filter(|payload| payload.get() != "null")
    }

    fn patch(&mut self) -> Option<Patch<RawPayload>> {
        let members: BTreeMap<String, Box<RawValue>> = self.next()?;
        Some(members.into_iter().map(|(key, value)| (key, RawPayload::of(value))).collect())
    }

    fn object(&mut self) -> Option<Members<'a>> {
        Members::of(self.fields.next()?)
    }
}

/// The members of an object, as text.
pub(super) struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    fn of(object: &'a RawValue) -> Option<Self> {
        serde_json::from_str(object.get()).ok().map(Self)
    }

    fn member<T: DeserializeOwned>(&self, name: &str) -> Option<Option<T>> {
        match self.0.get(name) {
            Some(value) => parse(value),
            None => Some(None),
        }
    }
}

impl Object for Members<'_> {
    fn number(&self, name: &str) -> Option<Option<u64>> {
        self.member(name)
    }

    fn text(&self, name: &str) -> Option<Option<String>> {
        self.member(name)
    }

    fn boolean(&self, name: &str) -> Option<Option<bool>> {
        self.member(name)
    }

    fn object(&self, name: &str) -> Option<Option<Self>> {
        match self.0.get(name) {
            Some(value) if value.get() != "null" => Members::of(value).map(Some),
            _ => Some(None),
        }
    }
}

fn parse<T: DeserializeOwned>(value: &RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}
