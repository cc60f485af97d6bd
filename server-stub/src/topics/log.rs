use std::collections::VecDeque;

/// A sequence whose newest entries are kept, numbered from 1.
///
/// It is the queue of all who read it: each keeps only the number of the entry
/// that it has read last, and finds out for itself when it is too late. The newest
/// entry is always kept.
#[derive(Debug)]
pub(super) struct Log<T> {
    entries: usize,
    bytes: usize,
    newest: u64,
    kept: VecDeque<(T, usize)>,
    kept_bytes: usize,
}

impl<T> Log<T> {
    /// An empty one, which keeps so many entries and bytes.
    pub(super) fn new(entries: usize, bytes: usize) -> Self {
        Self { entries, bytes, newest: 0, kept: VecDeque::new(), kept_bytes: 0 }
    }

    /// Adds an entry of `size` bytes, and gives its number.
    pub(super) fn push(&mut self, entry: T, size: usize) -> u64 {
        self.newest += 1;
        self.kept_bytes += size;
        self.kept.push_back((entry, size));
        while self.kept.len() > 1
            && (self.kept.len() > self.entries || self.kept_bytes > self.bytes)
        {
            let Some((_, size)) = self.kept.pop_front() else { break };
            self.kept_bytes -= size;
        }
        self.newest
    }

    /// The number of the newest entry; 0 if there was none.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// The number of the newest entry that is no longer kept; 0 if all are.
    pub(super) fn lost(&self) -> u64 {
        self.newest - self.kept.len() as u64
    }

    /// What is kept of the entries after number `after`, with their numbers.
    pub(super) fn after(&self, after: u64) -> impl Iterator<Item = (u64, &T)> {
        let lost = self.lost();
        let skipped = usize::try_from(after.saturating_sub(lost)).unwrap_or(usize::MAX);
        let numbers = lost.saturating_add(1)..;
        numbers.zip(&self.kept).skip(skipped).map(|(number, (entry, _))| (number, entry))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_newest_is_kept_whatever_its_size() {
        let mut log = Log::new(0, 10);
        for size in [4, 11, usize::MAX / 2] {
            let number = log.push(size, size);
            assert_eq!((log.newest(), log.lost()), (number, number - 1));
            assert_eq!(log.after(0).collect::<Vec<_>>(), [(number, &size)]);
        }
    }

    proptest! {
        /// Compared with one that keeps everything and looks at its end.
        #[test]
        fn slices_are_those_of_a_log_that_keeps_everything(
            entries in 1..12_usize,
            bytes in 0..60_usize,
            sizes in prop::collection::vec(0..20_usize, 0..60),
            since in prop_oneof![0..70_u64, Just(u64::MAX)],
        ) {
            let mut log = Log::new(entries, bytes);
            let mut all = Vec::new();
            for size in sizes {
                all.push((all.len() as u64 + 1, size));
                prop_assert_eq!(log.push(size, size), all.len() as u64);
                let fits = |count: usize| {
                    let sum: usize = all.iter().rev().take(count).map(|(_, size)| size).sum();
                    count <= 1 || (count <= entries && sum <= bytes)
                };
                let count = (1..=all.len()).take_while(|count| fits(*count)).last().unwrap();
                let lost = (all.len() - count) as u64;
                prop_assert_eq!(log.lost(), lost);
                let expected: Vec<_> = all.iter().copied().filter(|(n, _)| *n > lost.max(since)).collect();
                let slice: Vec<_> = log.after(since).map(|(n, size)| (n, *size)).collect();
                prop_assert_eq!(slice, expected);
            }
        }
    }
}
