use super::Text;
use crate::payload::Raw;
use crate::{Message, RawPayload};

/// A message in the making, its payloads as text or as bytes: in a text message all of
/// them are JSON, in a binary one all are bytes.
#[derive(Debug, Default)]
pub struct Draft {
    /// Without the two brackets at its end.
    text: String,
    /// The payloads of bytes, one after the other.
    bytes: Vec<u8>,
    has: Kinds,
    before: Before,
}

/// Which payloads there are.
#[derive(Debug, Default, Clone, Copy)]
struct Kinds {
    json: bool,
    bytes: bool,
}

/// What a draft had before its last frame.
#[derive(Debug, Default)]
struct Before {
    text: usize,
    bytes: usize,
    has: Kinds,
}

/// The bytes of a binary message ahead of its text: the length of the text.
pub(super) const HEAD: usize = size_of::<u32>();

/// What a payload of bytes takes in a message beside them, at most: its place in the
/// text, and the length that the message begins with.
pub const PLACE: usize = 32;

impl Draft {
    /// The finished message.
    pub fn into_message(mut self) -> Message {
        self.text.push_str(if self.text.is_empty() { "[]" } else { "]]" });
        if !self.has.bytes {
            return Message::Text(self.text);
        }
        let mut message = Vec::with_capacity(HEAD + self.text.len() + self.bytes.len());
        // Beyond that, no receiver takes it.
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        message.extend(length.to_be_bytes());
        message.extend(self.text.into_bytes());
        message.extend(self.bytes);
        Message::Binary(message)
    }

    /// Sets a comma where one is due: JSON itself ends with neither of these.
    fn separate(&mut self) {
        if !self.text.ends_with(['{', ':']) {
            self.text.push(',');
        }
    }
}

impl Text for Draft {
    type Payload = RawPayload;

    fn begin(&mut self, code: u64) {
        self.before = Before { text: self.text.len(), bytes: self.bytes.len(), has: self.has };
        self.text.push_str(if self.text.is_empty() { "[[" } else { "],[" });
        digits(&mut self.text, code);
    }

    fn number(&mut self, number: u64) {
        self.separate();
        digits(&mut self.text, number);
    }

    fn string(&mut self, string: &str) {
        self.separate();
        quote(&mut self.text, string);
    }

    fn boolean(&mut self, boolean: bool) {
        self.separate();
        self.text.push_str(if boolean { "true" } else { "false" });
    }

    fn null(&mut self) {
        self.separate();
        self.text.push_str("null");
    }

    fn payload(&mut self, payload: &RawPayload) {
        self.separate();
        match &payload.0 {
            Raw::Json(json) => {
                self.text.push_str(json.get());
                self.has.json = true;
            }
            Raw::Bytes(bytes) => {
                self.text.push('[');
                digits(&mut self.text, self.bytes.len() as u64);
                self.text.push(',');
                digits(&mut self.text, bytes.len() as u64);
                self.text.push(']');
                self.bytes.extend_from_slice(bytes);
                self.has.bytes = true;
            }
        }
    }

    fn open(&mut self) {
        self.separate();
        self.text.push('{');
    }

    fn name(&mut self, name: &str) {
        self.string(name);
        self.text.push(':');
    }

    fn close(&mut self) {
        self.text.push('}');
    }

    fn fits(&self, limit: usize) -> bool {
        // Two for the brackets at the end.
        let text = self.text.len() + 2;
        let bytes = if self.has.bytes { HEAD + self.bytes.len() } else { 0 };
        !(self.has.json && self.has.bytes) && text + bytes <= limit
    }

    fn take_back(&mut self) {
        let Before { text, bytes, has } = self.before;
        self.text.truncate(text);
        self.bytes.truncate(bytes);
        self.has = has;
    }
}

fn digits(out: &mut String, number: u64) {
    if number > 9 {
        digits(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// A string as JSON has it (RFC 8259, section 7).
fn quote(out: &mut String, string: &str) {
    out.push('"');
    for piece in string.split_inclusive(is_special) {
        let mut chars = piece.chars();
        match chars.next_back() {
            Some(special) if is_special(special) => {
                out.push_str(chars.as_str());
                escape(out, special);
            }
            _ => out.push_str(piece),
        }
    }
    out.push('"');
}

fn is_special(char: char) -> bool {
    char < ' ' || char == '"' || char == '\\'
}

fn escape(out: &mut String, special: char) {
    if special < ' ' {
        out.push_str("\\u00");
        for digit in [special as u32 >> 4, special as u32 & 15] {
            out.push(char::from_digit(digit, 16).unwrap_or_default());
        }
    } else {
        out.push('\\');
        out.push(special);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_what_json_says() {
        let all: String = ('\0'..='\u{ff}').chain("\u{2028}é\u{10ffff}".chars()).collect();
        for string in ["", "a", "\"", "a\\", "\n\u{1f}", "\u{7f}/", &all] {
            let mut text = String::new();
            quote(&mut text, string);
            assert_eq!(serde_json::from_str::<String>(&text).unwrap(), string, "{text}");
        }
    }

    #[test]
    fn numbers_have_their_digits() {
        for number in [0, 9, 10, 1234, crate::MAX_INTEGER, u64::MAX] {
            let mut text = String::new();
            digits(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }
}
