use std::time::Duration;

use fader_protocol::Instant;

/// Watches over a client's silence. Anything it says is a sign of life.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    silence: Duration,
    heard: Instant,
    next_ping: Instant,
    pings: u64,
}

/// What silence asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Ask for a sign of life.
    Ping(u64),
    /// The client is gone.
    Gone,
}

impl Heartbeat {
    pub(super) fn new(now: Instant, interval: Duration, silence: Duration) -> Self {
        Self { interval, silence, heard: now, next_ping: now + interval, pings: 0 }
    }

    /// The client said something.
    pub(super) fn heard(&mut self, now: Instant) {
        self.heard = now;
        self.next_ping = now + self.interval;
    }

    /// For so long the client could not be heard, whatever it said.
    pub(super) fn deaf(&mut self, now: Instant, time: Duration) {
        self.heard = (self.heard + time).min(now);
    }

    /// Time passed.
    pub(super) fn tick(&mut self, now: Instant) -> Option<Beat> {
        if now - self.heard >= self.silence {
            return Some(Beat::Gone);
        }
        if now < self.next_ping {
            return None;
        }
        self.next_ping = now + self.interval;
        self.pings += 1;
        Some(Beat::Ping(self.pings))
    }

    pub(super) fn deadline(&self) -> Instant {
        self.next_ping.min(self.heard + self.silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_asked_about_and_then_given_up_on() {
        let at = |s: u64| Instant::from_millis(s * 1000);
        let mut heartbeat = Heartbeat::new(at(0), Duration::from_secs(25), Duration::from_secs(60));
        assert_eq!(heartbeat.deadline(), at(25));
        assert_eq!(heartbeat.tick(at(24)), None);
        assert_eq!(heartbeat.tick(at(25)), Some(Beat::Ping(1)));
        assert_eq!(heartbeat.tick(at(25)), None);

        heartbeat.heard(at(26));
        assert_eq!(heartbeat.tick(at(51)), Some(Beat::Ping(2)));
        assert_eq!(heartbeat.tick(at(76)), Some(Beat::Ping(3)));
        assert_eq!(heartbeat.deadline(), at(86));
        assert_eq!(heartbeat.tick(at(86)), Some(Beat::Gone));
    }
}
