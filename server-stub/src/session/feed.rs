use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fader_protocol::{MAX_INTEGER, Payload, RawPayload};
use tokio::sync::Notify;

use crate::wake::{Source, Wake};

/// How many bytes of items may wait for the session: one item always may.
pub(super) const FEED: usize = 16 * 1024;

/// What an item takes in memory beside its bytes.
const ITEM: usize = 64;

/// What the handler of a stream has for its caller, until the session takes it.
/// Clones are the same.
///
/// An item gets in only when the caller has given credit for it and what waits
/// already is not too much, so the handler works no faster than the caller reads.
#[derive(Debug, Clone)]
pub struct Feed(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    source: Source,
    wake: Wake,
    state: Mutex<State>,
    /// There may be room, or nobody listens any more.
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// For how many items more than those that wait.
    credit: u64,
    items: VecDeque<RawPayload>,
    bytes: usize,
    is_over: bool,
}

/// Why a [`Feed`] did not take an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// There is no room now. This is the item.
    Full(RawPayload),
    /// Nobody listens any more.
    Over,
}

impl Feed {
    pub(super) fn new(source: Source, wake: Wake, credit: u64) -> Self {
        let state = State { credit, items: VecDeque::new(), bytes: 0, is_over: false };
        Self(Arc::new(Shared { source, wake, state: Mutex::new(state), changed: Notify::new() }))
    }

    /// The handler has an item.
    ///
    /// # Errors
    /// When the feed does not take it.
    pub fn offer(&self, item: RawPayload) -> Result<(), NotTaken> {
        let mut state = self.lock();
        if state.is_over {
            return Err(NotTaken::Over);
        }
        let has_room = state.items.is_empty() || state.bytes + size(&item) <= FEED;
        if state.credit == 0 || !has_room {
            return Err(NotTaken::Full(item));
        }
        state.credit -= 1;
        state.bytes += size(&item);
        state.items.push_back(item);
        self.0.wake.mark(self.0.source);
        Ok(())
    }

    /// As [`offer`](Self::offer), waiting until there is room. Says whether
    /// somebody listens.
    pub(crate) async fn send(&self, mut item: RawPayload) -> bool {
        loop {
            let changed = self.0.changed.notified();
            match self.offer(item) {
                Ok(()) => return true,
                Err(NotTaken::Over) => return false,
                Err(NotTaken::Full(back)) => item = back,
            }
            changed.await;
        }
    }

    /// The caller takes so many items more.
    pub(super) fn give(&self, items: u64) {
        let mut state = self.lock();
        state.credit = state.credit.saturating_add(items).min(MAX_INTEGER);
        self.0.changed.notify_waiters();
    }

    /// How much memory the items take that wait, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.lock().bytes
    }

    /// The size of the next item, if one waits.
    pub(super) fn next_size(&self) -> Option<usize> {
        self.lock().items.front().map(Payload::size)
    }

    pub(super) fn take(&self) -> Option<RawPayload> {
        let mut state = self.lock();
        let item = state.items.pop_front()?;
        state.bytes -= size(&item);
        self.0.changed.notify_waiters();
        Some(item)
    }

    /// Nobody listens any more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_over = true;
        state.items.clear();
        state.bytes = 0;
        self.0.changed.notify_waiters();
        self.0.wake.forget(self.0.source);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an item takes in memory.
fn size(item: &RawPayload) -> usize {
    ITEM + item.size()
}

impl PartialEq for Feed {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use fader_protocol::json;

    use super::*;

    fn feed(credit: u64) -> Feed {
        Feed::new(Source::Stream(1), Wake::default(), credit)
    }

    fn item(bytes: usize) -> RawPayload {
        json::to_raw(&"x".repeat(bytes - 2)).unwrap()
    }

    #[test]
    fn there_is_room_for_what_there_is_credit_for() {
        let feed = feed(1);
        assert_eq!(feed.offer(item(5)), Ok(()));
        assert_eq!(feed.offer(item(6)), Err(NotTaken::Full(item(6))));
        assert_eq!(feed.take(), Some(item(5)));
        assert_eq!(feed.offer(item(6)), Err(NotTaken::Full(item(6))));
        feed.give(u64::MAX);
        feed.give(u64::MAX);
        assert_eq!(feed.lock().credit, MAX_INTEGER);
        assert_eq!(feed.offer(item(6)), Ok(()));
    }

    #[test]
    fn bytes_are_bounded_but_one_item_is_always_taken() {
        let feed = feed(9);
        assert_eq!(feed.offer(item(2 * FEED)), Ok(()));
        assert_eq!(feed.offer(item(3)), Err(NotTaken::Full(item(3))));
        assert_eq!(feed.next_size(), Some(2 * FEED));
        feed.take();
        assert_eq!(feed.offer(item(FEED - 3 - 2 * ITEM)), Ok(()));
        assert_eq!(feed.offer(item(3)), Ok(()));
        assert_eq!(feed.offer(item(3)), Err(NotTaken::Full(item(3))));
    }

    #[test]
    fn nothing_waits_for_nobody() {
        let feed = feed(9);
        feed.offer(item(3)).unwrap();
        feed.close();
        assert_eq!(feed.offer(item(3)), Err(NotTaken::Over));
        assert_eq!(feed.take(), None);
        assert!(!feed.0.wake.is_marked());
    }
}
