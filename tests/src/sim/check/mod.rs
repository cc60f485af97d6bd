//! What must hold, and what is needed to know whether it does: one file for each
//! concept of the protocol.

mod connection;
mod live;
mod requests;
mod streams;
mod topics;
mod wire;

use fader_core::{GroupId, Instant, QueueConfig, RawPayload, Stats};
use fader_protocol::link::LinkConfig;
use fader_server::session::Work;

use connection::Connection;
use live::Live;
use requests::Requests;
use streams::Streams;
use topics::Topics;
use wire::Wire;

/// A payload as text that tells it from others.
fn shown(payload: &RawPayload) -> String {
    format!("{payload:?}")
}

/// All that must hold in a world.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) connection: Connection,
    pub(super) requests: Requests,
    pub(super) live: Live,
    pub(super) streams: Streams,
    pub(super) topics: Topics,
    pub(super) wire: Wire,
}

impl Check {
    /// The server's lies do not count: only that the client bears them.
    pub(super) fn new(is_lied_to: bool) -> Self {
        let mut check = Self::default();
        check.requests.is_lied_to = is_lied_to;
        check.live.is_lied_to = is_lied_to;
        check.streams.is_lied_to = is_lied_to;
        check.topics.is_lied_to = is_lied_to;
        check.wire.is_lied_to = is_lied_to;
        check
    }

    pub(super) fn queues(&self, bounds: &QueueConfig, stats: &Stats) {
        // What is sent again waits once more.
        assert!(stats.queued <= bounds.requests + bounds.in_flight);
        assert!(stats.in_flight <= bounds.in_flight);
        assert!(stats.unacknowledged <= LinkConfig::default().frames);
        let waiting = self.requests.unsettled() + self.topics.unpublished() + self.streams.open();
        assert_eq!(stats.queued + stats.in_flight, waiting, "{stats:?}");
        assert_eq!(stats.subscriptions, self.topics.subscriptions());
    }

    /// The app closes the client: all that is open settles, and nothing follows.
    pub(super) fn closes(&mut self) {
        self.connection.is_closed = true;
        self.requests.is_closed = true;
        self.streams.is_closed = true;
        self.topics.closes();
        self.live.all_closed();
    }

    pub(super) fn handler_started(&mut self, now: Instant, session: &str, work: &Work) {
        match work {
            Work::Request { params, .. } => self.requests.runs(now, params),
            Work::Subscribe { .. } => self.topics.asked(),
            Work::Stream { .. } | Work::Publish { .. } => {}
            Work::Live { model, phase, .. } => self.live.handler_started(session, model, *phase),
        }
    }

    pub(super) fn handler_ended(&mut self, session: &str, work: &Work) {
        if let Work::Live { model, .. } = work {
            self.live.handler_ended(session, model);
        }
    }

    pub(super) fn server_forgot_everything(&mut self) {
        self.live.server_forgot_everything();
        self.window_lost();
    }

    /// The idempotency keys are known no more.
    pub(super) fn window_lost(&mut self) {
        self.requests.window_lost();
        self.topics.window_lost();
    }

    /// The live groups that are open.
    pub(super) fn open_groups(&self) -> impl Iterator<Item = GroupId> {
        self.live.open_groups()
    }

    pub(super) fn all_settled(&self, session: Option<&str>) -> bool {
        self.topics.unsettled(session).is_none()
            && self.streams.unended().is_none()
            && self.requests.all_settled()
            && self.live.all_current()
    }

    /// What is not settled, though everything has been well for long.
    pub(super) fn assert_all_settled(&self, session: Option<&str>) {
        let unsettled = self.topics.unsettled(session);
        assert!(unsettled.is_none(), "{}", unsettled.unwrap_or_default());
        assert_eq!(self.streams.unended(), None, "never ended");
        self.requests.assert_all_settled();
        self.live.assert_all_current();
    }
}
