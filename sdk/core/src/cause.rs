use std::fmt;

use fader_protocol::Instant;
use fader_protocol::close::Reaction;

/// Why a connection was lost, or an attempt to make one failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What kind of cause it is.
    pub kind: CauseKind,
    /// The WebSocket close code, of whichever end closed; 1006 if neither did, and 0
    /// if there was nothing to close.
    pub code: u16,
    /// What the server, the browser or the app gave as the reason; often empty.
    pub reason: String,
    /// Which attempt it was, counted from 1 since the connection was last stable.
    pub attempt: u32,
    /// When it happened.
    pub at: Instant,
}

/// The kinds of causes. `docs/when-it-does-not-connect.md` has a section on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CauseKind {
    /// No connection could be made: a wrong URL, no server, a proxy that does not pass
    /// WebSockets on. The browser does not say which.
    Unreachable,
    /// The browser says that there is no network.
    Offline,
    /// A connection broke without a word.
    Lost,
    /// Nothing was heard for too long, by this end or the other.
    Timeout,
    /// The app gave no credentials, or not in time.
    NoCredentials,
    /// The credentials are missing, wrong or expired.
    RefusedCredentials,
    /// The server does not take connections from pages of this origin.
    Origin,
    /// The server does not speak this version of the protocol.
    Version,
    /// One end did not understand the other.
    Protocol,
    /// A message is larger than the server, or something on the way to it, takes.
    TooLarge,
    /// The page does not read what is sent to it.
    TooSlow,
    /// The session goes on over another connection.
    Replaced,
    /// The server is being stopped or restarted.
    ServerGoing,
    /// The server is too busy.
    ServerBusy,
    /// The server closed the connection for a reason of its own.
    Closed,
}

impl CauseKind {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Unreachable,
        Self::Offline,
        Self::Lost,
        Self::Timeout,
        Self::NoCredentials,
        Self::RefusedCredentials,
        Self::Origin,
        Self::Version,
        Self::Protocol,
        Self::TooLarge,
        Self::TooSlow,
        Self::Replaced,
        Self::ServerGoing,
        Self::ServerBusy,
        Self::Closed,
    ];

    /// The kind's stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Offline => "offline",
            Self::Lost => "lost",
            Self::Timeout => "timeout",
            Self::NoCredentials => "no-credentials",
            Self::RefusedCredentials => "refused-credentials",
            Self::Origin => "origin",
            Self::Version => "version",
            Self::Protocol => "protocol",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::Replaced => "replaced",
            Self::ServerGoing => "server-going",
            Self::ServerBusy => "server-busy",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for CauseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, code, reason, .. } = self;
        write!(f, "{kind}")?;
        match (code, reason.as_str()) {
            (0, "") => Ok(()),
            (0, reason) => write!(f, " ({reason})"),
            (code, "") => write!(f, " ({code})"),
            (code, reason) => write!(f, " ({code}, {reason})"),
        }
    }
}

/// What a [`Dialect`](crate::Dialect) makes of the end of a connection, or of an
/// attempt to make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// What it means.
    pub kind: CauseKind,
    /// What to do about it.
    pub reaction: Reaction,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_says_what_is_known_of_it() {
        let cause = |code, reason: &str| Cause {
            kind: CauseKind::RefusedCredentials,
            code,
            reason: reason.into(),
            attempt: 1,
            at: Instant::ZERO,
        };
        assert_eq!(
            cause(4401, "a wrong token").to_string(),
            "refused-credentials (4401, a wrong token)"
        );
        assert_eq!(cause(4401, "").to_string(), "refused-credentials (4401)");
        assert_eq!(cause(0, "why").to_string(), "refused-credentials (why)");
        assert_eq!(cause(0, "").to_string(), "refused-credentials");
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = CauseKind::ALL.map(CauseKind::name).into();
        assert_eq!(names.len(), CauseKind::ALL.len());
    }
}
