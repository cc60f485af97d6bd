use std::time::Duration;

use fader_protocol::Instant;

use super::{Send, Strategy};

/// At most one input in each interval: the first at once, the newest at the
/// interval's end (leading and trailing edge).
#[derive(Debug)]
pub(crate) struct Throttle {
    interval: Duration,
    open_at: Option<Instant>,
    newest: Option<u64>,
}

impl Throttle {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, open_at: None, newest: None }
    }
}

impl Strategy for Throttle {
    fn input(&mut self, now: Instant, input: u64) -> Send {
        self.newest = Some(input);
        self.tick(now)
    }

    fn deadline(&self) -> Option<Instant> {
        self.newest.and(self.open_at)
    }

    fn tick(&mut self, now: Instant) -> Send {
        if self.open_at.is_some_and(|at| now < at) {
            return Send::default();
        }
        let input = self.newest.take();
        if input.is_some() {
            self.open_at = Some(now + self.interval);
        }
        Send { abort: None, input }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_leaves_at_once_and_the_newest_at_the_end() {
        let at = Instant::from_millis;
        let mut throttle = Throttle::new(Duration::from_millis(50));
        assert_eq!(throttle.input(at(0), 1), Send::input(1));
        assert_eq!(throttle.input(at(10), 2), Send::default());
        assert_eq!(throttle.input(at(20), 3), Send::default());
        assert_eq!(throttle.deadline(), Some(at(50)));
        assert_eq!(throttle.tick(at(50)), Send::input(3));
        assert_eq!(throttle.deadline(), None);
        assert_eq!(throttle.input(at(200), 4), Send::input(4));
    }
}
