use fader_protocol::Instant;

use super::{Send, Strategy};

/// One in flight; inputs meanwhile are ignored.
#[derive(Debug, Default)]
pub(crate) struct ExhaustMap {
    busy: bool,
}

impl Strategy for ExhaustMap {
    fn input(&mut self, _: Instant, input: u64) -> Send {
        if std::mem::replace(&mut self.busy, true) { Send::default() } else { Send::input(input) }
    }

    fn reply(&mut self, _: Instant, _: u64) -> Send {
        self.busy = false;
        Send::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_lost_while_one_is_in_flight() {
        let now = Instant::ZERO;
        let mut exhaust = ExhaustMap::default();
        assert_eq!(exhaust.input(now, 1), Send::input(1));
        assert_eq!(exhaust.input(now, 2), Send::default());
        assert_eq!(exhaust.reply(now, 1), Send::default());
        assert_eq!(exhaust.input(now, 3), Send::input(3));
    }
}
