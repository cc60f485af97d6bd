use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

/// A value that changes, and the streams that follow it. Dropping it ends them.
pub(crate) struct Watch<T> {
    shared: Rc<RefCell<Shared<T>>>,
}

struct Shared<T> {
    value: T,
    version: u64,
    ended: bool,
    streams: u64,
    /// Of the streams that wait, one each.
    waiting: BTreeMap<u64, Waker>,
}

/// A stream of the latest value of something.
///
/// It holds nothing back and piles nothing up: a reader that is slow misses the
/// values in between and gets the newest. Polling it and dropping the poll loses
/// nothing, so it may stand in a `select`.
pub struct Latest<T> {
    shared: Rc<RefCell<Shared<T>>>,
    id: u64,
    seen: Option<u64>,
}

impl<T: Clone> Watch<T> {
    pub(crate) fn new(value: T) -> Self {
        let shared =
            Shared { value, version: 0, ended: false, streams: 0, waiting: BTreeMap::new() };
        Self { shared: Rc::new(RefCell::new(shared)) }
    }

    pub(crate) fn set(&self, value: T) {
        let old = {
            let mut shared = self.shared.borrow_mut();
            shared.version += 1;
            std::mem::replace(&mut shared.value, value)
        };
        drop(old);
        self.wake();
    }

    pub(crate) fn value(&self) -> T {
        self.shared.borrow().value.clone()
    }

    /// A stream that begins with the present value.
    pub(crate) fn values(&self) -> Latest<T> {
        self.follow(None)
    }

    /// A stream that begins with the next change.
    pub(crate) fn changes(&self) -> Latest<T> {
        let present = self.shared.borrow().version;
        self.follow(Some(present))
    }

    fn follow(&self, seen: Option<u64>) -> Latest<T> {
        let mut shared = self.shared.borrow_mut();
        shared.streams += 1;
        Latest { shared: self.shared.clone(), id: shared.streams, seen }
    }
}

impl<T: Clone + PartialEq> Watch<T> {
    pub(crate) fn set_if_changed(&self, value: T) {
        if self.shared.borrow().value != value {
            self.set(value);
        }
    }
}

impl<T> Watch<T> {
    fn wake(&self) {
        // A waker may run a reader at once, who reads and waits again.
        let waiting = std::mem::take(&mut self.shared.borrow_mut().waiting);
        waiting.into_values().for_each(Waker::wake);
    }
}

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        self.shared.borrow_mut().ended = true;
        self.wake();
    }
}

impl<T: Clone> Stream for Latest<T> {
    type Item = T;

    /// Ends when the value cannot change any more, after its last change was given.
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        let mut shared = this.shared.borrow_mut();
        if this.seen != Some(shared.version) {
            this.seen = Some(shared.version);
            return Poll::Ready(Some(shared.value.clone()));
        }
        if shared.ended {
            return Poll::Ready(None);
        }
        shared.waiting.insert(this.id, cx.waker().clone());
        Poll::Pending
    }
}

impl<T> fmt::Debug for Latest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latest").finish_non_exhaustive()
    }
}

impl<T> Drop for Latest<T> {
    fn drop(&mut self) {
        let waker = self.shared.borrow_mut().waiting.remove(&self.id);
        drop(waker);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next<T: Clone>(stream: &mut Latest<T>) -> Poll<Option<T>> {
        Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_slow_reader_gets_the_newest_value_once() {
        let watch = Watch::new(1);
        let mut stream = watch.values();
        assert_eq!(next(&mut stream), Poll::Ready(Some(1)));
        assert_eq!(next(&mut stream), Poll::Pending);
        watch.set(2);
        watch.set(3);
        assert_eq!(next(&mut stream), Poll::Ready(Some(3)));
        assert_eq!(next(&mut stream), Poll::Pending);
    }

    #[test]
    fn changes_leave_out_the_present_value() {
        let watch = Watch::new(1);
        let mut changes = watch.changes();
        assert_eq!(next(&mut changes), Poll::Pending);
        watch.set_if_changed(1);
        assert_eq!(next(&mut changes), Poll::Pending);
        watch.set_if_changed(2);
        assert_eq!(next(&mut changes), Poll::Ready(Some(2)));
    }

    #[test]
    fn the_last_value_is_given_before_the_end() {
        let watch = Watch::new(1);
        let mut stream = watch.values();
        watch.set(2);
        drop(watch);
        assert_eq!(next(&mut stream), Poll::Ready(Some(2)));
        assert_eq!(next(&mut stream), Poll::Ready(None));
    }

    #[test]
    fn nothing_is_kept_for_streams_that_are_gone() {
        let watch = Watch::new(1);
        for _ in 0..100 {
            let mut stream = watch.changes();
            assert_eq!(next(&mut stream), Poll::Pending);
            assert_eq!(next(&mut stream), Poll::Pending);
        }
        assert_eq!(watch.shared.borrow().waiting.len(), 0);
    }
}
