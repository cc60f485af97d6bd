use std::collections::{BTreeMap, BTreeSet};

use fader_core::{Delivery, Instant, RawPayload, RequestError, RequestId};
use fader_protocol::code;
use fader_server::session::WindowConfig;

use super::shown;

/// What must hold for requests: each settles once, with its own reply if with
/// any, runs at most once, and is said to be unknown only if it may be.
#[derive(Debug, Default)]
pub(in crate::sim) struct Requests {
    requests: BTreeMap<RequestId, Request>,
    /// How often a handler was called with these parameters.
    calls: BTreeMap<String, Calls>,
    /// What the app called more than once with the same idempotency key.
    repeated: BTreeSet<String>,
    /// How often a server forgot the idempotency keys.
    windows_lost: u32,
    /// The app has closed the client.
    pub(super) is_closed: bool,
    /// The server lies, so its answers say nothing.
    pub(super) is_lied_to: bool,
    /// The server remembers few outcomes, and forgets them long before their time.
    pub(in crate::sim) forgets_early: bool,
}

#[derive(Debug)]
struct Calls {
    first: Instant,
    count: u32,
}

#[derive(Debug)]
struct Request {
    params: RawPayload,
    delivery: Delivery,
    made: Instant,
    /// How many sessions there had been when it was made.
    sessions: u64,
    is_settled: bool,
}

impl Requests {
    pub(in crate::sim) fn called(
        &mut self,
        now: Instant,
        id: RequestId,
        params: RawPayload,
        delivery: Delivery,
        sessions: u64,
    ) {
        if self.requests.values().any(|request| request.params == params) {
            self.repeated.insert(shown(&params));
        }
        let request = Request { params, delivery, made: now, sessions, is_settled: false };
        let before = self.requests.insert(id, request);
        assert!(before.is_none(), "{id:?} is used twice");
    }

    pub(in crate::sim) fn settled(
        &mut self,
        now: Instant,
        id: RequestId,
        outcome: Result<RawPayload, RequestError<RawPayload>>,
        sessions: u64,
    ) {
        let request = self.requests.get_mut(&id).expect("a request that was made");
        assert!(!request.is_settled, "{id:?} settles twice");
        request.is_settled = true;
        let calls = self.calls.get(&shown(&request.params)).map_or(0, |calls| calls.count);
        if self.is_lied_to {
            return;
        }
        match outcome {
            Ok(reply) => {
                assert_eq!(reply, request.params, "the reply of another request");
                assert!(calls > 0, "a reply without a call");
            }
            Err(RequestError::Rejected(rejection)) if rejection.code == code::CANCELLED => {
                // All who had asked for it before gave up.
                assert!(matches!(request.delivery, Delivery::Keyed(_)), "{rejection}");
            }
            Err(RequestError::Rejected(rejection)) => {
                assert_eq!(rejection.code, "failed", "{rejection}");
                assert_eq!(rejection.data.as_ref(), Some(&request.params));
            }
            Err(RequestError::NotSent(reason)) => {
                // Another with the same key may have been.
                let is_keyed = matches!(request.delivery, Delivery::Keyed(_));
                assert!(is_keyed || calls == 0, "was sent: {reason}");
            }
            Err(RequestError::Unknown) => {
                let is_lost = sessions > request.sessions.max(1);
                match request.delivery {
                    Delivery::Once => assert!(is_lost, "the session goes on"),
                    Delivery::Keyed(_) => {
                        let keep = WindowConfig::default().keep;
                        let is_forgotten = self.windows_lost > 0
                            || self.forgets_early
                            || now - request.made > keep / 2;
                        assert!(is_lost && is_forgotten, "the server remembers");
                    }
                    Delivery::Volatile => {}
                }
            }
            Err(RequestError::TimedOut(_) | RequestError::Cancelled) => {}
            Err(RequestError::Closed) => assert!(self.is_closed, "nobody closed the client"),
        }
    }

    /// A handler is called with these parameters.
    pub(in crate::sim) fn runs(&mut self, now: Instant, params: &RawPayload) {
        let calls = self.calls.entry(shown(params));
        let calls = calls.or_insert(Calls { first: now, count: 0 });
        calls.count += 1;
        // A server that lies may make a client ask again.
        if self.is_lied_to {
            return;
        }
        // Only the app may ask a server that has forgotten.
        let is_repeated = self.repeated.contains(&shown(params));
        let windows = (now - calls.first).div_duration_f64(WindowConfig::default().keep);
        let most = match is_repeated {
            true if self.forgets_early => f64::INFINITY,
            true => f64::from(1 + self.windows_lost) + windows,
            false => 1.0,
        };
        assert!(f64::from(calls.count) <= most, "a request runs twice");
    }

    /// The idempotency keys are known no more.
    pub(in crate::sim) fn window_lost(&mut self) {
        self.windows_lost += 1;
    }

    /// How many are not settled.
    pub(super) fn unsettled(&self) -> usize {
        self.requests.values().filter(|request| !request.is_settled).count()
    }

    pub(super) fn all_settled(&self) -> bool {
        self.requests.values().all(|request| request.is_settled)
    }

    pub(super) fn assert_all_settled(&self) {
        for (id, request) in &self.requests {
            assert!(request.is_settled, "{id:?} never settled");
        }
    }
}
