use std::time::Duration;

use crate::span::Span;
use crate::{HeartbeatConfig, Instant};

/// A timer that fires this much late was held up, by a hidden tab or a machine
/// asleep, and so perhaps was the answer that it waited for.
const LATE: Span = Span::from_secs(1);

/// Asks now and then whether the server is still there, and measures the round trip.
#[derive(Debug)]
pub(super) struct Heartbeat {
    config: HeartbeatConfig,
    next_ping: Instant,
    /// By when something must have been heard.
    due: Option<Instant>,
    /// The ping that was sent in doubt, until it is answered: it or a later one must be. What else
    /// arrives may have been under way for long, or come from a server that hears nothing.
    probe: Option<u64>,
    /// A late deadline was forgiven once since something was last heard.
    forgiven: bool,
    /// The last ping and when it was sent, until it is answered.
    ping: Option<(u64, Instant)>,
    /// When the oldest ping was sent, if none has been answered since.
    unanswered: Option<Instant>,
    nonce: u64,
    rtt: Option<Duration>,
}

/// What the heartbeat wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    Ping(u64),
    Dead,
}

impl Heartbeat {
    pub(super) fn new(now: Instant, config: HeartbeatConfig) -> Self {
        Self {
            config,
            // At once: it is the first measurement of the round trip.
            next_ping: now,
            due: None,
            probe: None,
            forgiven: false,
            ping: None,
            unanswered: None,
            nonce: 0,
            rtt: None,
        }
    }

    /// The handshake is done: what counts as late counts from here.
    pub(super) fn begin(&mut self, now: Instant) {
        self.next_ping = now;
    }

    pub(super) fn rtt(&self) -> Option<Duration> {
        self.rtt
    }

    pub(super) fn deadline(&self) -> Instant {
        self.due.map_or(self.next_ping, |due| due.min(self.next_ping))
    }

    /// Something arrived, so the server lives, unless there was doubt.
    pub(super) fn heard(&mut self) {
        if self.probe.is_none() {
            self.due = None;
            self.forgiven = false;
        }
    }

    pub(super) fn pong(&mut self, now: Instant, nonce: u64) {
        if nonce <= self.nonce {
            self.unanswered = None;
            if self.probe.is_some_and(|probe| probe <= nonce) {
                self.probe = None;
                self.heard();
            }
        }
        if let Some((expected, sent)) = self.ping
            && expected == nonce
        {
            self.rtt = Some(now - sent);
            self.ping = None;
        }
    }

    /// Asks now, so that the answer proves that what was sent before has arrived.
    pub(super) fn ask_for_proof(&mut self, now: Instant) -> u64 {
        let due = self.due.unwrap_or(now + self.config.timeout);
        self.ask(now, due);
        self.nonce
    }

    /// Asks now, and wants the answer soon.
    pub(super) fn probe(&mut self, now: Instant) -> Option<Beat> {
        // One that is already under way will do; what is overdue is the timer's business.
        let is_overdue = self.due.is_some_and(|due| due <= now);
        (self.probe.is_none() && !is_overdue).then(|| self.ask_in_doubt(now))
    }

    pub(super) fn tick(&mut self, now: Instant) -> Option<Beat> {
        if let Some(due) = self.due
            && now >= due
        {
            if Span::between(due, now) < LATE || self.forgiven {
                return Some(Beat::Dead);
            }
            self.forgiven = true;
            return Some(self.ask_in_doubt(now));
        }
        if now < self.next_ping {
            return None;
        }
        let late = Span::between(self.next_ping, now) >= LATE;
        if late {
            self.unanswered = None;
        }
        // What arrives proves nothing about the other direction.
        let patience = Span::from(self.config.interval) * 2;
        if self.unanswered.is_some_and(|since| Span::between(since, now) >= patience) {
            return Some(Beat::Dead);
        }
        if late && self.due.is_none() {
            return Some(self.ask_in_doubt(now));
        }
        let due = self.due.unwrap_or(now + self.config.timeout);
        Some(self.ask(now, due))
    }

    /// Of several pings in doubt, an answer to the first will do.
    fn ask_in_doubt(&mut self, now: Instant) -> Beat {
        self.probe.get_or_insert(self.nonce + 1);
        self.ask(now, now + self.config.probe_timeout)
    }

    fn ask(&mut self, now: Instant, due: Instant) -> Beat {
        self.due = Some(due);
        self.next_ping = now + self.config.interval;
        self.nonce += 1;
        self.ping = Some((self.nonce, now));
        self.unanswered.get_or_insert(now);
        Beat::Ping(self.nonce)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn beating() -> Heartbeat {
        let mut heartbeat = Heartbeat::new(at(0), HeartbeatConfig::default());
        assert_eq!(heartbeat.tick(at(0)), Some(Beat::Ping(1)));
        heartbeat.heard();
        heartbeat.pong(Instant::from_millis(40), 1);
        heartbeat
    }

    #[test]
    fn measures_the_round_trip_and_asks_again_after_the_interval() {
        let mut heartbeat = beating();
        assert_eq!(heartbeat.rtt(), Some(Duration::from_millis(40)));
        assert_eq!(heartbeat.deadline(), at(25));
        assert_eq!(heartbeat.tick(at(24)), None);
        assert_eq!(heartbeat.tick(at(25)), Some(Beat::Ping(2)));
        assert_eq!(heartbeat.deadline(), at(35));
    }

    #[test]
    fn silence_until_the_deadline_is_death() {
        let mut heartbeat = beating();
        heartbeat.tick(at(25));
        assert_eq!(heartbeat.tick(at(35)), Some(Beat::Dead));
    }

    #[test]
    fn a_late_timer_is_forgiven_once() {
        let mut heartbeat = beating();
        heartbeat.tick(at(25));
        assert_eq!(heartbeat.tick(at(85)), Some(Beat::Ping(3)));
        assert_eq!(heartbeat.tick(at(145)), Some(Beat::Dead));
    }

    #[test]
    fn a_hidden_tab_whose_pongs_arrive_lives_on_late_timers() {
        let mut heartbeat = beating();
        for minute in 1..100 {
            let Some(Beat::Ping(nonce)) = heartbeat.tick(at(60 * minute)) else {
                panic!("dead at minute {minute}")
            };
            heartbeat.heard();
            heartbeat.pong(at(60 * minute), nonce);
        }
    }

    #[test]
    fn a_probe_wants_its_answer_soon_and_is_not_repeated() {
        let mut heartbeat = beating();
        assert_eq!(heartbeat.probe(at(10)), Some(Beat::Ping(2)));
        assert_eq!(heartbeat.probe(at(11)), None);
        assert_eq!(heartbeat.tick(at(13)), Some(Beat::Dead));
    }

    #[test]
    fn a_probe_wants_its_own_answer() {
        let mut heartbeat = beating();
        assert_eq!(heartbeat.tick(at(25)), Some(Beat::Ping(2)));
        assert_eq!(heartbeat.probe(at(26)), Some(Beat::Ping(3)));
        // These may have been under way since before.
        heartbeat.heard();
        heartbeat.pong(at(27), 2);
        assert_eq!(heartbeat.deadline(), at(29));
        heartbeat.pong(at(28), 3);
        assert_eq!(heartbeat.deadline(), at(51));

        assert_eq!(heartbeat.probe(at(30)), Some(Beat::Ping(4)));
        heartbeat.heard();
        assert_eq!(heartbeat.tick(at(33)), Some(Beat::Dead));
    }

    #[test]
    fn what_was_under_way_while_a_machine_slept_is_no_answer() {
        let mut heartbeat = beating();
        assert_eq!(heartbeat.tick(at(3600)), Some(Beat::Ping(2)));
        heartbeat.heard();
        assert_eq!(heartbeat.tick(at(3603)), Some(Beat::Dead));

        let mut heartbeat = beating();
        assert_eq!(heartbeat.tick(at(25)), Some(Beat::Ping(2)));
        assert_eq!(heartbeat.tick(at(3600)), Some(Beat::Ping(3)));
        heartbeat.pong(at(3600), 2);
        assert_eq!(heartbeat.tick(at(3603)), Some(Beat::Dead));
    }

    #[test]
    fn a_server_that_speaks_but_never_answers_does_not_hear() {
        let mut heartbeat = beating();
        for second in [25, 50] {
            assert!(matches!(heartbeat.tick(at(second)), Some(Beat::Ping(_))), "{second}");
            heartbeat.heard();
        }
        assert_eq!(heartbeat.tick(at(75)), Some(Beat::Dead));
    }

    #[test]
    fn an_answer_to_any_ping_will_do() {
        let mut heartbeat = beating();
        for second in [25, 50, 75, 100] {
            assert!(matches!(heartbeat.tick(at(second)), Some(Beat::Ping(_))), "{second}");
            heartbeat.heard();
            heartbeat.pong(at(second + 1), heartbeat.nonce - 1);
        }
    }

    #[test]
    fn a_pong_to_another_ping_measures_nothing() {
        let mut heartbeat = beating();
        heartbeat.tick(at(25));
        heartbeat.pong(at(26), 1);
        assert_eq!(heartbeat.rtt(), Some(Duration::from_millis(40)));
    }
}
