use std::time::Duration;

use fader_protocol::Instant;

use super::{Send, Strategy};

/// The newest input, when the input has paused.
#[derive(Debug)]
pub(crate) struct Debounce {
    quiet: Duration,
    waiting: Option<(Instant, u64)>,
}

impl Debounce {
    pub(crate) fn new(quiet: Duration) -> Self {
        Self { quiet, waiting: None }
    }
}

impl Strategy for Debounce {
    fn input(&mut self, now: Instant, input: u64) -> Send {
        self.waiting = Some((now + self.quiet, input));
        Send::default()
    }

    fn deadline(&self) -> Option<Instant> {
        self.waiting.map(|(at, _)| at)
    }

    fn tick(&mut self, now: Instant) -> Send {
        let due = self.waiting.take_if(|(at, _)| now >= *at);
        Send { abort: None, input: due.map(|(_, input)| input) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_input_starts_the_wait_anew() {
        let at = Instant::from_millis;
        let mut debounce = Debounce::new(Duration::from_millis(100));
        debounce.input(at(0), 1);
        debounce.input(at(99), 2);
        assert_eq!(debounce.tick(at(100)), Send::default());
        assert_eq!(debounce.deadline(), Some(at(199)));
        assert_eq!(debounce.tick(at(199)), Send::input(2));
        assert_eq!(debounce.deadline(), None);
    }
}
