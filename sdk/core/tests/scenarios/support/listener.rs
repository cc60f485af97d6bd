use std::collections::{BTreeMap, BTreeSet};

use fader_core::{GapReason, Position, RawPayload, TopicUpdate};

/// An app that listens to one subscription and checks what it was promised.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    position: Option<Position>,
    /// The last offset of each epoch that was delivered or announced as missing.
    reached: BTreeMap<String, u64>,
    /// Where the next event may be after another epoch began.
    expects_gap_to: Option<u64>,
    members: BTreeSet<String>,
    ended: bool,
}

impl Listener {
    pub(crate) fn after(position: Option<Position>) -> Self {
        let reached = position.iter().map(|at| (at.epoch.clone(), at.offset)).collect();
        Self { position, reached, ..Self::default() }
    }

    pub(crate) fn hear(&mut self, update: &TopicUpdate<RawPayload>) {
        assert!(!self.ended, "after the end: {update:?}");
        if self.expects_gap_to.is_some() {
            assert!(matches!(update, TopicUpdate::Gap(_)), "no gap is announced: {update:?}");
        }
        match update {
            TopicUpdate::Subscribed { position, recovered } => {
                self.subscribed(position, *recovered);
            }
            TopicUpdate::Event { offset, .. } => {
                let position = self.position.as_mut().expect("subscribed before");
                assert_eq!(*offset, position.offset + 1, "twice, or missing without a word");
                position.offset = *offset;
            }
            TopicUpdate::Gap(gap) => {
                let position = self.position.as_mut().expect("subscribed before");
                if let Some(to) = self.expects_gap_to.take() {
                    assert_eq!(gap.to, to, "another gap than between the positions");
                    assert_eq!(gap.from, self.reached.get(&position.epoch).unwrap_or(&0) + 1);
                } else {
                    assert_eq!(gap.from, position.offset + 1);
                    assert!(gap.from <= gap.to && gap.reason != GapReason::NewEpoch, "{gap:?}");
                }
                position.offset = gap.to;
            }
            TopicUpdate::Joined { member, .. } => {
                assert!(self.members.insert(member.clone()), "{member} joins twice");
            }
            TopicUpdate::Changed { member, .. } => assert!(self.members.contains(member)),
            TopicUpdate::Left { member } => {
                assert!(self.members.remove(member), "{member} leaves twice");
            }
            TopicUpdate::Ended { .. } => self.ended = true,
        }
        if let Some(Position { epoch, offset }) = &self.position {
            let reached = self.reached.entry(epoch.clone()).or_default();
            assert!(self.expects_gap_to.is_some() || *offset >= *reached, "back in {epoch}");
            *reached = (*reached).max(*offset);
        }
    }

    fn subscribed(&mut self, position: &Position, recovered: bool) {
        let before = self.position.replace(position.clone());
        match before {
            None => assert!(!recovered || position.offset > 0, "recovered from nothing"),
            Some(before) if before == *position => {}
            Some(before) => {
                assert!(!recovered, "recovered from {before:?} at {position:?}");
                self.expects_gap_to = Some(position.offset);
                // The gap is checked against what was reached before.
                if before.epoch == position.epoch {
                    self.position = Some(Position { offset: before.offset, ..before });
                } else {
                    let offset = self.reached.get(&position.epoch).copied().unwrap_or(0);
                    self.position = Some(Position { epoch: position.epoch.clone(), offset });
                }
            }
        }
    }
}
