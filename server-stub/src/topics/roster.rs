use std::collections::BTreeMap;

use fader_protocol::{Payload, RawPayload};

use super::log::Log;

/// The most bytes of what is told of all members of a topic: all of it fits into
/// the queue of any connection.
const MEMBERS_BYTES: usize = 512 * 1024;

/// What a member takes beside what is told of it, about.
const ENVELOPE: usize = 128;

/// How many changes are kept for those who read slowly, and bytes of them. Whoever
/// is later still is told anew who is here.
const CHANGES: usize = 1024;
const CHANGES_BYTES: usize = 256 * 1024;

/// Who is here, and how that changed.
#[derive(Debug)]
pub(super) struct Roster {
    limit: usize,
    members: BTreeMap<String, RawPayload>,
    bytes: usize,
    changes: Log<Change>,
}

/// Somebody came or left.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Joined(String, RawPayload),
    Left(String),
}

impl Roster {
    /// Nobody, and of whoever comes at most so many.
    pub(super) fn new(limit: usize) -> Self {
        let changes = Log::new(CHANGES, CHANGES_BYTES);
        Self { limit, members: BTreeMap::new(), bytes: 0, changes }
    }

    /// A session is here, or is told of in another way, if there is room. Says
    /// whether that is a change.
    pub(super) fn join(&mut self, member: &str, info: RawPayload) -> bool {
        let before = self.remove(member);
        let size = size(member, &info);
        if self.members.len() >= self.limit || self.bytes + size > MEMBERS_BYTES {
            return before.is_some_and(|_| self.tell_left(member));
        }
        self.bytes += size;
        self.members.insert(member.into(), info.clone());
        if before.as_ref() == Some(&info) {
            return false;
        }
        self.changes.push(Change::Joined(member.into(), info), size);
        true
    }

    /// A session is no longer here. Says whether that is a change.
    pub(super) fn leave(&mut self, member: &str) -> bool {
        self.remove(member).is_some_and(|_| self.tell_left(member))
    }

    pub(super) fn members(&self) -> impl ExactSizeIterator<Item = (&str, &RawPayload)> {
        self.members.iter().map(|(member, info)| (member.as_str(), info))
    }

    pub(super) fn changes(&self) -> &Log<Change> {
        &self.changes
    }

    fn remove(&mut self, member: &str) -> Option<RawPayload> {
        let info = self.members.remove(member)?;
        self.bytes -= size(member, &info);
        Some(info)
    }

    fn tell_left(&mut self, member: &str) -> bool {
        self.changes.push(Change::Left(member.into()), ENVELOPE + member.len());
        true
    }
}

fn size(member: &str, info: &RawPayload) -> usize {
    ENVELOPE + member.len() + info.size()
}

#[cfg(test)]
mod tests {
    use fader_protocol::json;

    use super::*;

    fn info(text: &str) -> RawPayload {
        json::to_raw(text).unwrap()
    }

    fn here(roster: &Roster) -> Vec<&str> {
        roster.members().map(|(member, _)| member).collect()
    }

    #[test]
    fn only_what_changes_is_told() {
        let mut roster = Roster::new(9);
        assert!(roster.join("a", info("x")));
        assert!(!roster.join("a", info("x")));
        assert!(roster.join("a", info("y")));
        assert!(roster.leave("a"));
        assert!(!roster.leave("a"));
        let joined = |text| Change::Joined("a".into(), info(text));
        let changes: Vec<_> = roster.changes().after(0).map(|(_, change)| change.clone()).collect();
        assert_eq!(changes, [joined("x"), joined("y"), Change::Left("a".into())]);
        assert_eq!(roster.bytes, 0);
    }

    #[test]
    fn members_are_bounded_in_count_and_bytes() {
        let mut roster = Roster::new(2);
        for member in ["a", "b", "c"] {
            roster.join(member, info("x"));
        }
        assert_eq!(here(&roster), ["a", "b"]);
        assert!(!roster.leave("c"));
        roster.leave("a");
        assert!(roster.join("c", info("x")));
        // Who is told of in a way for which there is no room is not told of at all.
        assert!(roster.join("b", info(&"x".repeat(MEMBERS_BYTES))));
        assert_eq!(here(&roster), ["c"]);
        roster.leave("c");
        assert_eq!(roster.bytes, 0);
    }
}
