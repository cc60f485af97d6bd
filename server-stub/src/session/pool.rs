use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Payer;

/// How much may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Capacity {
    pub(super) items: usize,
    pub(super) bytes: usize,
}

/// What is kept for many payers, until there is too much of it. Then the oldest leaves
/// of who has more than its share or, when the pool is full, of who has most.
#[derive(Debug)]
pub(super) struct Pool<T> {
    /// For each payer.
    each: Capacity,
    all: Capacity,
    accounts: HashMap<Payer, Account<T>>,
    /// Whose each item is, by age.
    ages: BTreeMap<u64, Payer>,
    bytes: usize,
    /// Who has most comes last. Of those who have the same, the one whose oldest item
    /// is older.
    by_items: BTreeSet<(usize, Reverse<u64>, Payer)>,
    by_bytes: BTreeSet<(usize, Reverse<u64>, Payer)>,
    last: u64,
}

#[derive(Debug)]
struct Account<T> {
    /// By their age: the oldest first.
    items: BTreeMap<u64, (T, usize)>,
    bytes: usize,
}

/// What finds an item in a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ticket {
    payer: Payer,
    number: u64,
}

/// What had to leave a pool.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Evicted<T> {
    pub(super) item: T,
    pub(super) payer: Payer,
    /// Whether the payer had more than its own share; otherwise the pool was full.
    pub(super) over_own: bool,
}

impl<T> Pool<T> {
    pub(super) fn new(each: Capacity, all: Capacity) -> Self {
        Self {
            each,
            all,
            accounts: HashMap::new(),
            ages: BTreeMap::new(),
            bytes: 0,
            by_items: BTreeSet::new(),
            by_bytes: BTreeSet::new(),
            last: 0,
        }
    }

    /// Keeps an item that costs so many bytes. What has to leave for it,
    /// [`evict`](Self::evict) says.
    pub(super) fn add(&mut self, payer: &Payer, item: T, bytes: usize) -> Ticket {
        self.last += 1;
        let number = self.last;
        self.change(payer, |account| {
            account.items.insert(number, (item, bytes));
            account.bytes += bytes;
        });
        self.ages.insert(number, payer.clone());
        self.bytes += bytes;
        Ticket { payer: payer.clone(), number }
    }

    pub(super) fn remove(&mut self, ticket: &Ticket) -> Option<T> {
        let _ = self.accounts.get(&ticket.payer)?;
        let (item, bytes) = self.change(&ticket.payer, |account| {
            let (item, bytes) = account.items.remove(&ticket.number)?;
            account.bytes -= bytes;
            Some((item, bytes))
        })?;
        self.ages.remove(&ticket.number);
        self.bytes -= bytes;
        Some(item)
    }

    /// The next item that has to leave after something was added for `payer`, who has a
    /// quota of its own or not.
    pub(super) fn evict(&mut self, payer: &Payer, has_quota: bool) -> Option<Evicted<T>> {
        let own = has_quota
            && self.accounts.get(payer).is_some_and(|account| {
                account.items.len() > self.each.items || account.bytes > self.each.bytes
            });
        let from = if own {
            payer.clone()
        } else if self.len() > self.all.items {
            self.by_items.last()?.2.clone()
        } else if self.bytes > self.all.bytes {
            self.by_bytes.last()?.2.clone()
        } else {
            return None;
        };
        Some(Evicted { item: self.remove_oldest_of(&from)?, payer: from, over_own: own })
    }

    /// Takes out the oldest item of a payer, if it has any.
    pub(super) fn remove_oldest_of(&mut self, payer: &Payer) -> Option<T> {
        let number = *self.accounts.get(payer)?.items.first_key_value()?.0;
        self.remove(&Ticket { payer: payer.clone(), number })
    }

    /// The newest item that would have to leave if a payer got so many more, and half of
    /// its own share beside them.
    pub(super) fn endangered(&self, payer: &Payer, more: usize) -> Option<&T> {
        let account = self.accounts.get(payer)?;
        let (items, bytes) = (self.each.items / 2 + more, self.each.bytes / 2);
        let is_greediest = |of: Option<&(usize, Reverse<u64>, Payer)>| {
            of.is_some_and(|(.., greediest)| greediest == payer)
        };
        let mut items_over = (account.items.len() + items).saturating_sub(self.each.items);
        if is_greediest(self.by_items.last()) {
            items_over = items_over.max((self.len() + items).saturating_sub(self.all.items));
        }
        let mut bytes_over = (account.bytes + bytes).saturating_sub(self.each.bytes);
        if is_greediest(self.by_bytes.last()) {
            bytes_over = bytes_over.max((self.bytes + bytes).saturating_sub(self.all.bytes));
        }
        let mut endangered = None;
        for (item, bytes) in account.items.values() {
            if items_over == 0 && bytes_over == 0 {
                break;
            }
            items_over = items_over.saturating_sub(1);
            bytes_over = bytes_over.saturating_sub(*bytes);
            endangered = Some(item);
        }
        endangered
    }

    /// The oldest item of all.
    pub(super) fn oldest(&self) -> Option<&T> {
        let (number, payer) = self.ages.first_key_value()?;
        self.accounts.get(payer)?.items.get(number).map(|(item, _)| item)
    }

    /// Takes out the oldest item of all.
    pub(super) fn remove_oldest(&mut self) -> Option<T> {
        let (number, payer) = self.ages.first_key_value()?;
        let ticket = Ticket { number: *number, payer: payer.clone() };
        self.remove(&ticket)
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.ages.len()
    }

    /// What they cost.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Changes an account, and its place among the others.
    fn change<R>(&mut self, payer: &Payer, change: impl FnOnce(&mut Account<T>) -> R) -> R {
        let account = self
            .accounts
            .entry(payer.clone())
            .or_insert_with(|| Account { items: BTreeMap::new(), bytes: 0 });
        let before = account.rank();
        let result = change(account);
        let after = account.rank();
        if account.items.is_empty() {
            self.accounts.remove(payer);
        }
        if let Some((items, bytes, oldest)) = before {
            self.by_items.remove(&(items, oldest, payer.clone()));
            self.by_bytes.remove(&(bytes, oldest, payer.clone()));
        }
        if let Some((items, bytes, oldest)) = after {
            self.by_items.insert((items, oldest, payer.clone()));
            self.by_bytes.insert((bytes, oldest, payer.clone()));
        }
        result
    }
}

impl<T> Account<T> {
    /// How much it has, and since when; nothing if it is empty.
    fn rank(&self) -> Option<(usize, usize, Reverse<u64>)> {
        let oldest = *self.items.first_key_value()?.0;
        Some((self.items.len(), self.bytes, Reverse(oldest)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn payer(name: &str) -> Payer {
        Payer::Principal(name.into())
    }

    fn pool(each: (usize, usize), all: (usize, usize)) -> Pool<u32> {
        let capacity = |(items, bytes)| Capacity { items, bytes };
        Pool::new(capacity(each), capacity(all))
    }

    fn add(pool: &mut Pool<u32>, name: &str, item: u32, bytes: usize) -> Vec<u32> {
        pool.add(&payer(name), item, bytes);
        std::iter::from_fn(|| pool.evict(&payer(name), true)).map(|evicted| evicted.item).collect()
    }

    #[test]
    fn who_is_over_its_share_gives_its_oldest() {
        let mut pool = pool((2, 10), (9, 99));
        assert_eq!(add(&mut pool, "a", 1, 1), [0; 0]);
        assert_eq!(add(&mut pool, "a", 2, 1), [0; 0]);
        assert_eq!(add(&mut pool, "a", 3, 1), [1]);
        assert_eq!(add(&mut pool, "a", 4, 9), [2]);
        assert_eq!(add(&mut pool, "a", 5, 9), [3, 4]);
        assert_eq!(add(&mut pool, "a", 6, 11), [5, 6], "it cannot be kept at all");
        assert_eq!((pool.len(), pool.bytes()), (0, 0));
    }

    #[test]
    fn in_a_full_pool_the_greediest_gives_its_oldest() {
        let mut items = pool((9, 99), (4, 99));
        assert_eq!(add(&mut items, "honest", 1, 50), [0; 0]);
        for item in 2..=4 {
            assert_eq!(add(&mut items, "greedy", item, 1), [0; 0]);
        }
        assert_eq!(add(&mut items, "greedy", 5, 1), [2]);
        assert_eq!(add(&mut items, "newcomer", 6, 1), [3]);

        let mut bytes = pool((9, 99), (9, 20));
        for item in 1..=3 {
            assert_eq!(add(&mut bytes, "honest", item, 1), [0; 0]);
        }
        assert_eq!(add(&mut bytes, "greedy", 4, 15), [0; 0]);
        assert_eq!(add(&mut bytes, "newcomer", 5, 3), [4], "bytes are what there is too much of");
    }

    #[test]
    fn of_those_who_have_the_same_the_oldest_gives() {
        let mut pool = pool((9, 99), (2, 99));
        assert_eq!(add(&mut pool, "b", 1, 1), [0; 0]);
        assert_eq!(add(&mut pool, "a", 2, 1), [0; 0]);
        assert_eq!(add(&mut pool, "c", 3, 1), [1]);
        assert_eq!(add(&mut pool, "b", 4, 1), [2]);
    }

    #[test]
    fn what_is_next_to_leave_is_known_before() {
        let mut pool = pool((6, 100), (8, 100));
        let endangered =
            |pool: &Pool<u32>, name, more| pool.endangered(&payer(name), more).copied();
        for item in 1..=4 {
            add(&mut pool, "a", item, 1);
        }
        assert_eq!([0, 1, 2, 9].map(|more| endangered(&pool, "a", more)), [1, 2, 3, 4].map(Some));
        assert_eq!(endangered(&pool, "b", 9), None);
        add(&mut pool, "b", 5, 1);
        add(&mut pool, "c", 6, 40);
        // Of others only who has most has to give.
        assert_eq!([0, 1, 2].map(|more| endangered(&pool, "a", more)), [1, 2, 3].map(Some));
        assert_eq!([0, 2, 3].map(|more| endangered(&pool, "b", more)), [None, None, Some(5)]);
        assert_eq!(endangered(&pool, "c", 0), None);
        add(&mut pool, "c", 7, 20);
        assert_eq!(endangered(&pool, "c", 0), Some(6), "in bytes");
    }

    /// What should be in the pool.
    struct Kept {
        name: u8,
        item: u32,
        bytes: usize,
        ticket: Ticket,
    }

    /// Whether nobody has more of it than `victim`.
    fn is_greediest(kept: &[Kept], victim: u8, measure: impl Fn(&Kept) -> usize) -> bool {
        let of = |name| kept.iter().filter(|kept| kept.name == name).map(&measure).sum::<usize>();
        (0..5).all(|other| of(other) <= of(victim))
    }

    proptest! {
        /// Nobody gives who has less than somebody else, and the sums are right.
        #[test]
        fn no_bystander_gives(
            steps in prop::collection::vec((0..5_u8, 1..9_usize, any::<bool>()), 0..200)
        ) {
            let mut pool = pool((8, 30), (12, 50));
            let mut kept: Vec<Kept> = Vec::new();
            for (item, (name, bytes, is_add)) in (0..).zip(steps) {
                if !is_add {
                    if let Some(at) = kept.iter().position(|kept| kept.name == name) {
                        let Kept { item, ticket, .. } = kept.remove(at);
                        prop_assert_eq!(pool.remove(&ticket), Some(item));
                    }
                    continue;
                }
                let of = payer(&name.to_string());
                let ticket = pool.add(&of, item, bytes);
                kept.push(Kept { name, item, bytes, ticket });
                while let Some(evicted) = pool.evict(&of, true) {
                    let at = kept.iter().position(|kept| kept.item == evicted.item).unwrap();
                    let victim = kept[at].name;
                    prop_assert!(kept[..at].iter().all(|kept| kept.name != victim), "not the oldest");
                    if evicted.over_own {
                        prop_assert_eq!(victim, name);
                    } else {
                        prop_assert!(
                            is_greediest(&kept, victim, |_| 1)
                                || is_greediest(&kept, victim, |kept| kept.bytes)
                        );
                    }
                    kept.remove(at);
                }
                prop_assert_eq!(pool.len(), kept.len());
                prop_assert_eq!(pool.bytes(), kept.iter().map(|kept| kept.bytes).sum::<usize>());
                prop_assert!(pool.len() <= 12 && pool.bytes() <= 50);
            }
        }
    }
}
