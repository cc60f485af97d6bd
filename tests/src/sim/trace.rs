use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};

use fader_core::Instant;

/// Everything that happens in a world, as lines and as a number.
#[derive(Debug, Default)]
pub(super) struct Trace {
    hasher: DefaultHasher,
    lines: u64,
    aloud: bool,
}

impl Trace {
    /// A trace that is printed as well, if `aloud`.
    pub(super) fn new(aloud: bool) -> Self {
        Self { aloud, ..Self::default() }
    }

    pub(super) fn note(&mut self, now: Instant, who: &str, what: &impl Display) {
        let micros = now.as_micros();
        let line = format!("{:>9}.{:03} {who:<8} {what}", micros / 1000, micros % 1000);
        line.hash(&mut self.hasher);
        self.lines += 1;
        if self.aloud {
            println!("{line}");
        }
    }

    /// The number that stands for the run.
    pub(super) fn digest(&self) -> u64 {
        self.hasher.finish()
    }

    /// How much happened.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }
}
