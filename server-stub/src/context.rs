use std::sync::Arc;

use fader_protocol::Phase;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::group_type::GroupType;
use crate::peer::Peer;
use crate::reports::Reports;
use crate::session::JobId;
use crate::{PartialError, PushError};

/// What a method's handler knows about the call.
///
/// When the caller gives up or the session ends, the handler's future is
/// dropped. Work that it has moved elsewhere (`spawn_blocking`, `spawn`) is not:
/// give it the token.
#[derive(Debug, Clone)]
pub struct MethodContext {
    peer: Peer,
    cancelled: CancellationToken,
}

impl MethodContext {
    pub(crate) fn new(peer: &Peer, cancelled: CancellationToken) -> Self {
        Self { peer: peer.clone(), cancelled }
    }

    /// Who calls, by the name that [`authenticate`](crate::ServerBuilder::authenticate)
    /// gave; empty if the server does not ask.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.peer.principal
    }

    /// Is cancelled when nobody waits for the reply any more.
    #[must_use]
    pub fn cancellation(&self) -> CancellationToken {
        self.cancelled.clone()
    }
}

/// What a live group's handler knows about the call.
///
/// A group's calls never overlap, so a newer value has to wait until the handler
/// returns. A handler that takes long should watch [`cancellation`](LiveContext::cancellation)
/// and return as soon as it can; what it returns then is dropped. When the
/// session ends, the handler's future is dropped.
#[derive(Debug, Clone)]
pub struct LiveContext {
    peer: Peer,
    cancelled: CancellationToken,
    phase: Phase,
    group: GroupType,
    job: JobId,
    reports: Arc<Reports>,
}

impl LiveContext {
    pub(crate) fn new(
        peer: &Peer,
        cancelled: CancellationToken,
        phase: Phase,
        group: GroupType,
        job: JobId,
        reports: Arc<Reports>,
    ) -> Self {
        Self { peer: peer.clone(), cancelled, phase, group, job, reports }
    }

    /// Whose page it is, by the name that
    /// [`authenticate`](crate::ServerBuilder::authenticate) gave; empty if the server
    /// does not ask.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.peer.principal
    }

    /// Is cancelled when a commit waits, or nobody waits for the result any more.
    #[must_use]
    pub fn cancellation(&self) -> CancellationToken {
        self.cancelled.clone()
    }

    /// Whether the person is still moving the control, let go of it, or
    /// cancelled the gesture. A handler with effects has them on
    /// [`Phase::Commit`]; a commit comes once, a preview any number of times.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Sends a coarse result ahead of the one that the handler will return. The
    /// page shows it until then.
    ///
    /// It may be called as often as there is something better to show: to a slow
    /// client only the newest is sent. Once the handler has returned, or was
    /// cancelled, it does nothing.
    ///
    /// # Errors
    /// When `result` is not of the live group's type of result, has no JSON form,
    /// or is too large to be sent.
    pub fn partial<R: Serialize + 'static>(&self, result: &R) -> Result<(), PartialError> {
        self.reports.partial(self.job, &self.group, result)
    }

    /// Gives values to the other open groups of the same name, of this and of all
    /// other clients: somebody moved a slider, and everybody's moves. `values` are
    /// some keys of the model, or all; a whole model is right.
    ///
    /// Of them only what is news goes on: values that this client changed since
    /// they were last shared, and values that differ from those that the handler
    /// was called with. A call that the client wants only because it was given
    /// values from elsewhere has no news, so values do not go back and forth.
    /// What a page opens with is not news either. [`Server::push`](crate::Server::push)
    /// makes no such difference.
    ///
    /// It may be called at any rate: to a slow client only the newest values are
    /// sent. Once the handler has returned, or was cancelled, it does nothing.
    ///
    /// # Errors
    /// When `values` are not keys of the live group's model with values of its types.
    pub fn push_to_others<V: Serialize + ?Sized>(&self, values: &V) -> Result<(), PushError> {
        self.reports.share(self.job, &self.group, values)
    }
}

/// What is known of a client that wants to subscribe to a topic, or to publish.
#[derive(Debug, Clone)]
pub struct TopicContext {
    peer: Peer,
}

impl TopicContext {
    pub(crate) fn new(peer: &Peer) -> Self {
        Self { peer: peer.clone() }
    }

    /// Who it is, by the name that
    /// [`authenticate`](crate::ServerBuilder::authenticate) gave; empty if the server
    /// does not ask.
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.peer.principal
    }

    /// The public id of the client's session, by which it is known as a member.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.peer.session
    }
}
