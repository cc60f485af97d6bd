use super::{Options, Text};
use crate::Patch;

/// Writes one frame: its code, then its fields.
#[derive(Debug)]
pub struct Writer<'a, T> {
    out: &'a mut T,
}

impl<'a, T: Text> Writer<'a, T> {
    pub(super) fn new(out: &'a mut T) -> Self {
        Self { out }
    }

    pub(super) fn begin(&mut self, code: u64) -> &mut Self {
        self.out.begin(code);
        self
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.out.number(number);
        self
    }

    pub(super) fn optional_number(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.null(),
        }
    }

    pub(super) fn string(&mut self, string: &str) -> &mut Self {
        self.out.string(string);
        self
    }

    pub(super) fn optional_string(&mut self, string: Option<&str>) -> &mut Self {
        match string {
            Some(string) => self.string(string),
            None => self.null(),
        }
    }

    pub(super) fn payload(&mut self, payload: &T::Payload) -> &mut Self {
        self.out.payload(payload);
        self
    }

    pub(super) fn optional_payload(&mut self, payload: Option<&T::Payload>) -> &mut Self {
        match payload {
            Some(payload) => self.payload(payload),
            None => self.null(),
        }
    }

    pub(super) fn patch(&mut self, patch: &Patch<T::Payload>) -> &mut Self {
        self.out.open();
        for (key, value) in patch {
            self.out.name(key);
            self.out.payload(value);
        }
        self.out.close();
        self
    }

    pub(super) fn options(&mut self, options: &impl Options) -> &mut Self {
        object(self.out, options);
        self
    }

    fn null(&mut self) -> &mut Self {
        self.out.null();
        self
    }
}

fn object<T: Text>(out: &mut T, options: &impl Options) {
    out.open();
    options.write(&mut Members { out });
    out.close();
}

/// Writes the members of an object.
#[derive(Debug)]
pub struct Members<'a, T> {
    out: &'a mut T,
}

impl<T: Text> Members<'_, T> {
    pub(super) fn number(&mut self, name: &str, number: u64) -> &mut Self {
        self.out.name(name);
        self.out.number(number);
        self
    }

    pub(super) fn string(&mut self, name: &str, string: &str) -> &mut Self {
        self.out.name(name);
        self.out.string(string);
        self
    }

    pub(super) fn boolean(&mut self, name: &str, boolean: bool) -> &mut Self {
        self.out.name(name);
        self.out.boolean(boolean);
        self
    }

    pub(super) fn options(&mut self, name: &str, options: &impl Options) -> &mut Self {
        self.out.name(name);
        object(self.out, options);
        self
    }
}
