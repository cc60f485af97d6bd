use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use fader_protocol::{MAX_INTEGER, Payload, RawPayload};
use tokio::sync::Notify;

use super::gate::Gate;
use crate::wake::{Source, Wake};

/// How many bytes of items may wait for the session, beyond which there is one item at most.
const FEED: usize = 16 * 1024;

/// What an item takes in memory beside its bytes.
const ITEM: usize = 64;

/// What the handler of a stream has for its caller, until the session takes it.
/// Clones are the same.
///
/// An item gets in only when the caller has given credit for it and what waits
/// already is not too much, so the handler works no faster than the caller reads. What
/// all streams of a session hold is bounded, too, by not letting their handlers go on to
/// make another item: it cannot be known before how large it will be.
#[derive(Debug, Clone)]
pub struct Feed(Arc<Shared>);

/// What holds the handlers of a session's streams up.
#[derive(Debug, Clone)]
pub(super) struct Gates {
    /// For streams with credit: items that wait to be sent.
    unsent: Gate,
    /// For those without, whose handlers go on because they may end: items that wait for
    /// credit.
    unasked: Gate,
}

impl Gates {
    pub(super) fn new(bytes: usize) -> Self {
        Self { unsent: Gate::new(bytes), unasked: Gate::new(bytes) }
    }
}

#[derive(Debug)]
struct Shared {
    job: u64,
    wake: Wake,
    gates: Gates,
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
    pub(super) fn new(job: u64, wake: Wake, gates: Gates, credit: u64) -> Self {
        let state = State { credit, items: VecDeque::new(), bytes: 0, is_over: false };
        Self(Arc::new(Shared {
            job,
            wake,
            gates,
            state: Mutex::new(state),
            changed: Notify::new(),
        }))
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
        let size = size(&item);
        let may_wait = state.credit > 0 && state.has_room() && self.0.gates.unsent.try_add(size);
        if !may_wait {
            return Err(NotTaken::Full(item));
        }
        state.credit -= 1;
        state.bytes += size;
        state.items.push_back(item);
        self.0.wake.mark(Source::Stream(self.0.job));
        Ok(())
    }

    /// As [`offer`](Self::offer), waiting until there is room, and then until there is
    /// room for another one: who is held up should hold nothing. Says whether somebody
    /// listens.
    pub(crate) async fn send(&self, mut item: RawPayload) -> bool {
        let mut held = None;
        loop {
            let changed = self.0.changed.notified();
            match self.offer(item) {
                Ok(()) => break,
                Err(NotTaken::Over) => return false,
                Err(NotTaken::Full(back)) => item = back,
            }
            held.get_or_insert_with(|| Held::new(&self.0.gates.unasked, size(&item)));
            if self.may_have_more() {
                self.turn().await;
            } else {
                changed.await;
            }
        }
        drop(held);
        self.cleared().await;
        true
    }

    /// Waits until there may be another item, but not for credit: the stream may end.
    async fn cleared(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.lock().has_room() {
                break;
            }
            changed.await;
        }
        self.turn().await;
    }

    /// Whether only the other streams of the session keep another item out.
    fn may_have_more(&self) -> bool {
        let state = self.lock();
        state.credit > 0 && state.has_room()
    }

    /// Waits in line behind the other streams of the session.
    async fn turn(&self) {
        // It is this one's turn when it is polled again, see `pace`.
        let mut is_polled = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut is_polled, true) {
                Poll::Ready(())
            } else {
                self.poll_turn(cx)
            }
        })
        .await;
    }

    /// The handler, which goes on only when the streams of its session do not hold too
    /// much.
    pub(crate) async fn pace<T>(self, handler: impl Future<Output = T>) -> T {
        let mut handler = pin!(handler);
        poll_fn(|cx| {
            ready!(self.poll_turn(cx));
            handler.as_mut().poll(cx)
        })
        .await
    }

    fn poll_turn(&self, cx: &Context<'_>) -> Poll<()> {
        let Shared { job, gates: Gates { unsent, unasked }, .. } = &*self.0;
        let (gate, other) = {
            let state = self.lock();
            if state.is_over {
                return Poll::Ready(());
            }
            if state.credit > 0 { (unsent, unasked) } else { (unasked, unsent) }
        };
        other.leave(*job);
        gate.poll_enter(*job, cx)
    }

    /// The caller takes so many items more.
    pub(super) fn give(&self, items: u64) {
        let mut state = self.lock();
        state.credit = state.credit.saturating_add(items).min(MAX_INTEGER);
        self.0.changed.notify_waiters();
        self.0.gates.unasked.wake(self.0.job);
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
        let size = size(&item);
        state.bytes -= size;
        self.0.gates.unsent.sub(size);
        self.0.changed.notify_waiters();
        Some(item)
    }

    /// Nobody listens any more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_over = true;
        state.items = VecDeque::new();
        let Shared { job, gates: Gates { unsent, unasked }, .. } = &*self.0;
        unsent.sub(std::mem::take(&mut state.bytes));
        self.0.changed.notify_waiters();
        for gate in [unsent, unasked] {
            gate.wake(*job);
            gate.leave(*job);
        }
        self.0.wake.forget(Source::Stream(*job));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self) -> bool {
        self.bytes < FEED
    }
}

/// Bytes that wait in a handler's hand.
struct Held<'a> {
    gate: &'a Gate,
    bytes: usize,
}

impl<'a> Held<'a> {
    fn new(gate: &'a Gate, bytes: usize) -> Self {
        gate.add(bytes);
        Self { gate, bytes }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.gate.sub(self.bytes);
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
    use std::sync::atomic::{AtomicU64, Ordering};

    use fader_protocol::json;

    use super::*;

    fn feed(credit: u64) -> Feed {
        Feed::new(1, Wake::default(), Gates::new(1024 * 1024), credit)
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
    fn bytes_are_bounded_but_for_one_item() {
        let feed = feed(9);
        assert_eq!(feed.offer(item(2 * FEED)), Ok(()));
        assert_eq!(feed.offer(item(3)), Err(NotTaken::Full(item(3))));
        assert_eq!(feed.next_size(), Some(2 * FEED));
        feed.take();
        assert_eq!(feed.offer(item(FEED - ITEM - 1)), Ok(()));
        assert_eq!(feed.offer(item(2 * FEED)), Ok(()));
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

    /// Streams that make items of this size without end, as far as they are let: how many
    /// each has made.
    async fn floods<const N: usize>(size: usize, credit: u64) -> (Vec<Feed>, [Arc<AtomicU64>; N]) {
        let gates = Gates::new(100_000);
        let made = [(); N].map(|()| Arc::new(AtomicU64::new(0)));
        let mut feeds = Vec::new();
        for (job, made) in (1..).zip(&made) {
            let feed = Feed::new(job, Wake::default(), gates.clone(), credit);
            let (handler, made) = (feed.clone(), Arc::clone(made));
            tokio::spawn(feed.clone().pace(async move {
                made.fetch_add(1, Ordering::Relaxed);
                while handler.send(item(size)).await {
                    made.fetch_add(1, Ordering::Relaxed);
                }
            }));
            feeds.push(feed);
        }
        settled().await;
        (feeds, made)
    }

    async fn settled() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    fn sum(made: &[Arc<AtomicU64>]) -> u64 {
        made.iter().map(|made| made.load(Ordering::Relaxed)).sum()
    }

    #[tokio::test]
    async fn streams_hold_a_bounded_number_of_bytes_together_and_take_turns() {
        let (feeds, made) = floods::<50>(40_000, 1000).await;
        assert_eq!(sum(&made), 3, "100,000 bytes and one item");
        for round in 1..=100 {
            let took = feeds.iter().find_map(Feed::take);
            assert_eq!(took, Some(item(40_000)));
            settled().await;
            assert_eq!(sum(&made), 3 + round);
        }
        // Two or three each, and none left out.
        assert!(made.iter().all(|made| (1..=4).contains(&made.load(Ordering::Relaxed))));
    }

    #[tokio::test]
    async fn an_item_larger_than_all_streams_may_hold_passes_alone() {
        let (feeds, made) = floods::<50>(200_000, 1000).await;
        for round in 1..=50 {
            assert_eq!(sum(&made), round);
            assert!(feeds.iter().find_map(Feed::take).is_some());
            settled().await;
        }
    }

    #[tokio::test]
    async fn what_waits_for_credit_is_bounded_too_and_holds_up_nobody_who_has_some() {
        let (feeds, made) = floods::<50>(40_000, 0).await;
        assert_eq!(sum(&made), 3);
        feeds[49].give(1);
        settled().await;
        assert_eq!(feeds[49].take(), Some(item(40_000)));
        // Those whose items wait give room when they end.
        feeds[0].close();
        feeds[1].close();
        settled().await;
        assert!(feeds[2].take().is_none());
        assert!(sum(&made[2..49]) >= 2);
    }
}
