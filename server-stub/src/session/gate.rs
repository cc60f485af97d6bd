use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Bytes that all streams of a session may hold together. While they hold as much as the
/// limit or more, none of their handlers goes on; then whoever waits longest does. So they
/// never hold more than the limit and one item, whatever its size. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Gate(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    limit: usize,
    bytes: usize,
    /// Those that wait, by the numbers of their jobs.
    queue: VecDeque<(u64, Waker)>,
}

impl Gate {
    pub(super) fn new(limit: usize) -> Self {
        Self(Arc::new(Mutex::new(State { limit, bytes: 0, queue: VecDeque::new() })))
    }

    /// A stream wants to hold so many bytes more. Says whether it may.
    pub(super) fn try_add(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        let has_room = state.has_room();
        if has_room {
            state.bytes += bytes;
        }
        has_room
    }

    /// A stream holds so many bytes more.
    pub(super) fn add(&self, bytes: usize) {
        self.lock().bytes += bytes;
    }

    /// A stream holds so many bytes less.
    pub(super) fn sub(&self, bytes: usize) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(bytes);
        state.wake_next();
    }

    /// Waits in line for room.
    pub(super) fn poll_enter(&self, job: u64, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        let is_next = state.queue.front().is_none_or(|(next, _)| *next == job);
        if is_next && state.has_room() {
            state.queue.pop_front();
            state.wake_next();
            return Poll::Ready(());
        }
        match state.queue.iter_mut().find(|(waiting, _)| *waiting == job) {
            Some((_, waker)) => waker.clone_from(cx.waker()),
            None => state.queue.push_back((job, cx.waker().clone())),
        }
        Poll::Pending
    }

    /// Wakes a stream that waits, though there is no room: it may wait no longer here.
    pub(super) fn wake(&self, job: u64) {
        if let Some((_, waker)) = self.lock().queue.iter().find(|(waiting, _)| *waiting == job) {
            waker.wake_by_ref();
        }
    }

    /// The stream waits no longer.
    pub(super) fn leave(&self, job: u64) {
        let mut state = self.lock();
        state.queue.retain(|(waiting, _)| *waiting != job);
        state.wake_next();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self) -> bool {
        self.bytes < self.limit
    }

    fn wake_next(&self) {
        if self.has_room()
            && let Some((_, waker)) = self.queue.front()
        {
            waker.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_longest_is_next() {
        let gate = Gate::new(10);
        let cx = Context::from_waker(Waker::noop());
        let enters = |job| gate.poll_enter(job, &cx).is_ready();
        assert!(enters(1));
        gate.add(9);
        assert!(enters(2), "an item of any size may be added while there is room");
        gate.add(1_000_000);
        assert!(!enters(1) && !enters(2) && !enters(3) && !enters(1));
        gate.sub(1_000_000);
        assert!(!enters(2) && !enters(4));
        gate.leave(1);
        assert!(enters(2) && enters(3) && enters(4) && enters(1));
        gate.sub(100);
        gate.add(10);
        assert!(!enters(1));
    }
}
