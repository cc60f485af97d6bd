mod backoff;
mod causes;

use std::collections::VecDeque;
use std::time::Duration;

use fader_protocol::close::{self, Reaction};

use crate::span::Span;
use crate::{Cause, CauseKind, CloseReason, Config, Generation, Instant, State, Verdict};
use backoff::Backoff;
use causes::Causes;

/// A server may send its clients away for this long and no longer.
const LONGEST_RETRY_AFTER: Span = Span::from_secs(300);

/// So often in a row credentials are refused before nobody but the app can help.
const REFUSALS: u32 = 2;

/// Decides when to dial and when to hang up.
#[derive(Debug)]
pub(crate) struct Connection {
    dial_timeout: Span,
    asks_for_credentials: bool,
    urls: usize,
    /// The one to dial.
    url: usize,
    /// How many attempts failed since a connection was ready.
    failed: usize,
    /// How often credentials were refused since a connection was ready, or the app gave others.
    refusals: u32,
    causes: Causes,
    /// How long to wait between attempts while the browser says that there is no network.
    offline_wait: Span,
    backoff: Backoff,
    rng: fastrand::Rng,
    phase: Phase,
    generation: Generation,
    /// What the browser says.
    offline: bool,
    /// The server's wish.
    not_before: Instant,
    /// What the app was last told.
    told: State,
    actions: VecDeque<Action>,
}

#[derive(Debug)]
enum Phase {
    Idle {
        /// The page was frozen or left; it may come back.
        suspended: bool,
    },
    /// The app is asked for credentials.
    Asking {
        deadline: Instant,
    },
    Dialing {
        deadline: Instant,
        transport_open: bool,
    },
    Open {
        since: Instant,
        /// The server said goodbye: it takes nothing new, and closes by then.
        leaving: Option<Instant>,
    },
    Waiting {
        until: Instant,
        /// It takes the app to change something.
        refused: bool,
    },
    Closed(CloseReason),
}

/// What a [`Connection`] wants done, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Ask,
    Dial,
    HangUp {
        generation: Generation,
        code: u16,
        reason: String,
    },
    Tell(State),
    /// Comes before the state that follows from it.
    Disconnected {
        cause: Cause,
        is_new: bool,
    },
}

impl Connection {
    pub(crate) fn new(config: &Config, seed: u64) -> Self {
        Self {
            dial_timeout: config.dial_timeout.into(),
            asks_for_credentials: config.credentials,
            urls: config.urls,
            url: 0,
            failed: 0,
            refusals: 0,
            causes: Causes::default(),
            offline_wait: config.backoff.cap.into(),
            backoff: Backoff::new(config.backoff.clone()),
            rng: fastrand::Rng::with_seed(seed),
            phase: Phase::Idle { suspended: false },
            generation: Generation(0),
            offline: false,
            not_before: Instant::ZERO,
            told: State::Idle,
            actions: VecDeque::new(),
        }
    }

    pub(crate) fn generation(&self) -> Generation {
        self.generation
    }

    /// What the app was told last.
    pub(crate) fn state(&self) -> &State {
        &self.told
    }

    /// Why the last connection was lost, or the last attempt failed.
    pub(crate) fn last_cause(&self) -> Option<&Cause> {
        self.causes.last()
    }

    pub(crate) fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed(_))
    }

    /// Whether a transport is open, if only for the handshake.
    pub(crate) fn has_transport(&self) -> bool {
        matches!(self.phase, Phase::Open { .. } | Phase::Dialing { transport_open: true, .. })
    }

    /// Whether the server takes new work.
    pub(crate) fn takes_work(&self) -> bool {
        matches!(self.phase, Phase::Open { leaving: None, .. })
    }

    /// Whether the server listens, if only to what concerns work that it has.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    /// Whether an event of that attempt concerns the present one.
    pub(crate) fn concerns(&self, generation: Generation) -> bool {
        generation == self.generation
            && matches!(self.phase, Phase::Dialing { .. } | Phase::Open { .. })
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Asking { deadline } | Phase::Dialing { deadline, .. } => Some(deadline),
            Phase::Open { leaving, .. } => leaving,
            Phase::Waiting { until, .. } => Some(until),
            Phase::Idle { .. } | Phase::Closed(_) => None,
        }
    }

    /// The app wants to be connected, now.
    pub(crate) fn connect(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Idle { .. } | Phase::Waiting { .. }) {
            self.not_before = now;
            self.dial_as_soon_as_allowed(now);
        }
    }

    /// The app has other credentials now: they are to be used. Says whether the present
    /// connection can go on with them.
    pub(crate) fn renew(&mut self, now: Instant) -> bool {
        self.refusals = 0;
        match self.phase {
            Phase::Open { leaving: None, .. } => return true,
            Phase::Waiting { .. } => self.connect(now),
            // Those that it is about are not the newest any more.
            Phase::Asking { .. } | Phase::Dialing { .. } => {
                self.hang_up(close::SUSPENDED, "other credentials");
                self.dial_as_soon_as_allowed(now);
            }
            Phase::Open { .. } | Phase::Idle { .. } | Phase::Closed(_) => {}
        }
        false
    }

    /// Whoever the client was, it is somebody else now: the session ends with the connection.
    pub(crate) fn begin_anew(&mut self, now: Instant) {
        self.hang_up(close::NORMAL, "other credentials");
        self.judge_uptime(now);
        self.dial_as_soon_as_allowed(now);
    }

    /// There is reason to believe that an attempt would succeed.
    pub(crate) fn encouraged(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Idle { suspended: true } | Phase::Waiting { .. }) {
            self.dial_as_soon_as_allowed(now);
        }
    }

    /// What the browser says of the network.
    pub(crate) fn set_offline(&mut self, now: Instant, offline: bool) {
        self.offline = offline;
        if offline && let Phase::Waiting { until, .. } = &mut self.phase {
            *until = (*until).max(now + self.offline_wait);
        }
        self.tell();
    }

    /// The page's scripts are about to stop.
    pub(crate) fn suspend(&mut self, now: Instant) {
        if self.is_closed() || matches!(self.phase, Phase::Idle { .. }) {
            return;
        }
        self.hang_up(close::SUSPENDED, "page hidden");
        self.judge_uptime(now);
        self.phase = Phase::Idle { suspended: true };
        self.tell();
    }

    pub(crate) fn close(&mut self, reason: CloseReason) {
        if self.is_closed() {
            return;
        }
        self.hang_up(close::NORMAL, "");
        self.phase = Phase::Closed(reason);
        self.tell();
    }

    /// Whether the app is asked for credentials for that attempt.
    pub(crate) fn asks(&self, generation: Generation) -> bool {
        generation == self.generation && matches!(self.phase, Phase::Asking { .. })
    }

    /// The app gave the credentials that it was asked for.
    pub(crate) fn authorized(&mut self) {
        if let Phase::Asking { deadline } = self.phase {
            self.phase = Phase::Dialing { deadline, transport_open: false };
            self.actions.push_back(Action::Dial);
        }
    }

    /// There are no credentials, though the app was asked for them.
    pub(crate) fn unauthorized(&mut self, now: Instant, why: String) {
        self.lost(now, CauseKind::NoCredentials, false, 0, why);
    }

    /// Which of its URLs to dial.
    pub(crate) fn url(&self) -> usize {
        self.url
    }

    /// The transport is open. Says whether a handshake should begin.
    pub(crate) fn opened(&mut self) -> bool {
        match &mut self.phase {
            Phase::Dialing { transport_open, .. } => !std::mem::replace(transport_open, true),
            _ => false,
        }
    }

    /// The handshake is done.
    pub(crate) fn ready(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Dialing { .. }) {
            self.failed = 0;
            self.refusals = 0;
            self.phase = Phase::Open { since: now, leaving: None };
            self.tell();
        }
    }

    /// The server is about to close.
    pub(crate) fn goodbye(&mut self, now: Instant, after: Duration, spread: Duration) {
        let after = Span::from(after).min(LONGEST_RETRY_AFTER);
        let spread = Span::from(spread).min(LONGEST_RETRY_AFTER).times(self.rng.f64());
        self.not_before = now + after + spread;
        if let Phase::Open { leaving, .. } = &mut self.phase {
            leaving.get_or_insert(now + self.dial_timeout);
        }
    }

    /// The connection is of no use any more: hang up and try again.
    pub(crate) fn abandon(&mut self, now: Instant, kind: CauseKind, code: u16, reason: String) {
        self.hang_up(code, &reason);
        self.lost(now, kind, false, code, reason);
    }

    /// The transport closed by itself.
    pub(crate) fn closed(&mut self, now: Instant, verdict: Verdict, code: u16, reason: String) {
        let refused = match verdict.reaction {
            Reaction::Retry => false,
            Reaction::RetrySlowly => true,
            Reaction::Reauthenticate => {
                self.refusals = self.refusals.saturating_add(1);
                self.refusals >= REFUSALS
            }
            Reaction::Fatal => {
                let cause = self.record(now, verdict.kind, code, reason);
                self.phase = Phase::Closed(CloseReason::Refused(cause));
                return self.tell();
            }
        };
        self.lost(now, verdict.kind, refused, code, reason);
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.phase {
            Phase::Asking { .. } => self.unauthorized(now, "the app gave none in time".into()),
            Phase::Dialing { .. } => {
                let why = "no welcome in time".into();
                self.abandon(now, CauseKind::Timeout, close::TIMED_OUT, why);
            }
            Phase::Open { .. } => {
                self.abandon(now, CauseKind::ServerGoing, close::SUSPENDED, "goodbye".into());
            }
            Phase::Waiting { .. } => self.dial(now),
            Phase::Idle { .. } | Phase::Closed(_) => {}
        }
    }

    fn dial_as_soon_as_allowed(&mut self, now: Instant) {
        let until = self.backoff.earliest(now).max(self.not_before);
        if until <= now {
            self.dial(now);
        } else {
            self.phase = Phase::Waiting { until, refused: false };
            self.tell();
        }
    }

    fn dial(&mut self, now: Instant) {
        self.backoff.attempt(now);
        self.generation.0 += 1;
        let deadline = now + self.dial_timeout;
        if self.asks_for_credentials {
            self.phase = Phase::Asking { deadline };
            self.actions.push_back(Action::Ask);
        } else {
            self.phase = Phase::Dialing { deadline, transport_open: false };
            self.actions.push_back(Action::Dial);
        }
        self.tell();
    }

    fn hang_up(&mut self, code: u16, reason: &str) {
        if matches!(self.phase, Phase::Dialing { .. } | Phase::Open { .. }) {
            self.actions.push_back(Action::HangUp {
                generation: self.generation,
                code,
                reason: close::fit_reason(reason).into(),
            });
        }
    }

    /// A connection that was stable lets the waits begin anew.
    fn judge_uptime(&mut self, now: Instant) {
        if let Phase::Open { since, .. } = self.phase {
            self.backoff.lost(Span::between(since, now));
            if self.backoff.attempts() == 0 {
                self.causes.forget();
            }
        }
    }

    /// Keeps what happened, and has the app told.
    fn record(&mut self, now: Instant, kind: CauseKind, code: u16, reason: String) -> Cause {
        let has_opened =
            matches!(self.phase, Phase::Open { .. } | Phase::Dialing { transport_open: true, .. });
        let kind = match kind {
            CauseKind::Lost | CauseKind::Timeout if self.offline => CauseKind::Offline,
            CauseKind::Lost if !has_opened => CauseKind::Unreachable,
            kind => kind,
        };
        let attempt = self.backoff.attempts();
        self.judge_uptime(now);
        let cause = Cause { kind, code, reason, attempt, at: now };
        let is_new = self.causes.push(cause.clone());
        self.actions.push_back(Action::Disconnected { cause: cause.clone(), is_new });
        cause
    }

    /// There is no connection, and there is to be another; `refused`: once the app has
    /// changed something.
    fn lost(&mut self, now: Instant, kind: CauseKind, refused: bool, code: u16, reason: String) {
        self.record(now, kind, code, reason);
        // Where the session is, is tried first.
        if let Phase::Dialing { .. } = self.phase {
            self.url = (self.url + 1) % self.urls;
            self.failed += 1;
            // The others may be well: the first round has no waits.
            if self.failed < self.urls && !self.offline && !refused {
                return self.dial_as_soon_as_allowed(now);
            }
        }
        let wait = if refused {
            self.backoff.long_wait(&mut self.rng)
        } else {
            self.backoff.wait(&mut self.rng)
        };
        let mut until = now + wait;
        if self.offline {
            until = now + self.offline_wait;
        }
        let until = until.max(self.backoff.earliest(now)).max(self.not_before);
        self.phase = Phase::Waiting { until, refused };
        self.tell();
    }

    fn tell(&mut self) {
        let state = match &self.phase {
            Phase::Idle { .. } => State::Idle,
            Phase::Asking { .. } | Phase::Dialing { .. } => {
                State::Connecting { attempt: self.backoff.attempts() }
            }
            Phase::Open { .. } => State::Open,
            Phase::Waiting { .. } if self.offline => State::Offline,
            Phase::Waiting { until, refused } => {
                let (attempt, until) = (self.backoff.attempts() + 1, *until);
                let cause = self.causes.last().cloned();
                match cause {
                    Some(cause) if *refused => State::Refused { attempt, until, cause },
                    cause => State::Waiting { attempt, until, cause },
                }
            }
            Phase::Closed(reason) => State::Closed(reason.clone()),
        };
        if state != self.told {
            self.told = state.clone();
            self.actions.push_back(Action::Tell(state));
        }
    }
}
