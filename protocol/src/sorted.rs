//! Maps and sets that are sorted and small: a tree of the standard library costs a
//! page kilobytes of code for each type of its keys and values.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::{slice, vec};

/// A map that is sorted by its keys, with the interface of a `BTreeMap`.
///
/// Adding the greatest key, as where keys are counted up, takes constant time after the
/// search. Otherwise time grows with the number of entries, which its owner bounds:
/// they are moved in one go. To add many, [`extend`](Extend::extend) it, or collect them:
/// that takes no longer in one order than in another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K: Ord, V> SortedMap<K, V> {
    /// A map without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// For how many entries there is memory.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries.binary_search_by(|(k, _)| k.borrow().cmp(key))
    }

    /// Whether there is an entry of that key.
    #[must_use]
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// The value of a key.
    #[must_use]
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.entries.get(at).map(|(_, value)| value)
    }

    /// The value of a key, to change it.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// Sets the value of a key, and answers the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => self.entries.get_mut(at).map(|(_, old)| std::mem::replace(old, value)),
            Err(at) => {
                self.entries.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes the entry of a key out, and answers its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        Some(self.entries.remove(at).1)
    }

    /// The entry of the least key.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.entries.first().map(|(key, value)| (key, value))
    }

    /// Takes the entry of the least key out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        if self.entries.is_empty() { None } else { Some(self.entries.remove(0)) }
    }

    /// Keeps the entries of which this is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }

    /// Takes all entries out.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The entries.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The entries, to change their values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The values, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// The keys, without the values.
    pub fn into_keys(self) -> impl Iterator<Item = K> {
        self.entries.into_iter().map(|(key, _)| key)
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let entries = entries.into_iter();
        let mut map = Self { entries: Vec::with_capacity(entries.size_hint().0) };
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        // Those that belong between others: moving the others for each would take
        // quadratic time.
        let mut between = Vec::new();
        for (key, value) in entries {
            if self.entries.last().is_none_or(|(last, _)| *last < key) {
                self.entries.push((key, value));
            } else if let Some(old) = self.get_mut(&key) {
                *old = value;
            } else {
                between.push((key, value));
            }
        }
        if !between.is_empty() {
            self.entries = merge(std::mem::take(&mut self.entries), sort(between));
        }
    }
}

/// Sorts entries by their keys; of equal ones the last stays. The standard library's
/// sort is many times the code.
fn sort<K: Ord, V>(mut entries: Vec<(K, V)>) -> Vec<(K, V)> {
    if entries.is_sorted_by(|(one, _), (next, _)| one < next) {
        return entries;
    }
    let second = entries.split_off(entries.len() / 2);
    merge(sort(entries), sort(second))
}

/// Of equal keys, the second's entry stays.
fn merge<K: Ord, V>(first: Vec<(K, V)>, second: Vec<(K, V)>) -> Vec<(K, V)> {
    let mut merged = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter().peekable(), second.into_iter().peekable());
    while let (Some((a, _)), Some((b, _))) = (first.peek(), second.peek()) {
        match a.cmp(b) {
            Ordering::Less => merged.extend(first.next()),
            Ordering::Greater => merged.extend(second.next()),
            Ordering::Equal => {
                first.next();
            }
        }
    }
    merged.extend(first);
    merged.extend(second);
    merged
}

impl<'a, K, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::iter::Map<slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> (&'a K, &'a V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter().map(|(key, value)| (key, value))
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// A set that is sorted, as [`SortedMap`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedSet<K> {
    keys: SortedMap<K, ()>,
}

impl<K: Ord> SortedSet<K> {
    /// A set without keys.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: SortedMap::new() }
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether a key is in it.
    #[must_use]
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.keys.contains_key(key)
    }

    /// Adds a key.
    pub fn insert(&mut self, key: K) {
        self.keys.insert(key, ());
    }

    /// Says whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.keys.remove(key).is_some()
    }

    /// The least key.
    #[must_use]
    pub fn first(&self) -> Option<&K> {
        self.keys.first_key_value().map(|(key, ())| key)
    }

    /// Takes the least key out.
    pub fn pop_first(&mut self) -> Option<K> {
        self.keys.pop_first().map(|(key, ())| key)
    }

    /// Takes all keys out.
    pub fn clear(&mut self) {
        self.keys.clear();
    }

    /// The keys.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.keys.keys()
    }
}

impl<K> Default for SortedSet<K> {
    fn default() -> Self {
        Self { keys: SortedMap::default() }
    }
}

impl<K: Ord> Extend<K> for SortedSet<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        keys.into_iter().for_each(|key| self.insert(key));
    }
}

impl<K> IntoIterator for SortedSet<K> {
    type Item = K;
    type IntoIter = std::iter::Map<vec::IntoIter<(K, ())>, fn((K, ())) -> K>;

    fn into_iter(self) -> Self::IntoIter {
        self.keys.into_iter().map(|(key, ())| key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn many_entries_in_any_order_are_those_of_a_tree() {
        let mut rng = fastrand::Rng::with_seed(7);
        for round in 0..500_u32 {
            let mut entries = || -> Vec<_> {
                let count = rng.usize(..60);
                (0..count).map(|i| (rng.u8(..80), (round, i))).collect()
            };
            let (some, more) = (entries(), entries());
            let (mut map, mut tree) =
                (SortedMap::from_iter(some.clone()), BTreeMap::from_iter(some));
            assert!(map.iter().eq(tree.iter()), "round {round}");
            map.extend(more.clone());
            tree.extend(more);
            assert!(map.iter().eq(tree.iter()), "round {round}");
        }
    }

    /// Moving the others for each took 14 s.
    #[test]
    fn keys_in_descending_order_are_not_moved_once_for_each() {
        let start = std::time::Instant::now();
        let keys = (0..200_000_u32).rev().map(|key| (key, [0_u64; 5]));
        let map: SortedMap<_, _> = keys.collect();
        let took = start.elapsed();
        assert!(map.iter().is_sorted() && map.len() == 200_000);
        assert!(took < std::time::Duration::from_secs(5), "{took:?}");
    }

    #[test]
    fn does_what_a_tree_does() {
        let mut rng = fastrand::Rng::with_seed(7);
        let (mut map, mut tree) = (SortedMap::new(), BTreeMap::new());
        for round in 0..2_000_u32 {
            let key = rng.u8(..40);
            match rng.u8(..6) {
                0 => assert_eq!(map.remove(&key), tree.remove(&key)),
                1 => assert_eq!(map.pop_first(), tree.pop_first()),
                2 => assert_eq!(map.get(&key), tree.get(&key)),
                3 => assert_eq!(map.get_mut(&key), tree.get_mut(&key)),
                _ => assert_eq!(map.insert(key, round), tree.insert(key, round)),
            }
            assert!(map.iter().eq(tree.iter()), "round {round}");
        }
        map.retain(|key, _| key % 2 == 0);
        tree.retain(|key, _| key % 2 == 0);
        assert_eq!(map.first_key_value(), tree.first_key_value());
        assert!(map.into_iter().eq(tree));
    }
}
