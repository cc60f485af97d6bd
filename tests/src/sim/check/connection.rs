use std::time::Duration;

use fader_core::{Config, Instant, State};

/// A server may send its clients away for this long and no longer.
const LONGEST_GOODBYE: Duration = Duration::from_secs(300);

/// What must hold for the connection: attempts keep to their budget, to the wait that
/// the app was told of and to what a server asked for, and are counted.
#[derive(Debug, Default)]
pub(in crate::sim) struct Connection {
    dials: u32,
    state: Option<State>,
    /// Before that, only the app makes the client dial.
    not_before: Instant,
    /// What happened last said that an attempt may succeed.
    is_encouraged: bool,
    pub(super) is_closed: bool,
}

impl Connection {
    /// However attempts are asked for, the budget bounds them, and after a close
    /// there is none.
    pub(in crate::sim) fn dialled(&mut self, now: Instant, uptime: Duration) {
        assert!(!self.is_closed, "dials after the close");
        assert!(now >= self.not_before, "dials sooner than the server asked for");
        let backoff = Config::default().backoff;
        self.dials += 1;
        let refilled = uptime.div_duration_f64(backoff.budget_refill);
        let most = f64::from(backoff.budget) + refilled;
        assert!(f64::from(self.dials) <= most, "{} dials in {uptime:?}", self.dials);
    }

    /// Something happened: the app wanted to be connected, or there was another reason to
    /// believe that an attempt would succeed, or neither.
    pub(in crate::sim) fn moved(&mut self, connects: bool, is_encouraged: bool) {
        self.is_encouraged = connects || is_encouraged;
        if connects {
            self.not_before = Instant::ZERO;
        }
    }

    /// A server that does not lie says goodbye.
    pub(in crate::sim) fn sent_away(&mut self, now: Instant, after: Duration) {
        self.not_before = now + after.min(LONGEST_GOODBYE);
    }

    /// The app is told of a state.
    pub(in crate::sim) fn told(&mut self, now: Instant, state: &State) {
        if let Some(State::Waiting { attempt, until, .. } | State::Refused { attempt, until, .. }) =
            &self.state
            && let State::Connecting { attempt: next } = state
        {
            assert_eq!(attempt, next, "another attempt than was announced");
            assert!(now >= *until || self.is_encouraged, "sooner than was announced");
        }
        self.state = Some(state.clone());
    }
}
