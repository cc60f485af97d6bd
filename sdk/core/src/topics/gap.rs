use std::fmt;

/// Events of a topic that a subscription will not get, announced ahead of what
/// follows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The offset of the first of them.
    pub from: u64,
    /// The offset of the last of them, in the present epoch. It is below `from`
    /// where another epoch has begun and none of its events are missing: what is
    /// missing then are the last of the old one, and nobody knows how many.
    pub to: u64,
    /// Why.
    pub reason: GapReason,
}

/// Why events of a topic are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GapReason {
    /// The server had them for longer than it keeps events for a client that does not read.
    TooSlow,
    /// They were published while the client was away, and the server no longer keeps them.
    NotKept,
    /// The server has begun another sequence of events: it was restarted, for
    /// instance. What is missing of the old one is not known.
    NewEpoch,
    /// The server left them out without a word.
    Unannounced,
    /// The app did not take them in time, and its buffer was full.
    Overflow,
    /// What came is not of the type that the contract names.
    Unreadable,
    /// Something that this version of the client does not know.
    Other(String),
}

impl GapReason {
    /// The reason that a server gave.
    pub(crate) fn from_wire(reason: String) -> Self {
        match reason.as_str() {
            "too-slow" => GapReason::TooSlow,
            "not-kept" => GapReason::NotKept,
            _ => GapReason::Other(reason),
        }
    }

    /// A name for it, for programs: `too-slow`, `not-kept`, `new-epoch`,
    /// `unannounced`, `overflow`, `unreadable`, or what the server said.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            GapReason::TooSlow => "too-slow",
            GapReason::NotKept => "not-kept",
            GapReason::NewEpoch => "new-epoch",
            GapReason::Unannounced => "unannounced",
            GapReason::Overflow => "overflow",
            GapReason::Unreadable => "unreadable",
            GapReason::Other(name) => name,
        }
    }
}

impl fmt::Display for GapReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
