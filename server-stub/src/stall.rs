use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

/// How much a client must take in each interval to count as reading, in bytes, unless it
/// takes all there is. Without it, one that takes a byte now and then would hold what
/// waits for it for ever.
const LEAST: u64 = 16 * 1024;

/// A timer that is late by so much says that the process did not run: then nothing could
/// be written.
const LATE: Duration = Duration::from_secs(1);

/// Watches that a client takes what is written to it.
#[derive(Debug)]
pub(crate) struct Stall {
    interval: Duration,
    /// Nothing while nothing waits.
    watch: Option<Watch>,
}

#[derive(Debug)]
struct Watch {
    end: Pin<Box<Sleep>>,
    /// What was written in all when the interval began.
    written: u64,
}

impl Stall {
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, watch: None }
    }

    /// Ready when something has waited for an interval in which too little of it was taken.
    /// `written` is what was written in all, in bytes.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, waits: bool, written: u64) -> Poll<()> {
        if !waits {
            self.watch = None;
            return Poll::Pending;
        }
        let interval = self.interval;
        let watch =
            self.watch.get_or_insert_with(|| Watch { end: Box::pin(sleep(interval)), written });
        loop {
            ready!(watch.end.as_mut().poll(cx));
            let now = Instant::now();
            let is_taken = written - watch.written >= LEAST;
            if !is_taken && now - watch.end.deadline() < LATE {
                return Poll::Ready(());
            }
            watch.written = written;
            watch.end.as_mut().reset(now + interval);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::{advance, timeout};

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(20);

    /// Whether the client counts as stalled now.
    async fn is_stalled(stall: &mut Stall, waits: bool, written: u64) -> bool {
        let polled = timeout(Duration::ZERO, poll_fn(|cx| stall.poll(cx, waits, written)));
        polled.await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_stalled_and_who_takes_all_is_not() {
        let mut stall = Stall::new(INTERVAL);
        for _ in 0..3 {
            assert!(!is_stalled(&mut stall, true, 0).await);
            advance(INTERVAL - Duration::from_millis(10)).await;
            assert!(!is_stalled(&mut stall, false, 0).await);
        }
        assert!(!is_stalled(&mut stall, true, 0).await);
        advance(INTERVAL).await;
        assert!(is_stalled(&mut stall, true, 0).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_is_not_enough() {
        let mut stall = Stall::new(INTERVAL);
        assert!(!is_stalled(&mut stall, true, 0).await);
        advance(INTERVAL).await;
        assert!(!is_stalled(&mut stall, true, LEAST).await);
        advance(INTERVAL).await;
        assert!(is_stalled(&mut stall, true, 2 * LEAST - 1).await);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nothing_ran_says_nothing_of_the_client() {
        let mut stall = Stall::new(INTERVAL);
        assert!(!is_stalled(&mut stall, true, 0).await);
        advance(INTERVAL + Duration::from_secs(100)).await;
        assert!(!is_stalled(&mut stall, true, 0).await);
        advance(INTERVAL).await;
        assert!(is_stalled(&mut stall, true, 0).await);
    }
}
