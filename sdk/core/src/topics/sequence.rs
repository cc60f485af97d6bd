use fader_protocol::{MAX_INTEGER, Position, Subscribed};

use super::{Gap, GapReason};

/// How many epochs are remembered besides the present one. More than one server
/// may serve a topic, each with an epoch of its own.
const EPOCHS: usize = 16;

/// How far a subscription is in the sequence of its topic's events.
///
/// Keeps the promise to the app: whatever the server says, offsets of an epoch
/// strictly increase, and what is missing is announced.
#[derive(Debug)]
pub(super) struct Sequence {
    /// Up to here everything was delivered, or announced as missing.
    position: Option<Position>,
    /// How far it came in earlier epochs, the last one at the end.
    earlier: Vec<Position>,
}

impl Sequence {
    pub(super) fn after(position: Option<Position>) -> Self {
        Self { position, earlier: Vec::new() }
    }

    pub(super) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// The server says where it begins. Says whether nothing is missing since the
    /// last position, and what is.
    pub(super) fn begin(&mut self, start: Subscribed) -> (bool, Option<Gap>) {
        let Subscribed { epoch, offset, recovered } = start;
        let offset = offset.min(MAX_INTEGER);
        match &mut self.position {
            None => {
                self.position = Some(Position { epoch, offset });
                (false, None)
            }
            Some(had) if had.epoch == epoch => {
                let recovered = recovered && offset == had.offset;
                (recovered, advance(had, offset, GapReason::NotKept))
            }
            Some(had) => {
                let known = self.earlier.iter().position(|earlier| earlier.epoch == epoch);
                let known = known.map(|index| self.earlier.remove(index));
                let begin = known.unwrap_or(Position { epoch, offset: 0 });
                let from = begin.offset + 1;
                let to = begin.offset.max(offset);
                let last = std::mem::replace(had, Position { offset: to, ..begin });
                if self.earlier.len() == EPOCHS {
                    self.earlier.remove(0);
                }
                self.earlier.push(last);
                (false, Some(Gap { from, to, reason: GapReason::NewEpoch }))
            }
        }
    }

    /// An event came. Says whether the app is to have it, and what is missing before it.
    pub(super) fn event(&mut self, offset: u64) -> (bool, Option<Gap>) {
        let Some(had) = self.position.as_mut().filter(|had| had.is_before(offset)) else {
            return (false, None);
        };
        let gap = advance(had, offset - 1, GapReason::Unannounced);
        had.offset = offset;
        (true, gap)
    }

    /// The events up to `to` will not come.
    pub(super) fn skip(&mut self, to: u64, reason: GapReason) -> Option<Gap> {
        let had = self.position.as_mut().filter(|had| had.is_before(to))?;
        advance(had, to, reason)
    }
}

trait IsBefore {
    fn is_before(&self, offset: u64) -> bool;
}

impl IsBefore for Position {
    /// No offset is beyond the largest integer: what says so is nonsense.
    fn is_before(&self, offset: u64) -> bool {
        (self.offset + 1..=MAX_INTEGER).contains(&offset)
    }
}

/// Moves forward to `offset`, if it is that way, past events that are missing.
fn advance(had: &mut Position, offset: u64, reason: GapReason) -> Option<Gap> {
    if offset <= had.offset {
        return None;
    }
    let from = had.offset + 1;
    had.offset = offset;
    Some(Gap { from, to: offset, reason })
}
