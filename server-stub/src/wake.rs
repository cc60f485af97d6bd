use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What has something new for one session, whose turn is in the order of the marks.
/// Clones are the same.
///
/// Whoever has something new marks its source; the session takes one source after
/// the other when its connection has room, and marks it again if there is more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wake(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    marks: Mutex<Marks>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Marks {
    order: VecDeque<Source>,
    /// The same, so that nothing is in there twice.
    marked: BTreeSet<Source>,
}

/// Where something new comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A topic, for the subscription of this id.
    Subscription(u64),
    /// The handler of a stream, by the number of its job.
    Stream(u64),
}

impl Wake {
    pub(crate) fn mark(&self, source: Source) {
        let mut marks = self.lock();
        if marks.marked.insert(source) {
            marks.order.push_back(source);
            self.0.news.notify_one();
        }
    }

    /// The source is gone.
    pub(crate) fn forget(&self, source: Source) {
        let mut marks = self.lock();
        if marks.marked.remove(&source) {
            marks.order.retain(|other| *other != source);
        }
    }

    /// The source whose turn it is.
    pub(crate) fn take(&self) -> Option<Source> {
        let mut marks = self.lock();
        let source = marks.order.pop_front()?;
        marks.marked.remove(&source);
        Some(source)
    }

    pub(crate) fn is_marked(&self) -> bool {
        !self.lock().order.is_empty()
    }

    /// Waits until something is marked. For one waiter at a time.
    pub(crate) async fn marked(&self) {
        while !self.is_marked() {
            self.0.news.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Marks> {
        // Nothing in here panics half way.
        self.0.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_turn_once() {
        let wake = Wake::default();
        let [a, b, c] = [Source::Subscription(1), Source::Stream(1), Source::Subscription(2)];
        for source in [b, a, b, c] {
            wake.mark(source);
        }
        wake.forget(c);
        assert_eq!(wake.take(), Some(b));
        wake.mark(b);
        assert_eq!((wake.take(), wake.take(), wake.take()), (Some(a), Some(b), None));
        assert!(!wake.is_marked());
    }
}
