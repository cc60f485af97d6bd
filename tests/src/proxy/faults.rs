use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the page to the server.
    Up,
    /// From the server to the page.
    Down,
}

/// One thing for each direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Both<T> {
    up: T,
    down: T,
}

impl<T> Both<T> {
    pub(super) fn of(&self, direction: Direction) -> &T {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }

    fn of_mut(&mut self, direction: Direction) -> &mut T {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}

/// What a proxy does to connections. By default nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    pub(super) delay: Both<Duration>,
    pub(super) held: Both<bool>,
    pub(super) cut_after: Both<Option<u64>>,
    pub(super) chop: Option<usize>,
    pub(super) hang: bool,
    /// Counts the cuts: a connection that sees another count than at its beginning is cut.
    pub(super) cuts: u64,
}

impl Faults {
    /// Every byte takes so long in that direction.
    pub fn delay(&mut self, direction: Direction, time: Duration) {
        *self.delay.of_mut(direction) = time;
    }

    /// Nothing is passed on in that direction, and nobody is told: a connection that
    /// is half open. What was held back goes on its way when this ends.
    pub fn hold(&mut self, direction: Direction, is_held: bool) {
        *self.held.of_mut(direction) = is_held;
    }

    /// The next connections, and those that are open, are cut when exactly so many
    /// bytes of theirs went in that direction; `None`: they are not.
    pub fn cut_after(&mut self, direction: Direction, bytes: Option<u64>) {
        *self.cut_after.of_mut(direction) = bytes;
    }

    /// What is passed on is chopped into pieces of at most so many bytes, of random size.
    pub fn chop(&mut self, most: Option<usize>) {
        self.chop = most.map(|most| most.max(1));
    }

    /// New connections are accepted and nothing ever comes of them.
    pub fn hang(&mut self, hangs: bool) {
        self.hang = hangs;
    }

    /// Cuts all connections that are open.
    pub fn cut(&mut self) {
        self.cuts += 1;
    }
}

/// What went through a proxy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// The connections that were made to it.
    pub connections: u64,
    /// The bytes that it passed on to the server.
    pub up: u64,
    /// The bytes that it passed on to the page.
    pub down: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) connections: Counter,
    pub(super) bytes: Both<Counter>,
}

impl Counters {
    pub(super) fn stats(&self) -> Stats {
        Stats {
            connections: self.connections.get(),
            up: self.bytes.up.get(),
            down: self.bytes.down.get(),
        }
    }
}
