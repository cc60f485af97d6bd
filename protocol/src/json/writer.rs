use std::fmt::Write as _;

use serde::Serialize;

use crate::{Patch, RawJson};

/// Writes one frame: its code, then its fields.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut String,
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut String) -> Self {
        Self { out }
    }

    pub(super) fn begin(&mut self, code: u64) -> &mut Self {
        let _ = write!(self.out, "[{code}");
        self
    }

    pub(super) fn end(&mut self) {
        self.out.push(']');
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        let _ = write!(self.out, ",{number}");
        self
    }

    pub(super) fn optional_number(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => {
                self.out.push_str(",null");
                self
            }
        }
    }

    pub(super) fn string(&mut self, string: &str) -> &mut Self {
        self.out.push(',');
        quote(self.out, string);
        self
    }

    pub(super) fn optional_string(&mut self, string: Option<&str>) -> &mut Self {
        match string {
            Some(string) => self.string(string),
            None => {
                self.out.push_str(",null");
                self
            }
        }
    }

    pub(super) fn payload(&mut self, payload: Option<&RawJson>) -> &mut Self {
        self.out.push(',');
        self.out.push_str(payload.map_or("null", RawJson::get));
        self
    }

    pub(super) fn patch(&mut self, patch: &Patch<RawJson>) -> &mut Self {
        self.out.push_str(",{");
        for (i, (key, value)) in patch.iter().enumerate() {
            if i > 0 {
                self.out.push(',');
            }
            quote(self.out, key);
            self.out.push(':');
            self.out.push_str(value.get());
        }
        self.out.push('}');
        self
    }

    /// Options: a struct of plain fields, which always has a JSON form.
    pub(super) fn options(&mut self, options: &impl Serialize) -> &mut Self {
        self.out.push(',');
        self.out.push_str(&serde_json::to_string(options).unwrap_or_else(|_| "{}".into()));
        self
    }
}

fn quote(out: &mut String, string: &str) {
    // Only non-string map keys and failing `Serialize` impls make this fail; a str has neither.
    out.push_str(&serde_json::to_string(string).unwrap_or_default());
}
