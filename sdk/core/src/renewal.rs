use std::time::Duration;

use crate::Instant;
use crate::span::Span;

/// Credentials are not renewed more often than this, however soon a server says
/// that they expire; and after this, those that did not come are asked for again.
const LEAST: Span = Span::from_secs(5);

/// Longer than this nothing is believed to last.
const MOST: Span = Span::from_secs(30 * 24 * 3600);

/// When the credentials of the present connection are to be renewed.
#[derive(Debug, Default)]
pub(crate) struct Renewal {
    at: Option<Instant>,
}

impl Renewal {
    /// The credentials expire after that time, if they do. A quarter of it is
    /// left for getting others.
    pub(crate) fn expires(&mut self, now: Instant, after: Option<Duration>) {
        self.at = after.map(|after| now + (Span::from(after).min(MOST) * 3 / 4).max(LEAST));
    }

    /// There is no connection.
    pub(crate) fn forget(&mut self) {
        self.at = None;
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.at
    }

    /// Whether to ask for credentials now.
    pub(crate) fn tick(&mut self, now: Instant) -> bool {
        let is_due = self.at.is_some_and(|at| now >= at);
        if is_due {
            self.at = Some(now + LEAST);
        }
        is_due
    }
}
