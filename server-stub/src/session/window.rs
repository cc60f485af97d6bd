use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use fader_protocol::{Instant, MessageLimits, Payload, RawPayload, Rejection, code};

use super::fit::fit;
use super::job::{JobId, Outcome};

/// How a server remembers requests with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowConfig {
    /// For how long an outcome is remembered. Default 10 min.
    pub keep: Duration,
    /// The most requests that are remembered or at work. Default 10,000.
    pub requests: usize,
    /// The most bytes of remembered outcomes. Default 16 MiB.
    pub bytes: usize,
}

impl Default for WindowConfig {
    fn default() -> Self {
        Self { keep: Duration::from_secs(600), requests: 10_000, bytes: 16 * 1024 * 1024 }
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
/// is forgotten: after [`WindowConfig::keep`], or earlier where there is no room
/// for a newer one. Work is never forgotten before it has ended.
#[derive(Debug)]
pub struct Window {
    config: WindowConfig,
    sends: MessageLimits,
    requests: HashMap<Key, Request>,
    /// Those that have ended, in that order.
    ended: VecDeque<Key>,
    /// Of their keys and outcomes.
    bytes: usize,
    hasher: RandomState,
}

#[derive(Debug)]
struct Request {
    /// Of its parameters.
    hash: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Running { callers: Vec<Caller> },
    Ended { outcome: Outcome, until: Instant, bytes: usize },
}

impl Window {
    /// An empty one. Outcomes are made to fit what clients accept.
    #[must_use]
    pub fn new(config: WindowConfig, sends: MessageLimits) -> Self {
        Self {
            config,
            sends,
            requests: HashMap::new(),
            ended: VecDeque::new(),
            bytes: 0,
            hasher: RandomState::new(),
        }
    }

    /// A request arrived.
    pub fn ask(&mut self, now: Instant, key: &Key, params: &RawPayload, caller: Caller) -> Asked {
        self.forget_old(now);
        let hash = self.hasher.hash_one((params.get(), params.bytes()));
        match self.requests.get_mut(key) {
            Some(request) if request.hash != hash => {
                let why = "the idempotency key was used with other parameters";
                return Asked::Answer(Err(Rejection::new(code::KEY_REUSED, why)));
            }
            Some(Request { stage: Stage::Running { callers }, .. }) => {
                callers.push(caller);
                return Asked::Wait;
            }
            Some(Request { stage: Stage::Ended { outcome, .. }, .. }) => {
                return Asked::Answer(outcome.clone());
            }
            None => {}
        }
        if self.requests.len() >= self.config.requests && !self.forget_oldest() {
            let why = "too many requests with an idempotency key are at work";
            return Asked::Answer(Err(Rejection::new(code::TOO_MANY, why)));
        }
        let stage = Stage::Running { callers: vec![caller] };
        self.requests.insert(key.clone(), Request { hash, stage });
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
        let Some(request) = self.requests.get_mut(key) else { return (outcome, Vec::new()) };
        let bytes = key.size() + size(&outcome);
        let ended = Stage::Ended { outcome: outcome.clone(), until: now + self.config.keep, bytes };
        let callers = match std::mem::replace(&mut request.stage, ended) {
            Stage::Running { callers } => callers,
            Stage::Ended { .. } => return (outcome, Vec::new()),
        };
        self.bytes += bytes;
        self.ended.push_back(key.clone());
        while self.bytes > self.config.bytes && self.forget_oldest() {}
        (outcome, callers)
    }

    /// A caller waits no longer. Says whether it was the last one, so that the
    /// work may be stopped; it is to be reported as finished all the same.
    pub fn leave(&mut self, key: &Key, caller: &Caller) -> bool {
        match self.requests.get_mut(key).map(|request| &mut request.stage) {
            Some(Stage::Running { callers }) => {
                callers.retain(|waiting| waiting != caller);
                callers.is_empty()
            }
            _ => false,
        }
    }

    fn forget_old(&mut self, now: Instant) {
        while let Some(oldest) = self.ended.front() {
            match self.requests.get(oldest).map(|request| &request.stage) {
                Some(Stage::Ended { until, .. }) if *until > now => return,
                _ => self.forget_oldest(),
            };
        }
    }

    /// Forgets the outcome that came first. Says whether there was one.
    fn forget_oldest(&mut self) -> bool {
        let Some(key) = self.ended.pop_front() else { return false };
        if let Some(Request { stage: Stage::Ended { bytes, .. }, .. }) = self.requests.remove(&key)
        {
            self.bytes -= bytes;
        }
        true
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
        Window::new(config, MessageLimits::of_client())
    }

    fn code(asked: Asked) -> String {
        match asked {
            Asked::Answer(Err(rejection)) => rejection.code,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn all_who_ask_get_the_one_outcome() {
        let mut window = window(9, 999);
        assert_eq!(window.ask(at(0), &key("k"), &raw("p"), caller(1)), Asked::Run);
        assert_eq!(window.ask(at(1), &key("k"), &raw("p"), caller(2)), Asked::Wait);
        let outcome = Ok(raw("done"));
        let told = window.finished(at(2), &key("k"), outcome.clone());
        assert_eq!(told, (outcome.clone(), vec![caller(1), caller(2)]));
        let asked = window.ask(at(601), &key("k"), &raw("p"), caller(3));
        assert_eq!(asked, Asked::Answer(outcome));
        assert_eq!(window.ask(at(602), &key("k"), &raw("p"), caller(3)), Asked::Run);
    }

    #[test]
    fn an_error_is_an_outcome_too() {
        let mut window = window(9, 999);
        window.ask(at(0), &key("k"), &raw("p"), caller(1));
        let outcome = Err(Rejection::new("own", "why"));
        let _ = window.finished(at(0), &key("k"), outcome.clone());
        let asked = window.ask(at(1), &key("k"), &raw("p"), caller(1));
        assert_eq!(asked, Asked::Answer(outcome));
    }

    #[test]
    fn a_key_means_one_thing_for_each_principal_and_method() {
        let mut window = window(9, 999);
        window.ask(at(0), &key("k"), &raw("p"), caller(1));
        assert_eq!(code(window.ask(at(0), &key("k"), &raw("q"), caller(2))), code::KEY_REUSED);
        let (told, callers) = window.finished(at(0), &key("k"), Ok(raw("done")));
        assert_eq!((told, callers), (Ok(raw("done")), vec![caller(1)]));
        assert_eq!(code(window.ask(at(0), &key("k"), &raw("q"), caller(2))), code::KEY_REUSED);
        let others = [
            Key { principal: "p".into(), ..key("k") },
            Key { scope: Scope::Method("n".into()), ..key("k") },
            Key { scope: Scope::Topic("m".into()), ..key("k") },
            key("l"),
        ];
        for other in others {
            assert_eq!(window.ask(at(0), &other, &raw("q"), caller(2)), Asked::Run, "{other:?}");
        }
    }

    #[test]
    fn work_is_stopped_when_the_last_caller_leaves_and_has_an_outcome_all_the_same() {
        let mut window = window(9, 999);
        window.ask(at(0), &key("k"), &raw("p"), caller(1));
        window.ask(at(0), &key("k"), &raw("p"), caller(2));
        assert!(!window.leave(&key("k"), &caller(1)));
        assert!(window.leave(&key("k"), &caller(2)));
        assert_eq!(window.ask(at(0), &key("k"), &raw("p"), caller(3)), Asked::Wait);
        let stopped = Err(Rejection::new(code::CANCELLED, ""));
        let told = window.finished(at(1), &key("k"), stopped.clone());
        assert_eq!(told, (stopped.clone(), vec![caller(3)]));
        assert!(!window.leave(&key("k"), &caller(3)));
        let asked = window.ask(at(2), &key("k"), &raw("p"), caller(4));
        assert_eq!(asked, Asked::Answer(stopped));
    }

    #[test]
    fn the_oldest_outcome_makes_room_but_work_does_not() {
        let mut window = window(2, 999);
        window.ask(at(0), &key("a"), &raw("p"), caller(1));
        window.ask(at(0), &key("b"), &raw("p"), caller(1));
        assert_eq!(code(window.ask(at(0), &key("c"), &raw("p"), caller(1))), code::TOO_MANY);
        let _ = window.finished(at(0), &key("b"), Ok(raw("b")));
        assert_eq!(window.ask(at(0), &key("c"), &raw("p"), caller(1)), Asked::Run);
        assert_eq!(code(window.ask(at(0), &key("b"), &raw("p"), caller(1))), code::TOO_MANY);
        assert_eq!(window.ask(at(0), &key("a"), &raw("p"), caller(2)), Asked::Wait);
    }

    #[test]
    fn bytes_are_bounded() {
        let mut window = window(99, 100);
        for name in ["a", "b", "c"] {
            window.ask(at(0), &key(name), &raw("p"), caller(1));
            let _ = window.finished(at(0), &key(name), Ok(raw(&"x".repeat(40))));
        }
        assert_eq!(window.bytes, 2 * 44);
        assert_eq!(window.ask(at(0), &key("a"), &raw("p"), caller(1)), Asked::Run);
        for name in ["b", "c"] {
            let asked = window.ask(at(0), &key(name), &raw("p"), caller(1));
            assert!(matches!(asked, Asked::Answer(Ok(_))), "{name}");
        }
        // Too large to be remembered at all, but told to who waits.
        let (_, callers) = window.finished(at(0), &key("a"), Ok(raw(&"x".repeat(200))));
        assert_eq!(callers, [caller(1)]);
        assert_eq!((window.bytes, window.requests.len()), (0, 0));
        assert_eq!(window.finished(at(0), &key("a"), Ok(raw("late"))).1, []);
    }
}
