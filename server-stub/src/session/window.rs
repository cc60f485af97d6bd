use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use fader_protocol::{Instant, MAX_INTEGER, MessageLimits, Payload, RawPayload, Rejection, code};

use super::Payer;
use super::fit::fit;
use super::job::{JobId, Outcome};
use super::pool::{Capacity, Pool};

/// What a remembered outcome takes beside its texts, in bytes: its places in the tables
/// and what the allocator adds. Measured, with a payer for each.
const ENTRY: usize = 640;

/// For how many payers it is known how much of theirs was forgotten early. Of more, the
/// worst is taken to hold for all.
const HORIZONS: usize = 10_000;

/// How a server remembers requests with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowConfig {
    /// For how long an outcome is remembered, from the end of the work. Default 10 min.
    pub keep: Duration,
    /// The most outcomes that are remembered, for all clients together. Default 100,000.
    pub requests: usize,
    /// The most outcomes that are remembered for one [`Payer`]. Default 10,000: 16 each
    /// second for 10 min.
    pub requests_per_payer: usize,
    /// The most bytes of them all, in which 640 bytes count for each beside its texts.
    /// Default 64 MiB.
    pub bytes: usize,
    /// The most bytes of those of one payer. Default 8 MiB.
    pub bytes_per_payer: usize,
    /// The most requests at work, for all clients together. Default 10,000.
    pub running: usize,
    /// The most requests at work for one payer. Default 1,024.
    pub running_per_payer: usize,
}

impl Default for WindowConfig {
    fn default() -> Self {
        Self {
            keep: Duration::from_secs(600),
            requests: 100_000,
            requests_per_payer: 10_000,
            bytes: 64 * 1024 * 1024,
            bytes_per_payer: 8 * 1024 * 1024,
            running: 10_000,
            running_per_payer: 1024,
        }
    }
}

/// What a client calls a request, so that it is run only once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// On whose behalf; empty where nobody is known.
    pub principal: String,
    /// What it is used for.
    pub scope: Scope,
    /// The idempotency key itself.
    pub key: String,
}

/// What an idempotency key is used for: methods and topics of the same name have
/// keys of their own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Calls of this method.
    Method(String),
    /// Events published to this topic.
    Topic(String),
}

/// Who waits for the outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The public id of the session.
    pub session: String,
    /// The job in that session.
    pub job: JobId,
}

/// What becomes of a request with an idempotency key.
#[derive(Debug, PartialEq)]
pub enum Asked {
    /// It is new: run it, and report with [`Window::finished`].
    Run,
    /// It is at work already: [`Window::finished`] will name this caller too.
    Wait,
    /// This is the outcome.
    Answer(Outcome),
}

/// The requests with an idempotency key, of all sessions of a server.
///
/// Each runs at most once, and all who ask for it get the same outcome, until it
/// is forgotten: after [`WindowConfig::keep`], or earlier where its payer has no room
/// for it, or has most of all when there is no room at all. How much is forgotten early,
/// each client is told with [`promise`](Window::promise). Work is never forgotten before
/// it has ended.
#[derive(Debug)]
pub struct Window {
    id: String,
    config: WindowConfig,
    sends: MessageLimits,
    requests: HashMap<Arc<Key>, Request>,
    /// Those that have ended, in that order for each payer.
    ended: Pool<Arc<Key>>,
    /// How many are at work, for whom.
    running: HashMap<Payer, usize>,
    all_running: usize,
    /// The newest end of work of each payer whose outcome was forgotten early.
    horizons: HashMap<Payer, Instant>,
    /// The same for all of whom it is not known any more.
    horizon: Option<Instant>,
    stats: WindowStats,
    hasher: RandomState,
}

/// What a [`Window`] could not do for its clients so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowStats {
    /// Requests refused because their payer had too many at work.
    pub refused_own: u64,
    /// Requests refused because too many were at work for all clients together.
    pub refused_full: u64,
    /// Outcomes forgotten early because their payer had too many or too large ones.
    pub evicted_own: u64,
    /// Outcomes forgotten early because the window was full and their payer had most.
    pub evicted_full: u64,
}

#[derive(Debug)]
struct Request {
    /// Of its parameters.
    hash: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Running { payer: Payer, callers: Vec<Caller> },
    Ended { outcome: Outcome, at: Instant },
}

impl Window {
    /// An empty one; `id` is a random text that tells it from all others. Outcomes are
    /// made to fit what clients accept.
    #[must_use]
    pub fn new(id: String, config: WindowConfig, sends: MessageLimits) -> Self {
        let each = Capacity { items: config.requests_per_payer, bytes: config.bytes_per_payer };
        let all = Capacity { items: config.requests, bytes: config.bytes };
        Self {
            id,
            config,
            sends,
            requests: HashMap::new(),
            ended: Pool::new(each, all),
            running: HashMap::new(),
            all_running: 0,
            horizons: HashMap::new(),
            horizon: None,
            stats: WindowStats::default(),
            hasher: RandomState::new(),
        }
    }

    /// What a client may rely on at present: all work of its payer that ended within that
    /// time is remembered, and stays so until half of the payer's share has been used up
    /// anew, for what the client sends again is yet on its way. The id is one for each payer, for what is remembered at the
    /// expense of one says nothing about the others.
    #[must_use]
    pub fn promise(&self, now: Instant, payer: &Payer) -> fader_protocol::Window {
        let running = self.running.get(payer).copied().unwrap_or(0);
        let next = self.ended.endangered(payer, running).and_then(|key| self.ended_at(key));
        let horizon = self.horizons.get(payer).copied().max(self.horizon).max(next);
        let kept = horizon.map_or(self.config.keep, |at| self.config.keep.min(now - at));
        let ms = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX).min(MAX_INTEGER);
        // The same in each run of a simulation. It tells apart, and hides nothing.
        let own = BuildHasherDefault::<DefaultHasher>::default().hash_one((&self.id, payer));
        let id = format!("{}-{own:016x}", self.id);
        fader_protocol::Window { id, ms }
    }

    /// A request arrived, for which `payer` pays if it is new.
    pub fn ask(
        &mut self,
        now: Instant,
        key: &Key,
        payer: &Payer,
        params: &RawPayload,
        caller: Caller,
    ) -> Asked {
        self.forget_old(now);
        let hash = self.hasher.hash_one((params.get(), params.bytes()));
        match self.requests.get_mut(key) {
            Some(request) if request.hash != hash => {
                let why = "the idempotency key was used with other parameters";
                return Asked::Answer(Err(Rejection::new(code::KEY_REUSED, why)));
            }
            Some(Request { stage: Stage::Running { callers, .. }, .. }) => {
                callers.push(caller);
                return Asked::Wait;
            }
            Some(Request { stage: Stage::Ended { outcome, .. }, .. }) => {
                return Asked::Answer(outcome.clone());
            }
            None => {}
        }
        if let Err(refused) = self.begin(payer) {
            return Asked::Answer(Err(refused));
        }
        let stage = Stage::Running { payer: payer.clone(), callers: vec![caller] };
        self.requests.insert(Arc::new(key.clone()), Request { hash, stage });
        Asked::Run
    }

    /// Work has ended: the outcome, and who waits for it.
    pub fn finished(
        &mut self,
        now: Instant,
        key: &Key,
        outcome: Outcome,
    ) -> (Outcome, Vec<Caller>) {
        let outcome = fit(outcome, &self.sends);
        let known = self.requests.get_key_value(key).map(|(key, _)| Arc::clone(key));
        let Some((key, request)) = known.and_then(|key| {
            let request = self.requests.get_mut(&key)?;
            Some((key, request))
        }) else {
            return (outcome, Vec::new());
        };
        let Stage::Running { payer, callers } = &mut request.stage else {
            return (outcome, Vec::new());
        };
        let (payer, callers) = (payer.clone(), std::mem::take(callers));
        request.stage = Stage::Ended { outcome: outcome.clone(), at: now };
        self.end(&payer);
        let cost = ENTRY + key.size() + size(&outcome);
        self.ended.add(&payer, key, cost);
        self.make_room(now, &payer);
        (outcome, callers)
    }

    /// A caller waits no longer. Says whether it was the last one, so that the
    /// work may be stopped; it is to be reported as finished all the same.
    pub fn leave(&mut self, key: &Key, caller: &Caller) -> bool {
        match self.requests.get_mut(key).map(|request| &mut request.stage) {
            Some(Stage::Running { callers, .. }) => {
                callers.retain(|waiting| waiting != caller);
                callers.is_empty()
            }
            _ => false,
        }
    }

    /// What it could not do so far.
    #[must_use]
    pub fn stats(&self) -> WindowStats {
        self.stats
    }

    /// Takes a place for work, if there is one.
    fn begin(&mut self, payer: &Payer) -> Result<(), Rejection<RawPayload>> {
        let WindowConfig { running, running_per_payer, .. } = self.config;
        let own = self.running.get(payer).copied().unwrap_or(0);
        let why = if own >= running_per_payer {
            self.stats.refused_own += 1;
            format!("you have {own} requests with an idempotency key at work, the most allowed")
        } else if self.all_running >= running {
            self.stats.refused_full += 1;
            format!("the server has {running} requests with an idempotency key at work, its most")
        } else {
            self.running.insert(payer.clone(), own + 1);
            self.all_running += 1;
            return Ok(());
        };
        Err(Rejection::new(code::TOO_MANY, why))
    }

    fn end(&mut self, payer: &Payer) {
        self.all_running -= 1;
        match self.running.get_mut(payer) {
            Some(running) if *running > 1 => *running -= 1,
            _ => {
                self.running.remove(payer);
            }
        }
    }

    /// Forgets what there is no room for any more after `payer` got something.
    fn make_room(&mut self, now: Instant, payer: &Payer) {
        self.forget_old(now);
        while let Some(evicted) = self.ended.evict(payer, true) {
            if evicted.over_own {
                self.stats.evicted_own += 1;
            } else {
                self.stats.evicted_full += 1;
            }
            if let Some(at) = self.ended_at(&evicted.item) {
                self.lower(now, evicted.payer, at);
            }
            self.requests.remove(&evicted.item);
        }
    }

    fn ended_at(&self, key: &Key) -> Option<Instant> {
        match self.requests.get(key)?.stage {
            Stage::Ended { at, .. } => Some(at),
            Stage::Running { .. } => None,
        }
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some(oldest) = self.ended.oldest()
            && self.ended_at(oldest).is_none_or(|at| now - at >= self.config.keep)
            && let Some(oldest) = self.ended.remove_oldest()
        {
            self.requests.remove(&oldest);
        }
    }

    /// What the payer's work came to that ended then was forgotten early.
    fn lower(&mut self, now: Instant, payer: Payer, at: Instant) {
        if self.horizons.len() >= HORIZONS && !self.horizons.contains_key(&payer) {
            let keep = self.config.keep;
            self.horizons.retain(|_, at| now - *at < keep);
            if self.horizons.len() > HORIZONS / 2 {
                let worst = self.horizons.drain().map(|(_, at)| at).max();
                self.horizon = self.horizon.max(worst);
            }
        }
        self.horizons.insert(payer, at);
    }
}

impl Key {
    fn size(&self) -> usize {
        let (Scope::Method(name) | Scope::Topic(name)) = &self.scope;
        self.principal.len() + name.len() + self.key.len()
    }
}

fn size(outcome: &Outcome) -> usize {
    match outcome {
        Ok(payload) => payload.size(),
        Err(rejection) => {
            let data = rejection.data.as_ref().map_or(0, Payload::size);
            rejection.code.len() + rejection.message.len() + data
        }
    }
}

#[cfg(test)]
mod tests {
    use fader_protocol::json;

    use super::super::job::Kind;
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn key(key: &str) -> Key {
        Key { principal: String::new(), scope: Scope::Method("m".into()), key: key.into() }
    }

    fn caller(number: u64) -> Caller {
        Caller { session: format!("s{number}"), job: JobId(Kind::Request(number)) }
    }

    fn raw(value: &str) -> RawPayload {
        json::to_raw(value).unwrap()
    }

    fn window(requests: usize, bytes: usize) -> Window {
        let config = WindowConfig { requests, bytes, ..WindowConfig::default() };
        Window::new("w".into(), config, MessageLimits::of_client())
    }

    fn code(asked: Asked) -> String {
        match asked {
            Asked::Answer(Err(rejection)) => rejection.code,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn all_who_ask_get_the_one_outcome() {
        let mut window = window(9, 99_999);
        assert_eq!(window.ask(at(0), &key("k"), &Payer::Unknown, &raw("p"), caller(1)), Asked::Run);
        assert_eq!(
            window.ask(at(1), &key("k"), &Payer::Unknown, &raw("p"), caller(2)),
            Asked::Wait
        );
        let outcome = Ok(raw("done"));
        let told = window.finished(at(2), &key("k"), outcome.clone());
        assert_eq!(told, (outcome.clone(), vec![caller(1), caller(2)]));
        let asked = window.ask(at(601), &key("k"), &Payer::Unknown, &raw("p"), caller(3));
        assert_eq!(asked, Asked::Answer(outcome));
        assert_eq!(
            window.ask(at(602), &key("k"), &Payer::Unknown, &raw("p"), caller(3)),
            Asked::Run
        );
    }

    #[test]
    fn an_error_is_an_outcome_too() {
        let mut window = window(9, 99_999);
        window.ask(at(0), &key("k"), &Payer::Unknown, &raw("p"), caller(1));
        let outcome = Err(Rejection::new("own", "why"));
        let _ = window.finished(at(0), &key("k"), outcome.clone());
        let asked = window.ask(at(1), &key("k"), &Payer::Unknown, &raw("p"), caller(1));
        assert_eq!(asked, Asked::Answer(outcome));
    }

    #[test]
    fn a_key_means_one_thing_for_each_principal_and_method() {
        let mut window = window(9, 99_999);
        window.ask(at(0), &key("k"), &Payer::Unknown, &raw("p"), caller(1));
        assert_eq!(
            code(window.ask(at(0), &key("k"), &Payer::Unknown, &raw("q"), caller(2))),
            code::KEY_REUSED
        );
        let (told, callers) = window.finished(at(0), &key("k"), Ok(raw("done")));
        assert_eq!((told, callers), (Ok(raw("done")), vec![caller(1)]));
        assert_eq!(
            code(window.ask(at(0), &key("k"), &Payer::Unknown, &raw("q"), caller(2))),
            code::KEY_REUSED
        );
        let others = [
            Key { principal: "p".into(), ..key("k") },
            Key { scope: Scope::Method("n".into()), ..key("k") },
            Key { scope: Scope::Topic("m".into()), ..key("k") },
            key("l"),
        ];
        for other in others {
            assert_eq!(
                window.ask(at(0), &other, &Payer::Unknown, &raw("q"), caller(2)),
                Asked::Run,
                "{other:?}"
            );
        }
    }

    #[test]
    fn work_is_stopped_when_the_last_caller_leaves_and_has_an_outcome_all_the_same() {
        let mut window = window(9, 99_999);
        window.ask(at(0), &key("k"), &Payer::Unknown, &raw("p"), caller(1));
        window.ask(at(0), &key("k"), &Payer::Unknown, &raw("p"), caller(2));
        assert!(!window.leave(&key("k"), &caller(1)));
        assert!(window.leave(&key("k"), &caller(2)));
        assert_eq!(
            window.ask(at(0), &key("k"), &Payer::Unknown, &raw("p"), caller(3)),
            Asked::Wait
        );
        let stopped = Err(Rejection::new(code::CANCELLED, ""));
        let told = window.finished(at(1), &key("k"), stopped.clone());
        assert_eq!(told, (stopped.clone(), vec![caller(3)]));
        assert!(!window.leave(&key("k"), &caller(3)));
        let asked = window.ask(at(2), &key("k"), &Payer::Unknown, &raw("p"), caller(4));
        assert_eq!(asked, Asked::Answer(stopped));
    }

    /// Asks for a key on behalf of `name`, who pays.
    fn ask(window: &mut Window, now: Instant, name: &str, key: &str) -> Asked {
        let payer = Payer::Principal(name.into());
        window.ask(now, &key_of(name, key), &payer, &raw("p"), caller(1))
    }

    fn key_of(name: &str, text: &str) -> Key {
        Key { principal: name.into(), ..key(text) }
    }

    /// A request of `name` runs and ends at once.
    fn run(window: &mut Window, now: Instant, name: &str, key: &str, reply: usize) {
        assert_eq!(ask(window, now, name, key), Asked::Run, "{name} {key}");
        let _ = window.finished(now, &key_of(name, key), Ok(raw(&"x".repeat(reply))));
    }

    fn is_known(window: &mut Window, now: Instant, name: &str, key: &str) -> bool {
        matches!(ask(window, now, name, key), Asked::Answer(Ok(_)))
    }

    fn promised(window: &Window, now: Instant, name: &str) -> u64 {
        window.promise(now, &Payer::Principal(name.into())).ms / 1000
    }

    #[test]
    fn ten_thousand_requests_of_one_principal_push_out_no_outcome_of_another() {
        let mut window =
            Window::new("w".into(), WindowConfig::default(), MessageLimits::of_client());
        run(&mut window, at(0), "alice", "pays", 1);
        for number in 0..25_000 {
            run(&mut window, at(1 + number / 2500), "bob", &number.to_string(), 1);
        }
        assert!(is_known(&mut window, at(599), "alice", "pays"), "it would run twice");
        assert_eq!(promised(&window, at(599), "alice"), 600);
        assert!(window.ended.bytes() <= 8 * 1024 * 1024 + 1000);
        assert_eq!(window.stats(), WindowStats { evicted_own: 15_000, ..WindowStats::default() });
    }

    #[test]
    fn calls_that_never_end_take_only_their_payers_places() {
        let mut window =
            Window::new("w".into(), WindowConfig::default(), MessageLimits::of_client());
        let asked = (0..10_240).map(|n| ask(&mut window, at(0), "bob", &n.to_string()));
        let refused: Vec<_> = asked.filter(|asked| *asked != Asked::Run).collect();
        assert_eq!(refused.len(), 10_240 - 1024);
        assert!(refused.into_iter().all(|asked| code(asked) == code::TOO_MANY));
        run(&mut window, at(0), "alice", "pays", 1);
        // Who has ended makes room.
        let _ = window.finished(at(1), &key_of("bob", "0"), Ok(raw("b")));
        assert_eq!(ask(&mut window, at(1), "bob", "more"), Asked::Run);
        assert_eq!(code(ask(&mut window, at(1), "bob", "even more")), code::TOO_MANY);
        assert_eq!(window.stats().refused_own, 10_240 - 1024 + 1);
    }

    #[test]
    fn all_work_together_is_bounded() {
        let config = WindowConfig { running: 2, ..WindowConfig::default() };
        let mut window = Window::new("w".into(), config, MessageLimits::of_client());
        assert_eq!(ask(&mut window, at(0), "a", "k"), Asked::Run);
        assert_eq!(ask(&mut window, at(0), "b", "k"), Asked::Run);
        assert_eq!(code(ask(&mut window, at(0), "c", "k")), code::TOO_MANY);
        let _ = window.finished(at(0), &key_of("a", "k"), Ok(raw("a")));
        assert_eq!(ask(&mut window, at(0), "c", "k"), Asked::Run);
        assert_eq!((window.stats().refused_full, window.all_running), (1, 2));
    }

    #[test]
    fn in_a_full_window_the_greediest_payer_gives_its_oldest_outcomes() {
        let mut window = window(4, 99_999);
        run(&mut window, at(0), "alice", "a", 1);
        for second in 1..=5 {
            run(&mut window, at(second), "bob", &second.to_string(), 1);
        }
        run(&mut window, at(6), "carol", "c", 1);
        assert!(is_known(&mut window, at(7), "alice", "a"));
        assert!(is_known(&mut window, at(7), "carol", "c"));
        for (key, is_kept) in [("4", true), ("5", true), ("3", false)] {
            assert_eq!(is_known(&mut window, at(7), "bob", key), is_kept, "{key}");
        }
        assert_eq!(window.stats().evicted_full, 3);
    }

    #[test]
    fn bytes_are_bounded_as_they_really_cost() {
        let mut window = window(99, 2000);
        for (second, name) in (0..).zip(["a", "b", "c"]) {
            run(&mut window, at(second), "p", name, 200);
        }
        assert_eq!(window.ended.bytes(), 2 * (ENTRY + 205));
        assert_eq!(ask(&mut window, at(3), "p", "a"), Asked::Run, "it was forgotten");
        assert!(is_known(&mut window, at(3), "p", "b") && is_known(&mut window, at(3), "p", "c"));
        // Too large to be remembered at all, but told to who waits.
        let (_, callers) = window.finished(at(4), &key_of("p", "a"), Ok(raw(&"x".repeat(2000))));
        assert_eq!(callers, [caller(1)]);
        assert_eq!((window.ended.bytes(), window.requests.len()), (0, 0));
        assert_eq!(window.finished(at(4), &key_of("p", "a"), Ok(raw("late"))).1, []);
        assert_eq!(promised(&window, at(4), "p"), 0);
    }

    /// What a client may send again: nothing that may have been forgotten.
    #[test]
    fn the_promise_is_the_time_for_which_outcomes_are_really_kept() {
        let config = WindowConfig { requests_per_payer: 3, ..WindowConfig::default() };
        let mut window = Window::new("w".into(), config, MessageLimits::of_client());
        assert_eq!(promised(&window, at(0), "bob"), 600);
        for second in [100, 200, 300, 400, 500] {
            run(&mut window, at(second), "bob", &second.to_string(), 1);
        }
        // What ended at 200 is forgotten, and what ended at 300 is next.
        assert_eq!(promised(&window, at(500), "bob"), 200);
        assert_eq!(promised(&window, at(550), "bob"), 250);
        assert_eq!(promised(&window, at(550), "alice"), 600);
        for key in ["300", "400", "500"] {
            assert!(is_known(&mut window, at(550), "bob", key));
        }
        assert_eq!(promised(&window, at(900), "bob"), 600, "it would be forgotten anyway");
        // Work that runs will take a place, too.
        ask(&mut window, at(550), "bob", "running");
        assert_eq!(promised(&window, at(550), "bob"), 150);
        let ids =
            ["alice", "bob"].map(|name| window.promise(at(0), &Payer::Principal(name.into())).id);
        assert_ne!(ids[0], ids[1], "what is promised to one says nothing of the other's");
    }

    #[test]
    fn of_too_many_payers_the_worst_is_said_of_all() {
        let config = WindowConfig { requests_per_payer: 0, ..WindowConfig::default() };
        let mut window = Window::new("w".into(), config, MessageLimits::of_client());
        for number in 0..HORIZONS {
            run(&mut window, at(100), &number.to_string(), "k", 1);
        }
        assert_eq!((promised(&window, at(101), "0"), promised(&window, at(101), "new")), (1, 600));
        run(&mut window, at(102), "one more", "k", 1);
        assert_eq!((promised(&window, at(103), "0"), promised(&window, at(103), "new")), (3, 3));
        assert_eq!(promised(&window, at(103), "one more"), 1);
        assert!(window.horizons.len() <= HORIZONS);
    }
}
