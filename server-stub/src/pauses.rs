use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often a look is taken at the time.
const LOOK: Duration = Duration::from_millis(500);

/// What is longer than this between two looks was a pause.
const GAP: Duration = Duration::from_secs(1);

/// For how long the server has not run: its process was stopped, its machine was paused, or
/// something held its threads up. What clients sent meanwhile could not be heard, and
/// nobody could connect, so that time counts against nobody. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pauses(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// When the last look was taken, while somebody takes them regularly.
    looked: Option<Instant>,
    total: Duration,
}

impl Pauses {
    /// Begins to watch the time, unless that is done already. It ends when `self` is
    /// dropped by all others.
    pub(crate) fn watch(&self) {
        if self.lock().looked.replace(Instant::now()).is_some() {
            return;
        }
        let watching = Watching(Self(Arc::clone(&self.0)));
        tokio::spawn(async move {
            while Arc::strong_count(&watching.0.0) > 1 {
                sleep(LOOK).await;
                watching.0.total();
            }
        });
    }

    /// How long all pauses took together.
    pub(crate) fn total(&self) -> Duration {
        let mut state = self.lock();
        let now = Instant::now();
        if let Some(looked) = state.looked.replace(now).map(|looked| now - looked) {
            if looked > GAP {
                tracing::warn!(?looked, "the server did not run for a while");
                state.total += looked;
            }
        } else {
            // Without regular looks nothing is known.
            state.looked = None;
        }
        state.total
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever looks regularly, until the runtime that it runs in is gone.
struct Watching(Pauses);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.lock().looked = None;
    }
}

/// As [`tokio::time::timeout`], but for time that is `excused`, which is counted in all.
pub(crate) async fn timeout<T>(
    excused: impl Fn() -> Duration,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let mut future = std::pin::pin!(future);
    let (mut seen, mut left) = (excused(), limit);
    loop {
        if let Ok(value) = tokio::time::timeout(left, &mut future).await {
            return Some(value);
        }
        let total = excused();
        left = total.saturating_sub(seen).min(limit);
        seen = total;
        if left.is_zero() {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_is_long_is_a_pause() {
        let pauses = Pauses::default();
        advance(Duration::from_secs(100)).await;
        assert_eq!(pauses.total(), Duration::ZERO, "nobody looked before");
        pauses.watch();
        sleep(Duration::from_secs(100)).await;
        assert_eq!(pauses.total(), Duration::ZERO, "looks were regular");
        advance(Duration::from_secs(100)).await;
        let total = pauses.total();
        assert!(total >= Duration::from_secs(100), "{total:?}");
        sleep(Duration::from_secs(100)).await;
        assert_eq!(pauses.total(), total);
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_limit_counts_no_pause() {
        let pauses = Pauses::default();
        pauses.watch();
        let start = Instant::now();
        let limit = Duration::from_secs(10);
        let pause = async {
            sleep(Duration::from_secs(2)).await;
            advance(Duration::from_secs(100)).await;
            pending::<()>().await;
        };
        assert_eq!(timeout(|| pauses.total(), limit, pause).await, None);
        assert!(start.elapsed() >= Duration::from_secs(102) + limit - Duration::from_secs(3));
        assert_eq!(timeout(|| pauses.total(), limit, ready(5)).await, Some(5));
    }
}
