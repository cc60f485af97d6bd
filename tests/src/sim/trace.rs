use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};

use fader_core::Instant;

/// Everything that happened in a run, as a number: two runs of one seed give
/// the same, and two different runs hardly ever do.
#[derive(Debug, Default)]
pub struct Trace {
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
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.hasher.finish()
    }

    /// How much happened.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }
}
