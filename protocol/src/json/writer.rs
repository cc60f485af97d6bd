use serde::Serialize;

use super::Text;
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
        let _ = write!(self.out, "[{code}");
        self
    }

    pub(super) fn end(&mut self) {
        self.push("]");
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        let _ = write!(self.out, ",{number}");
        self
    }

    pub(super) fn optional_number(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => {
                self.push(",null");
                self
            }
        }
    }

    pub(super) fn string(&mut self, string: &str) -> &mut Self {
        self.push(",");
        self.quote(string);
        self
    }

    pub(super) fn optional_string(&mut self, string: Option<&str>) -> &mut Self {
        match string {
            Some(string) => self.string(string),
            None => {
                self.push(",null");
                self
            }
        }
    }

    pub(super) fn payload(&mut self, payload: Option<&T::Payload>) -> &mut Self {
        self.push(",");
        match payload {
            Some(payload) => self.out.payload(payload),
            None => self.push("null"),
        }
        self
    }

    pub(super) fn patch(&mut self, patch: &Patch<T::Payload>) -> &mut Self {
        self.push(",{");
        for (i, (key, value)) in patch.iter().enumerate() {
            if i > 0 {
                self.push(",");
            }
            self.quote(key);
            self.push(":");
            self.out.payload(value);
        }
        self.push("}");
        self
    }

    /// Options: a struct of plain fields, which always has a JSON form.
    pub(super) fn options(&mut self, options: &impl Serialize) -> &mut Self {
        self.push(",");
        self.push(&serde_json::to_string(options).unwrap_or_else(|_| "{}".into()));
        self
    }

    fn quote(&mut self, string: &str) {
        // Only non-string map keys and failing `Serialize` impls make this fail; a str has neither.
        self.push(&serde_json::to_string(string).unwrap_or_default());
    }

    fn push(&mut self, text: &str) {
        // A text in memory takes everything.
        let _ = self.out.write_str(text);
    }
}
