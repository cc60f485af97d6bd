use std::time::Duration;

use super::Policy;
use super::estimate::Estimate;
use super::window::Window;
use crate::Instant;

/// One animation frame at 60 Hz.
pub(super) const FRAME: Duration = Duration::from_nanos(16_666_667);

/// How much earlier than predicted a patch should arrive, at the least.
const LEAST_MARGIN: Duration = Duration::from_millis(1);

/// How many patches a second the adaptive policy may spend, beyond one for
/// each job of the server, on keeping a late server's next job fresh ...
const SPARE_PER_SECOND: f64 = 5.0;
/// ... and how many for each job.
const SPARE_PER_JOB: f64 = 0.3;

/// Decides when the next preview leaves.
#[derive(Debug)]
pub(super) struct Pacing {
    policy: Policy,
    rtt: Estimate,
    service: Estimate,
    last_sent: Option<Instant>,
    /// When the last answer came: the server was free then.
    answered_at: Instant,
}

impl Pacing {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            policy,
            rtt: Estimate::default(),
            service: Estimate::default(),
            last_sent: None,
            answered_at: Instant::ZERO,
        }
    }

    pub(super) fn sent(&mut self, now: Instant) {
        self.last_sent = Some(now);
    }

    /// An answer came. `rtt` is nothing where the patch's departure is not known any more.
    pub(super) fn answered(&mut self, now: Instant, rtt: Option<Duration>, service: Duration) {
        self.answered_at = now;
        self.service.update(service);
        if let Some(rtt) = rtt {
            self.rtt.update(rtt);
        }
    }

    /// How long an answer usually takes, without the wait.
    pub(super) fn usual(&self) -> Duration {
        self.rtt.mean().unwrap_or_default() + self.service.mean().unwrap_or_default()
    }

    /// How long input must have paused to be final, where nobody says so: two
    /// frames, or what the policy waits for.
    pub(super) fn settling(&self) -> Duration {
        match self.policy {
            Policy::Throttle(time) | Policy::Debounce(time) => time.max(FRAME * 2),
            Policy::Adaptive | Policy::EveryFrame | Policy::OnCommit => FRAME * 2,
        }
    }

    /// When the next preview may leave. Nothing: not before something else happens.
    pub(super) fn next(
        &self,
        now: Instant,
        last_input: Instant,
        window: &Window,
    ) -> Option<Instant> {
        let after = |time: Duration| self.last_sent.map_or(now, |last| last + time);
        match self.policy {
            Policy::Adaptive => self.just_in_time(now, window),
            Policy::EveryFrame => Some(after(FRAME)),
            Policy::Throttle(interval) => Some(after(interval.max(FRAME))),
            Policy::Debounce(quiet) => Some((last_input + quiet).max(after(FRAME))),
            Policy::OnCommit => None,
        }
    }

    /// The server's work is foretold on the client's clock, shifted so that no
    /// clock of the server's is needed: a patch sent at `x` counts as arriving
    /// at `x + RTT`, and a job as ending when its answer is due here.
    fn just_in_time(&self, now: Instant, window: &Window) -> Option<Instant> {
        let Some(newest) = window.newest() else {
            return Some(self.last_sent.map_or(now, |last| last + FRAME));
        };
        // Nothing is known before the first answer: wait for it.
        let (rtt, service) = (self.rtt.mean()?, self.service.mean()?);
        let margin = self.margin();
        let forecast = Forecast::new(self.answered_at, rtt, service, window);
        // One patch for each job, arriving when the job before it ends.
        let mut next = forecast.free - (rtt + margin);
        if forecast.newest_start >= forecast.first_end {
            // The newest patch waits at the server for a job that may end any
            // time now: replace it meanwhile.
            let waiting = (forecast.first_end - margin).max(newest + rtt);
            next = next.min(waiting.max(newest + self.refresh(service)));
        }
        // While an answer is overdue the spacing doubles.
        let overdue = newest - forecast.first_end;
        Some(next.max(newest + overdue).max(newest + FRAME))
    }

    /// How uncertain the prediction is.
    fn margin(&self) -> Duration {
        (self.service.deviation() + self.rtt.deviation()).max(LEAST_MARGIN)
    }

    /// How often to replace a waiting patch while its turn may come at any time.
    fn refresh(&self, service: Duration) -> Duration {
        let spare = SPARE_PER_JOB + SPARE_PER_SECOND * service.as_secs_f64();
        (self.service.deviation() * 4).div_f64(spare).max(FRAME)
    }
}

/// When the server will have done what it was sent.
struct Forecast {
    /// The end of the job that runs first.
    first_end: Instant,
    /// The start of the job that contains the newest patch.
    newest_start: Instant,
    /// The end of that job.
    free: Instant,
}

impl Forecast {
    /// The mailbox in advance: one job at a time, each of all the patches that
    /// arrived before its start.
    fn new(answered_at: Instant, rtt: Duration, service: Duration, window: &Window) -> Self {
        let mut forecast =
            Self { first_end: answered_at, newest_start: answered_at, free: answered_at };
        let mut jobs = 0;
        for arrival in window.departures().map(|departure| departure + rtt) {
            if jobs > 0 && arrival <= forecast.newest_start {
                continue;
            }
            forecast.newest_start = forecast.free.max(arrival);
            forecast.free = forecast.newest_start + service;
            if jobs == 0 {
                forecast.first_end = forecast.free;
            }
            jobs += 1;
        }
        forecast
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    /// Adaptive pacing that has learned these times from an answer at 1,000 ms.
    fn learned(rtt: Duration, service: Duration) -> Pacing {
        let mut pacing = Pacing::new(Policy::Adaptive);
        pacing.answered(at(1000), Some(rtt), service);
        pacing
    }

    fn window(departures: &[u64]) -> Window {
        let mut window = Window::default();
        for (i, ms) in departures.iter().enumerate() {
            window.push(i as u64 + 1, at(*ms), at(*ms));
        }
        window
    }

    #[test]
    fn the_first_patch_leaves_at_once_and_the_second_waits_for_an_answer() {
        let pacing = Pacing::new(Policy::Adaptive);
        assert_eq!(pacing.next(at(5), at(5), &window(&[])), Some(at(5)));
        assert_eq!(pacing.next(at(9), at(9), &window(&[5])), None);
    }

    #[test]
    fn a_fast_server_gets_a_patch_each_frame_however_far_it_is() {
        let pacing = learned(MS * 300, MS);
        assert_eq!(pacing.next(at(1001), at(1001), &window(&[1000])), Some(at(1000) + FRAME));
    }

    #[test]
    fn a_slow_server_gets_its_next_patch_just_before_it_is_free() {
        let pacing = learned(MS * 40, MS * 500);
        // Sent at 1,000, there at 1,020, done at 1,520, answered here at 1,540: what
        // leaves at 1,499 is there 1 ms before the end.
        assert_eq!(pacing.next(at(1001), at(1001), &window(&[1000])), Some(at(1499)));
    }

    #[test]
    fn patches_that_one_job_takes_together_count_once() {
        let pacing = learned(MS * 40, MS * 500);
        let forecast = Forecast::new(at(1000), MS * 40, MS * 500, &window(&[950, 955, 1200, 1300]));
        assert_eq!(forecast.first_end, at(1500));
        assert_eq!(forecast.newest_start, at(1500));
        assert_eq!(forecast.free, at(2000));
        assert!(
            pacing.next(at(1301), at(1301), &window(&[950, 955, 1200, 1300])) >= Some(at(1499))
        );
    }

    #[test]
    fn a_server_that_hangs_gets_ever_fewer() {
        let pacing = learned(MS, MS);
        let mut departures = vec![1000];
        let mut now = at(1000);
        while now < at(100_000) {
            let window = window(&departures);
            now = now.max(pacing.next(now, now, &window).unwrap());
            departures.push(now.as_micros() / 1000 + 1);
            if departures.len() > 1000 {
                panic!("does not slow down: {now:?}");
            }
        }
        assert!(departures.len() < 25, "{departures:?}");
    }
}
