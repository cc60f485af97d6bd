use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most lines of one kind in a [`WINDOW`].
const LINES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(1);

/// Bounds how often a peer can make the server write one kind of log line: 10 times
/// in a second that begins with the first line.
///
/// Counting goes on while lines are left out, so that the next one can say how many
/// were. The time is passed in.
#[derive(Debug, Default)]
pub(crate) struct LogLimiter(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    start: Option<Instant>,
    lines: u32,
    left_out: u64,
}

/// A line may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// How many lines were left out since the last one, if any were.
    pub(crate) left_out: Option<u64>,
}

impl LogLimiter {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Window { start: None, lines: 0, left_out: 0 }))
    }

    /// Whether another line may be written at the time `now`.
    pub(crate) fn admit(&self, now: Instant) -> Option<Admitted> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.start.is_none_or(|start| now.saturating_duration_since(start) >= WINDOW) {
            window.start = Some(now);
            window.lines = 0;
        }
        if window.lines == LINES {
            window.left_out += 1;
            return None;
        }
        window.lines += 1;
        let left_out = std::mem::take(&mut window.left_out);
        Some(Admitted { left_out: (left_out > 0).then_some(left_out) })
    }
}

/// Writes a log line that a peer can cause, as `tracing`'s macro of this level does,
/// but from each place in the code no more often than [`LogLimiter`] admits. A line
/// after some that were left out has a field `left_out` that counts them.
///
/// ```ignore
/// limited!(warn, session, "the session was evicted");
/// ```
macro_rules! limited {
    ($level:ident, $($line:tt)+) => {{
        static LIMITER: $crate::log_limiter::LogLimiter = $crate::log_limiter::LogLimiter::new();
        if let Some(admitted) = LIMITER.admit(::std::time::Instant::now()) {
            ::tracing::$level!(left_out = admitted.left_out, $($line)+);
        }
    }};
}
pub(crate) use limited;

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(limiter: &LogLimiter, now: Instant, times: u32) -> Vec<Admitted> {
        (0..times).filter_map(|_| limiter.admit(now)).collect()
    }

    #[test]
    fn a_flood_of_lines_is_ten_in_a_second_and_the_next_says_how_many_were_left_out() {
        let (limiter, start) = (LogLimiter::new(), Instant::now());
        let silent = Admitted { left_out: None };
        assert_eq!(admitted(&limiter, start, 1000), vec![silent; 10]);
        let later = start + Duration::from_millis(999);
        assert_eq!(admitted(&limiter, later, 10), []);
        let next = start + Duration::from_secs(1);
        let mut lines = admitted(&limiter, next, 20);
        assert_eq!(lines.remove(0), Admitted { left_out: Some(1000) });
        assert_eq!(lines, vec![silent; 9]);
    }

    #[test]
    fn few_lines_are_all_written_and_a_clock_that_goes_back_stops_nothing() {
        let (limiter, start) = (LogLimiter::new(), Instant::now() + Duration::from_secs(60));
        for second in [0, 1, 0, 2, 30] {
            let now = start + Duration::from_secs(second);
            assert_eq!(limiter.admit(now), Some(Admitted { left_out: None }));
        }
        let before = start - Duration::from_secs(9);
        assert_eq!(admitted(&limiter, before, 100).len(), 9);
        assert!(limiter.admit(start + Duration::from_secs(31)).is_some());
    }
}
