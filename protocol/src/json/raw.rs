//! Payloads as text.

use std::collections::BTreeMap;
use std::vec;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Fields, Object, Text};
use crate::{Patch, RawJson};

impl Text for String {
    type Payload = RawJson;
    type Mark = usize;

    fn push(&mut self, text: &str) {
        self.push_str(text);
    }

    fn push_char(&mut self, char: char) {
        self.push(char);
    }

    fn payload(&mut self, payload: &RawJson) {
        self.push_str(payload.get());
    }

    fn bytes(&self) -> usize {
        self.len()
    }

    fn mark(&self) -> usize {
        self.len()
    }

    fn truncate(&mut self, mark: usize) {
        self.truncate(mark);
    }
}

/// The fields of a frame, as text.
pub(super) struct RawFields<'a>(vec::IntoIter<&'a RawValue>);

impl<'a> RawFields<'a> {
    /// Nothing if the frame is no array.
    pub(super) fn of(frame: &'a RawValue) -> Option<Self> {
        serde_json::from_str::<Vec<_>>(frame.get()).ok().map(|fields| Self(fields.into_iter()))
    }

    fn next<T: DeserializeOwned>(&mut self) -> Option<T> {
        parse(self.0.next()?)
    }
}

impl<'a> Fields for RawFields<'a> {
    type Payload = RawJson;
    type Object = Members<'a>;

    fn number(&mut self) -> Option<Option<u64>> {
        self.next()
    }

    fn text(&mut self) -> Option<Option<String>> {
        self.next()
    }

    fn payload(&mut self) -> Option<RawJson> {
        self.0.next().map(|value| RawJson(value.to_owned()))
    }

    fn payload_or_null(&mut self) -> Option<RawJson> {
        self.payload().filter(|payload| payload.get() != "null")
    }

    fn patch(&mut self) -> Option<Patch<RawJson>> {
        let members: BTreeMap<String, Box<RawValue>> = self.next()?;
        Some(members.into_iter().map(|(key, value)| (key, RawJson(value))).collect())
    }

    fn object(&mut self) -> Option<Members<'a>> {
        Members::of(self.0.next()?)
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
