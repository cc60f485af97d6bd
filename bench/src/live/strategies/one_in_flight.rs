use fader_protocol::Instant;

use super::{Send, Strategy};

/// One in flight; the newest input leaves when its answer has come.
#[derive(Debug, Default)]
pub(crate) struct OneInFlight {
    busy: bool,
    newest: Option<u64>,
}

impl OneInFlight {
    fn send(&mut self) -> Send {
        if self.busy {
            return Send::default();
        }
        let input = self.newest.take();
        self.busy = input.is_some();
        Send { abort: None, input }
    }
}

impl Strategy for OneInFlight {
    fn input(&mut self, _: Instant, input: u64) -> Send {
        self.newest = Some(input);
        self.send()
    }

    fn reply(&mut self, _: Instant, _: u64) -> Send {
        self.busy = false;
        self.send()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_leaves_when_the_answer_comes() {
        let now = Instant::ZERO;
        let mut one = OneInFlight::default();
        assert_eq!(one.input(now, 1), Send::input(1));
        assert_eq!(one.input(now, 2), Send::default());
        assert_eq!(one.input(now, 3), Send::default());
        assert_eq!(one.reply(now, 1), Send::input(3));
        assert_eq!(one.reply(now, 3), Send::default());
        assert_eq!(one.input(now, 4), Send::input(4));
    }
}
