use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::peer::Peer;

/// After this time, what a caller's calls have taken counts half.
const HALF_LIFE: Duration = Duration::from_secs(10);

/// What does not count at all.
const LITTLE: Duration = Duration::from_millis(1);

/// Lets a limited number of calls work at the same time. Who waits is served fairly:
/// next is a caller of whom the fewest calls are at work, and of those the one whose calls
/// have taken the least time lately, so that neither many calls nor long ones of one caller keep
/// another waiting for long. Clones are the same.
#[derive(Debug, Clone)]
pub(crate) struct Turns(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    free: usize,
    callers: HashMap<Arc<str>, Caller>,
    last_call: u64,
}

#[derive(Debug)]
struct Caller {
    /// The time that its calls have taken, as it counted at an instant.
    used: Duration,
    at: Instant,
    at_work: usize,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    call: u64,
    turn: oneshot::Sender<Turn>,
}

/// Leave to work, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    caller: Arc<str>,
    since: Instant,
}

impl Turns {
    /// So many calls may work at the same time.
    pub(crate) fn new(calls: usize) -> Self {
        let callers = HashMap::new();
        let state = State { free: calls, callers, last_call: 0 };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Waits for a turn. Whoever is known by a name is one caller whatever the number of
    /// its sessions; otherwise each session is one.
    pub(crate) async fn wait(&self, peer: &Peer) -> Turn {
        let caller = if peer.principal.is_empty() { &peer.session } else { &peer.principal };
        let caller: Arc<str> = Arc::clone(caller);
        let (sender, receiver) = oneshot::channel();
        let place = {
            let mut state = self.lock();
            state.last_call += 1;
            let call = state.last_call;
            let waiting = Waiting { call, turn: sender };
            let entry = state.callers.entry(Arc::clone(&caller)).or_insert_with(Caller::new);
            entry.waiting.push_back(waiting);
            Place { turns: self, caller, call }
        };
        self.serve();
        let turn = receiver.await;
        drop(place);
        match turn {
            Ok(turn) => turn,
            // The sender is dropped only by `place`.
            Err(_) => std::future::pending().await,
        }
    }

    /// Gives turns while there are some and somebody waits.
    fn serve(&self) {
        loop {
            let (sender, turn) = {
                let mut state = self.lock();
                let Some((caller, sender)) = state.next() else { return };
                (sender, Turn { turns: self.clone(), caller, since: Instant::now() })
            };
            // One that is not wanted any more is dropped here, and given to the next.
            let _ = sender.send(turn);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self) -> Option<(Arc<str>, oneshot::Sender<Turn>)> {
        if self.free == 0 {
            return None;
        }
        let now = Instant::now();
        let waiting = self.callers.iter_mut().filter(|(_, caller)| !caller.waiting.is_empty());
        let first = |caller: &Caller| caller.waiting.front().map(|waiting| waiting.call);
        let (name, caller) =
            waiting.min_by_key(|(_, caller)| (caller.at_work, caller.used(now), first(caller)))?;
        let waiting = caller.waiting.pop_front()?;
        caller.at_work += 1;
        self.free -= 1;
        Some((Arc::clone(name), waiting.turn))
    }

    fn ended(&mut self, caller: &str, time: Duration) {
        self.free += 1;
        if let Some(caller) = self.callers.get_mut(caller) {
            caller.at_work -= 1;
            let now = Instant::now();
            caller.used = caller.used(now) + time;
            caller.at = now;
        }
        self.forget();
    }

    /// Forgets those of whom nothing is known that a newcomer would not have.
    fn forget(&mut self) {
        let now = Instant::now();
        let is_active = |caller: &Caller| caller.at_work > 0 || !caller.waiting.is_empty();
        if self.callers.values().any(is_active) {
            self.callers.retain(|_, caller| is_active(caller) || caller.used(now) > LITTLE);
        } else {
            self.callers.clear();
        }
    }
}

impl Caller {
    fn new() -> Self {
        Self { used: Duration::ZERO, at: Instant::now(), at_work: 0, waiting: VecDeque::new() }
    }

    fn used(&self, now: Instant) -> Duration {
        let half_lives = (now - self.at).as_secs_f64() / HALF_LIFE.as_secs_f64();
        self.used.mul_f64(0.5_f64.powf(half_lives))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.lock().ended(&self.caller, self.since.elapsed());
        self.turns.serve();
    }
}

/// A place in the queue, which is left at once by who does not wait any more.
struct Place<'a> {
    turns: &'a Turns,
    caller: Arc<str>,
    call: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.turns.lock();
        if let Some(caller) = state.callers.get_mut(&self.caller) {
            caller.waiting.retain(|waiting| waiting.call != self.call);
        }
        state.forget();
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;
    use tokio::time::{sleep, timeout};

    use super::*;

    fn peer(session: &str, principal: &str) -> Peer {
        Peer { session: session.into(), principal: principal.into() }
    }

    /// Calls of this peer that work for so long, one after the other.
    fn work(tasks: &mut JoinSet<()>, turns: &Turns, peer: &Peer, calls: usize, time: Duration) {
        for _ in 0..calls {
            let (turns, peer) = (turns.clone(), peer.clone());
            tasks.spawn(async move {
                loop {
                    let _turn = turns.wait(&peer).await;
                    sleep(time).await;
                }
            });
        }
    }

    const LONG: Duration = Duration::from_millis(500);

    /// How long a call waits beside heavy ones, at most.
    async fn longest_wait(turns: &Turns, peer: &Peer) -> Duration {
        let mut longest = Duration::ZERO;
        for _ in 0..20 {
            let start = Instant::now();
            let turn = turns.wait(peer).await;
            longest = longest.max(start.elapsed());
            sleep(Duration::from_millis(1)).await;
            drop(turn);
            sleep(Duration::from_millis(100)).await;
        }
        longest
    }

    #[tokio::test(start_paused = true)]
    async fn many_long_calls_of_some_keep_a_light_caller_waiting_for_one_of_them_at_most() {
        let turns = Turns::new(2);
        let mut tasks = JoinSet::new();
        for session in 0..9 {
            work(&mut tasks, &turns, &peer(&session.to_string(), ""), 64, LONG);
        }
        // All have had a turn.
        sleep(Duration::from_secs(5)).await;
        let longest = longest_wait(&turns, &peer("light", "")).await;
        assert!(longest <= LONG, "{longest:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_a_name_is_one_caller_with_any_number_of_sessions() {
        let turns = Turns::new(2);
        let mut tasks = JoinSet::new();
        for session in 0..100 {
            work(&mut tasks, &turns, &peer(&session.to_string(), "heavy"), 1, LONG);
        }
        sleep(Duration::from_secs(1)).await;
        let longest = longest_wait(&turns, &peer("1", "light")).await;
        assert!(longest <= LONG, "{longest:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_wait_any_more_leaves_the_queue_at_once_and_nothing_is_kept() {
        let turns = Turns::new(1);
        let (a, b) = (peer("a", ""), peer("b", ""));
        let first = turns.wait(&a).await;
        assert!(timeout(LONG, turns.wait(&b)).await.is_err());
        assert_eq!(turns.lock().callers.len(), 1);
        let third = tokio::spawn({
            let turns = turns.clone();
            async move { drop(turns.wait(&a).await) }
        });
        sleep(LONG).await;
        drop(first);
        third.await.unwrap();
        assert!(turns.lock().callers.is_empty());
        assert_eq!(turns.lock().free, 1);
    }
}
