use super::window::Window;
use crate::Instant;
use crate::span::Span;

/// When the server will have done what it was sent.
///
/// Foretold on the client's clock, shifted so that no clock of the server's is
/// needed: a patch that leaves at `x` counts as arriving at `x + RTT`, and a job
/// as ending when its answer is due here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Forecast {
    /// How many jobs the unanswered patches make.
    pub(super) jobs: u32,
    /// The end of the first, as expected.
    pub(super) first_end: Instant,
    /// The start of the last, which contains the newest patch.
    pub(super) newest_start: Instant,
    /// The end of the last.
    pub(super) free: Instant,
}

impl Forecast {
    /// The mailbox in advance: one job at a time, each of all the patches that
    /// arrived before its start. `answered_at` is when the last answer came,
    /// and so when the job before the first ended. An answer that is overdue
    /// is expected any moment; while others wait for it, only after `patience`.
    pub(super) fn new(
        now: Instant,
        answered_at: Instant,
        rtt: Span,
        service: Span,
        patience: Span,
        window: &Window,
    ) -> Self {
        let mut forecast =
            Self { jobs: 0, first_end: answered_at, newest_start: answered_at, free: answered_at };
        for arrival in window.departures().map(|departure| departure + rtt) {
            if forecast.jobs > 0 && arrival <= forecast.newest_start {
                continue;
            }
            forecast.jobs += 1;
            forecast.newest_start = forecast.free.max(arrival);
            forecast.free = forecast.newest_start + service;
            if forecast.jobs == 1 {
                forecast.first_end = forecast.free;
                forecast.free = forecast.free.max(now - patience);
            }
        }
        if forecast.jobs == 1 {
            forecast.free = forecast.free.max(now);
        }
        forecast
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Span = Span::from_millis(1);

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    /// With a round trip of 40 ms and a service time of 500 ms, after an answer at 1,000 ms.
    fn forecast(now: u64, departures: &[u64]) -> Forecast {
        let mut window = Window::default();
        for (i, ms) in departures.iter().enumerate() {
            window.push(i as u64 + 1, at(*ms), at(*ms));
        }
        Forecast::new(at(now), at(1000), MS * 40, MS * 500, MS * 100, &window)
    }

    #[test]
    fn patches_that_one_job_takes_together_are_one_job() {
        let forecast = forecast(1300, &[950, 955, 1200, 1300]);
        assert_eq!(forecast.jobs, 2);
        assert_eq!(forecast.first_end, at(1500));
        assert_eq!(forecast.newest_start, at(1500));
        assert_eq!(forecast.free, at(2000));
    }

    #[test]
    fn an_idle_server_starts_when_the_patch_arrives() {
        let forecast = forecast(1300, &[1300]);
        assert_eq!((forecast.newest_start, forecast.free), (at(1340), at(1840)));
    }

    #[test]
    fn an_overdue_answer_is_expected_any_moment() {
        assert_eq!(forecast(1900, &[950]).free, at(1900));
        assert_eq!(forecast(1900, &[950]).first_end, at(1500));
    }

    #[test]
    fn while_a_patch_waits_an_answer_may_be_late() {
        assert_eq!(forecast(1550, &[950, 1100]).newest_start, at(1500));
        assert_eq!(forecast(1650, &[950, 1100]).newest_start, at(1550));
    }
}
