use std::sync::Arc;
use std::time::Duration;

use fader_protocol::{Instant, MAX_INTEGER};

/// Who a client is, as [`authenticate`](crate::ServerBuilder::authenticate) finds
/// out. All clients of a server that does not ask are the same: the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Principal {
    name: Arc<str>,
    expires: Option<Duration>,
}

impl Principal {
    /// Somebody whose credentials do not expire. Of the same name is the same one.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), expires: None }
    }

    /// The credentials are good for so long.
    #[must_use]
    pub fn expires_in(self, time: Duration) -> Self {
        Self { expires: Some(time), ..self }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }
}

/// Whose a session is, and until when its connection may last.
#[derive(Debug)]
pub(super) struct Owner {
    name: Arc<str>,
    expires: Option<Instant>,
}

impl Owner {
    pub(super) fn new(now: Instant, principal: &Principal) -> Self {
        let name = Arc::clone(&principal.name);
        Self { name, expires: principal.expires.map(|time| now + time) }
    }

    pub(super) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(super) fn is(&self, principal: &Principal) -> bool {
        self.name == principal.name
    }

    /// Newer credentials of the same principal.
    pub(super) fn renew(&mut self, now: Instant, principal: &Principal) {
        *self = Self::new(now, principal);
    }

    pub(super) fn expires(&self) -> Option<Instant> {
        self.expires
    }

    /// The time that is left, as on the wire.
    pub(super) fn expires_ms(&self, now: Instant) -> Option<u64> {
        let left = (self.expires? - now).as_millis();
        Some(u64::try_from(left).unwrap_or(MAX_INTEGER).min(MAX_INTEGER))
    }
}
