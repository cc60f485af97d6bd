use super::Policy;
use super::estimate::Estimate;
use super::forecast::Forecast;
use super::window::Window;
use crate::Instant;
use crate::span::Span;

/// One animation frame at 60 Hz.
pub(super) const FRAME: Span = Span::from_micros(16_667);

/// How much earlier than predicted a patch should arrive: a timer fires late rather than early.
const MARGIN: Span = Span::from_millis(2);

/// How many mean deviations a time may be off: all of what is evenly spread, and
/// nine tenths of what is normally distributed.
const DEVIATIONS: f64 = 2.25;

/// How many patches the adaptive policy spends at most, for each job of the server ...
const PER_JOB: f64 = 1.2;
/// ... and for each second.
const PER_SECOND: f64 = 4.8;

/// Decides when the next preview leaves. The formulas are those of [`Policy`].
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
    pub(super) fn answered(&mut self, now: Instant, rtt: Option<Span>, service: Span) {
        self.answered_at = now;
        self.service.update(service);
        if let Some(rtt) = rtt {
            self.rtt.update(rtt);
        }
    }

    /// How long an answer usually takes, without the wait.
    pub(super) fn usual(&self) -> Span {
        self.rtt.mean().unwrap_or_default() + self.service.mean().unwrap_or_default()
    }

    /// How long input must have paused to be final, where nobody says so: two
    /// frames, or what the policy waits for.
    pub(super) fn settling(&self) -> Span {
        match self.policy {
            Policy::Throttle(time) | Policy::Debounce(time) => Span::from(time).max(FRAME * 2),
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
        match self.policy {
            Policy::Adaptive => self.just_in_time(now, window),
            Policy::EveryFrame => Some(self.after(now, FRAME)),
            Policy::Throttle(interval) => Some(self.after(now, Span::from(interval).max(FRAME))),
            Policy::Debounce(quiet) => Some((last_input + quiet).max(self.after(now, FRAME))),
            Policy::OnCommit => None,
        }
    }

    /// When a patch may leave that contains no input, only to get a result: the
    /// policies that wait for the input's end have nothing to wait for.
    pub(super) fn refresh(&self, now: Instant, window: &Window) -> Option<Instant> {
        match self.policy {
            Policy::Debounce(_) | Policy::OnCommit => Some(self.after(now, FRAME)),
            Policy::Adaptive | Policy::EveryFrame | Policy::Throttle(_) => {
                self.next(now, now, window)
            }
        }
    }

    /// That long after the last, or now.
    fn after(&self, now: Instant, time: Span) -> Instant {
        self.last_sent.map_or(now, |last| last + time)
    }

    fn just_in_time(&self, now: Instant, window: &Window) -> Option<Instant> {
        let Some(newest) = window.newest() else {
            return Some(self.after(now, FRAME));
        };
        let (rtt, service) = (self.rtt.mean()?, self.service.mean()?);
        let forecast = Forecast::new(now, self.answered_at, rtt, service, self.doubt(1), window);
        let waits = forecast.jobs > 1;
        if !waits && rtt < self.service.deviation() {
            return None;
        }
        let evenly = evenly(service);
        // From here on, times count from the arrival of the newest patch.
        let arrival = newest + rtt;
        let turn = Span::between(arrival, forecast.newest_start - MARGIN);
        let gap = if self.doubt(forecast.jobs) > evenly {
            evenly
        } else if waits && turn > FRAME {
            FRAME + remainder(turn - FRAME, evenly)
        } else {
            let worth = self.worth_of_an_answer(forecast.jobs, rtt, service);
            Span::between(arrival, forecast.free + worth - MARGIN)
        };
        let overdue = Span::between(forecast.first_end, newest);
        Some(newest + gap.max(overdue).max(FRAME))
    }

    /// By how much the end of that many jobs may be off.
    fn doubt(&self, jobs: u32) -> Span {
        let services = self.service.deviation().times(f64::from(jobs).sqrt());
        (services + self.rtt.deviation()).times(DEVIATIONS)
    }

    /// By how much the next answer reduces the doubt, less what it costs to wait for it.
    fn worth_of_an_answer(&self, jobs: u32, rtt: Span, service: Span) -> Span {
        let jobs_left = jobs.saturating_sub(1);
        let learned = self.doubt(jobs) - self.doubt(jobs_left);
        learned - (rtt - service * jobs_left)
    }
}

/// The spacing that spends all the patches that a server with this service time is worth.
fn evenly(service: Span) -> Span {
    service.times(1.0 / (PER_JOB + PER_SECOND * service.as_secs_f64())).max(FRAME)
}

fn remainder(time: Span, step: Span) -> Span {
    time - step.times(time.in_steps_of(step).floor())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Span = Span::from_millis(1);

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    /// Adaptive pacing that has learned these times for certain, the last from an
    /// answer at 1,000 ms.
    fn learned(rtt: Span, service: Span) -> Pacing {
        let mut pacing = Pacing::new(Policy::Adaptive);
        for _ in 0..100 {
            pacing.answered(at(1000), Some(rtt), service);
        }
        pacing
    }

    /// The same with service times that vary by `deviation`.
    fn unsure(rtt: Span, service: Span, deviation: Span) -> Pacing {
        let mut pacing = Pacing::new(Policy::Adaptive);
        for _ in 0..100 {
            pacing.answered(at(1000), Some(rtt), service + deviation);
            pacing.answered(at(1000), Some(rtt), service - deviation);
        }
        pacing
    }

    fn window(departures: &[u64]) -> Window {
        let mut window = Window::default();
        for (i, ms) in departures.iter().enumerate() {
            window.push(i as u64 + 1, at(*ms), at(*ms));
        }
        window
    }

    /// When the next patch leaves, in whole milliseconds.
    fn next(pacing: &Pacing, now: u64, departures: &[u64]) -> Option<u64> {
        let next = pacing.next(at(now), at(now), &window(departures))?;
        Some((next.as_micros() + 500) / 1000)
    }

    #[test]
    fn with_nothing_in_flight_it_leaves_at_once_but_for_the_frame() {
        let mut pacing = learned(MS * 5, MS * 50);
        assert_eq!(next(&pacing, 1003, &[]), Some(1003));
        pacing.sent(at(1000));
        assert_eq!(next(&pacing, 1003, &[]), Some(1017));
    }

    #[test]
    fn before_the_first_answer_it_waits_for_it() {
        let pacing = Pacing::new(Policy::Adaptive);
        assert_eq!(next(&pacing, 5, &[]), Some(5));
        assert_eq!(next(&pacing, 9, &[5]), None);
    }

    #[test]
    fn a_fast_server_gets_a_patch_each_frame_however_far_it_is() {
        for rtt in [1, 5, 50, 300, 2000] {
            let pacing = learned(MS * rtt, MS);
            assert_eq!(next(&pacing, 1001, &[1000]), Some(1017), "{rtt} ms");
        }
    }

    #[test]
    fn a_slow_server_gets_its_next_patch_just_before_it_is_free() {
        let pacing = learned(MS * 40, MS * 500);
        // Sent at 1,000, there at 1,020, done at 1,520: what leaves at 1,498 is
        // there 2 ms before that.
        assert_eq!(next(&pacing, 1001, &[1000]), Some(1498));
        // And what comes after that, just before that one's end.
        assert_eq!(next(&pacing, 1499, &[1000, 1498]), Some(1998));
    }

    #[test]
    fn several_jobs_in_flight_over_a_long_distance_are_each_just_in_time() {
        let pacing = learned(MS * 300, MS * 50);
        assert_eq!(next(&pacing, 1001, &[700, 748, 798, 848, 898, 948]), Some(998));
    }

    #[test]
    fn a_patch_that_has_long_to_wait_is_replaced_before_its_turn() {
        let pacing = learned(MS * 40, MS * 500);
        // The first is done at 1,520 and the second is there from 1,120 on. What
        // leaves at 1,498 replaces it, and E = 138.9 ms and twice that before it.
        assert_eq!(next(&pacing, 1101, &[1000, 1100]), Some(1220));
        assert_eq!(next(&pacing, 1301, &[1000, 1100, 1220]), Some(1359));
        assert_eq!(next(&pacing, 1401, &[1000, 1100, 1220, 1359]), Some(1498));
    }

    #[test]
    fn in_doubt_about_the_servers_end_patches_are_even() {
        // U is about 340 ms or more, E about 500/3.6 = 138 ms.
        let pacing = unsure(MS * 300, MS * 500, MS * 150);
        for departures in [&[1000][..], &[900, 1000], &[800, 900, 1000]] {
            let next = next(&pacing, 1001, departures).unwrap();
            assert!((1136..=1140).contains(&next), "{departures:?}: {next}");
        }
    }

    #[test]
    fn a_server_nearer_than_its_times_are_sure_is_waited_for() {
        let pacing = unsure(MS * 5, MS * 500, MS * 50);
        assert_eq!(next(&pacing, 1001, &[1000]), None);
        assert_eq!(next(&pacing, 1900, &[1000]), None, "also when it is overdue");
    }

    #[test]
    fn an_answer_that_teaches_more_than_it_costs_is_awaited_before_guessing() {
        // Two jobs in flight as far as one job takes: the first one's end is due at
        // 1,050, and doubt falls from 2.25·√2·5 to 2.25·5 ms with it.
        let sure = learned(MS * 50, MS * 50);
        assert_eq!(next(&sure, 1001, &[950, 998]), Some(1048));
        let unsure = unsure(MS * 50, MS * 50, MS * 5);
        let next = next(&unsure, 1001, &[950, 998]).unwrap();
        assert!((1050..=1052).contains(&next), "{next}");
    }

    #[test]
    fn a_server_that_hangs_gets_ever_fewer() {
        for rtt in [1, 50, 300] {
            for service in [1, 50, 500] {
                let pacing = learned(MS * rtt, MS * service);
                let mut departures = vec![1000];
                let mut now = at(1000);
                while now < at(101_000) {
                    let window = window(&departures);
                    now = pacing.next(now, now, &window).unwrap().max(now + MS);
                    departures.push(now.as_micros() / 1000);
                }
                let sent = departures.len();
                // Those sent before anything was overdue, and log2(100 s / 17 ms).
                let before = (rtt + service) as usize / 17 + 2;
                assert!(sent <= before + 16, "{rtt}/{service}: {departures:?}");
            }
        }
    }

    #[test]
    fn never_more_than_one_a_frame() {
        let mut rng = fastrand::Rng::with_seed(5);
        for _ in 0..10_000 {
            let mut pacing = Pacing::new(Policy::Adaptive);
            for _ in 0..rng.u32(1..5) {
                let rtt = MS * rng.u32(0..1000);
                pacing.answered(at(1000), Some(rtt), MS * rng.u32(0..1000));
            }
            let mut departures: Vec<u64> = (0..rng.u64(1..20)).map(|_| rng.u64(0..2000)).collect();
            departures.sort_unstable();
            let newest = departures[departures.len() - 1];
            if let Some(next) = pacing.next(at(2000), at(2000), &window(&departures)) {
                assert!(next >= at(newest) + FRAME, "{pacing:?} {departures:?}");
            }
        }
    }

    #[test]
    fn times_beyond_measure_are_survived() {
        let longest = Span::from_micros(u64::MAX);
        let mut pacing = Pacing::new(Policy::Adaptive);
        for service in [longest, MS, longest, Span::default(), longest, longest] {
            pacing.answered(at(1000), Some(longest), service);
            pacing.next(at(2000), at(2000), &window(&[900, 1000]));
            pacing.answered(at(1000), Some(MS), service);
            pacing.next(at(2000), at(2000), &window(&[900, 1000]));
        }
    }

    #[test]
    fn evenly_spends_what_is_allowed() {
        for ms in [20, 50, 100, 500, 2000] {
            let service = MS * ms;
            let a_second = 1.0 / evenly(service).as_secs_f64();
            let allowed = 1.2 / service.as_secs_f64() + 4.8;
            assert!((a_second - allowed.min(60.0)).abs() < 0.01, "{ms} ms");
        }
    }
}
