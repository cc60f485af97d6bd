use std::fmt::{self, Display, Write};

/// The longest text of a peer in a log line, in bytes as written.
const LOGGED: usize = 200;

/// What a peer sent, fit to be shown in a log: what is not printable is escaped, and
/// a long text is cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerText<'a> {
    bytes: &'a [u8],
    limit: usize,
}

impl<'a> PeerText<'a> {
    /// The text, cut at 200 bytes.
    pub(crate) fn new(text: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self::cut_at(text, LOGGED)
    }

    /// The text, cut at `limit` bytes.
    pub(crate) fn cut_at(text: &'a (impl AsRef<[u8]> + ?Sized), limit: usize) -> Self {
        Self { bytes: text.as_ref(), limit }
    }
}

impl Display for PeerText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No character is written with fewer bytes than it has.
        let head = &self.bytes[..self.bytes.len().min(self.limit)];
        let mut left = self.limit;
        for character in String::from_utf8_lossy(head).chars() {
            let escaped = character.escape_debug();
            let bytes = escaped.clone().map(char::len_utf8).sum::<usize>();
            if bytes > left {
                return write!(f, "… ({} bytes)", self.bytes.len());
            }
            left -= bytes;
            escaped.into_iter().try_for_each(|character| f.write_char(character))?;
        }
        if head.len() < self.bytes.len() {
            write!(f, "… ({} bytes)", self.bytes.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_short_and_printable_is_shown_as_it_is() {
        for text in ["", "https://a.example:8443", "Grüße, 世界"] {
            assert_eq!(PeerText::new(text).to_string(), text);
        }
    }

    #[test]
    fn what_would_forge_a_line_or_steer_a_terminal_is_escaped() {
        let text = "a\r\nWARN forged\u{1b}[2J\u{202e}\0\"";
        let shown = PeerText::new(text).to_string();
        assert_eq!(shown, r#"a\r\nWARN forged\u{1b}[2J\u{202e}\0\""#);
        assert_eq!(PeerText::new(b"a\xffb").to_string(), "a\u{fffd}b");
    }

    #[test]
    fn a_long_text_is_cut_and_its_length_said() {
        let shown = PeerText::new(&"x".repeat(8000)).to_string();
        assert_eq!(shown, format!("{}… (8000 bytes)", "x".repeat(200)));
        for text in ["\0".repeat(8000), "é".repeat(4000), "\u{10ffff}".repeat(2000)] {
            let shown = PeerText::new(&text).to_string();
            assert!(shown.len() <= 200 + "… (8000 bytes)".len(), "{shown}");
        }
    }
}
