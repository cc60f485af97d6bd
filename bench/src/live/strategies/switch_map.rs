use fader_protocol::Instant;

use super::{Send, Strategy};

/// Every input; each aborts the one before, whose answer is then not shown.
#[derive(Debug, Default)]
pub(crate) struct SwitchMap {
    in_flight: Option<u64>,
}

impl Strategy for SwitchMap {
    fn input(&mut self, _: Instant, input: u64) -> Send {
        Send { abort: self.in_flight.replace(input), input: Some(input) }
    }

    fn shows(&self, input: u64) -> bool {
        self.in_flight == Some(input)
    }

    fn reply(&mut self, _: Instant, input: u64) -> Send {
        self.in_flight.take_if(|in_flight| *in_flight == input);
        Send::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_is_shown() {
        let now = Instant::ZERO;
        let mut switch = SwitchMap::default();
        assert_eq!(switch.input(now, 1), Send::input(1));
        assert_eq!(switch.input(now, 2), Send { abort: Some(1), input: Some(2) });
        assert!(!switch.shows(1) && switch.shows(2));
        switch.reply(now, 2);
        assert_eq!(switch.input(now, 3), Send::input(3));
    }
}
