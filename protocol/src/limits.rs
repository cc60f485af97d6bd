/// The largest integer on the wire: what JavaScript's numbers hold exactly.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// The most frames in one message. Every receiver takes that many.
pub const MAX_FRAMES: usize = 1024;

/// What a receiver refuses. Both ends have their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageLimits {
    /// The largest message, in bytes. Default 65,536.
    pub message_bytes: usize,
    /// The most frames in one message, at least [`MAX_FRAMES`], which is the default.
    pub frames: usize,
    /// How deep arrays and objects may nest in a payload or a patch. Default 64.
    pub depth: usize,
    /// The longest name of a method, group or key, and of a rejection code, in bytes. Default 128.
    pub name_bytes: usize,
    /// Whether integers are accepted that JavaScript's numbers do not hold exactly, and
    /// so a page reads as others: 2^53 + 1 and so on. Only a server looks at it, for what it
    /// sends: set it where all clients read such integers exactly, as those in Rust do.
    /// Default no.
    pub inexact_integers: bool,
}

impl MessageLimits {
    /// What a client accepts, and so what a server sends: messages of up to
    /// 1 MiB, otherwise the default.
    #[must_use]
    pub fn of_client() -> Self {
        Self { message_bytes: 1024 * 1024, ..Self::default() }
    }

    /// Whether every receiver takes `name` for a method, a group or a key.
    #[must_use]
    pub fn allow_name(&self, name: &str) -> bool {
        !name.is_empty() && name.len() <= self.name_bytes
    }
}

impl Default for MessageLimits {
    fn default() -> Self {
        Self {
            message_bytes: 64 * 1024,
            frames: MAX_FRAMES,
            depth: 64,
            name_bytes: 128,
            inexact_integers: false,
        }
    }
}
