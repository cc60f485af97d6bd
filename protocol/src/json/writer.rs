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
        self.out.push("[");
        digits(self.out, code);
        self
    }

    pub(super) fn end(&mut self) {
        self.out.push("]");
    }

    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.out.push(",");
        digits(self.out, number);
        self
    }

    pub(super) fn optional_number(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.null(),
        }
    }

    pub(super) fn string(&mut self, string: &str) -> &mut Self {
        self.out.push(",");
        quote(self.out, string);
        self
    }

    pub(super) fn optional_string(&mut self, string: Option<&str>) -> &mut Self {
        match string {
            Some(string) => self.string(string),
            None => self.null(),
        }
    }

    pub(super) fn payload(&mut self, payload: &T::Payload) -> &mut Self {
        self.out.push(",");
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
        self.out.push(",{");
        let mut members = Members { out: self.out, first: true };
        for (key, value) in patch {
            members.name(key);
            members.out.payload(value);
        }
        self.out.push("}");
        self
    }

    pub(super) fn options(&mut self, options: &impl Options) -> &mut Self {
        self.out.push(",{");
        options.write(&mut Members { out: self.out, first: true });
        self.out.push("}");
        self
    }

    fn null(&mut self) -> &mut Self {
        self.out.push(",null");
        self
    }
}

/// Writes the members of an object.
#[derive(Debug)]
pub struct Members<'a, T> {
    out: &'a mut T,
    first: bool,
}

impl<T: Text> Members<'_, T> {
    fn name(&mut self, name: &str) {
        if !std::mem::take(&mut self.first) {
            self.out.push(",");
        }
        quote(self.out, name);
        self.out.push(":");
    }

    pub(super) fn number(&mut self, name: &str, number: u64) -> &mut Self {
        self.name(name);
        digits(self.out, number);
        self
    }

    pub(super) fn string(&mut self, name: &str, string: &str) -> &mut Self {
        self.name(name);
        quote(self.out, string);
        self
    }

    pub(super) fn boolean(&mut self, name: &str, boolean: bool) -> &mut Self {
        self.name(name);
        self.out.push(if boolean { "true" } else { "false" });
        self
    }

    pub(super) fn options(&mut self, name: &str, options: &impl Options) -> &mut Self {
        self.name(name);
        self.out.push("{");
        options.write(&mut Members { out: self.out, first: true });
        self.out.push("}");
        self
    }
}

/// What a payload of bytes takes in a message beside them, at most: its place in the
/// text, and the length that the message begins with.
pub const PLACE: usize = 32;

/// Adds the place of a payload of bytes: how many are before it, and how many it has.
pub fn push_place<T: Text>(out: &mut T, from: usize, length: usize) {
    out.push("[");
    digits(out, from as u64);
    out.push(",");
    digits(out, length as u64);
    out.push("]");
}

fn digits<T: Text>(out: &mut T, number: u64) {
    if number > 9 {
        digits(out, number / 10);
    }
    out.push_char(char::from(b'0' + (number % 10) as u8));
}

/// A string as JSON has it (RFC 8259, section 7).
fn quote<T: Text>(out: &mut T, string: &str) {
    out.push("\"");
    for piece in string.split_inclusive(is_special) {
        let mut chars = piece.chars();
        match chars.next_back() {
            Some(special) if is_special(special) => {
                out.push(chars.as_str());
                escape(out, special);
            }
            _ => out.push(piece),
        }
    }
    out.push("\"");
}

fn is_special(char: char) -> bool {
    char < ' ' || char == '"' || char == '\\'
}

fn escape<T: Text>(out: &mut T, special: char) {
    if special < ' ' {
        out.push("\\u00");
        for digit in [special as u32 >> 4, special as u32 & 15] {
            out.push_char(char::from_digit(digit, 16).unwrap_or_default());
        }
    } else {
        out.push("\\");
        out.push_char(special);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Draft;

    #[test]
    fn strings_are_what_json_says() {
        let all: String = ('\0'..='\u{ff}').chain("\u{2028}é\u{10ffff}".chars()).collect();
        for string in ["", "a", "\"", "a\\", "\n\u{1f}", "\u{7f}/", &all] {
            let mut draft = Draft::default();
            quote(&mut draft, string);
            let text = &draft.text;
            assert_eq!(serde_json::from_str::<String>(text).unwrap(), string, "{text}");
        }
    }

    #[test]
    fn numbers_have_their_digits() {
        for number in [0, 9, 10, 1234, crate::MAX_INTEGER, u64::MAX] {
            let mut draft = Draft::default();
            digits(&mut draft, number);
            assert_eq!(draft.text, number.to_string());
        }
    }
}
