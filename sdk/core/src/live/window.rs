use std::collections::VecDeque;

use crate::Instant;

/// The patches that are sent and not answered, oldest first.
#[derive(Debug, Default)]
pub(super) struct Window {
    sent: VecDeque<Sent>,
}

#[derive(Debug)]
struct Sent {
    seq: u64,
    departure: Instant,
    /// When the oldest input was made that the patch contains and the one before does not.
    input_at: Instant,
}

/// What an answer tells of the patches that it answers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answered {
    /// How many they are.
    pub(super) patches: u64,
    /// When the newest of them left.
    pub(super) departure: Option<Instant>,
}

impl Window {
    /// A second's worth at 60 Hz: more in flight would only wait somewhere.
    const CAPACITY: usize = 64;

    pub(super) fn push(&mut self, seq: u64, departure: Instant, input_at: Instant) {
        // Only commits leave past a full window. The oldest patch is then
        // answered together with the next.
        if self.is_full()
            && let Some(oldest) = self.sent.pop_front()
            && let Some(next) = self.sent.front_mut()
        {
            next.input_at = oldest.input_at;
        }
        self.sent.push_back(Sent { seq, departure, input_at });
    }

    pub(super) fn len(&self) -> usize {
        self.sent.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.sent.len() >= Self::CAPACITY
    }

    pub(super) fn clear(&mut self) {
        self.sent.clear();
    }

    /// All patches up to `seq` are answered.
    pub(super) fn answered(&mut self, seq: u64) -> Answered {
        let mut answered = Answered::default();
        while self.sent.front().is_some_and(|sent| sent.seq <= seq) {
            answered.patches += 1;
            answered.departure = self.sent.pop_front().map(|sent| sent.departure);
        }
        answered
    }

    /// When each left.
    pub(super) fn departures(&self) -> impl Iterator<Item = Instant> {
        self.sent.iter().map(|sent| sent.departure)
    }

    /// When the newest left.
    pub(super) fn newest(&self) -> Option<Instant> {
        self.sent.back().map(|sent| sent.departure)
    }

    /// When the oldest input was made that is not answered.
    pub(super) fn oldest_input(&self) -> Option<Instant> {
        self.sent.front().map(|sent| sent.input_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_stays_bounded_and_remembers_the_oldest_input() {
        let mut window = Window::default();
        for seq in 1..=1000 {
            window.push(seq, Instant::from_millis(seq), Instant::from_millis(seq));
        }
        assert_eq!(window.len(), Window::CAPACITY);
        assert_eq!(window.oldest_input(), Some(Instant::from_millis(1)));
        let answered = window.answered(999);
        assert_eq!(answered.departure, Some(Instant::from_millis(999)));
        assert_eq!(window.len(), 1);
    }
}
