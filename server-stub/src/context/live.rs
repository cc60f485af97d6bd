use std::sync::Arc;

use fader_protocol::{LiveGroup, Phase};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{CallInfo, common_accessors};
use crate::group_type::GroupType;
use crate::reports::Reports;
use crate::session::JobId;
use crate::{PartialError, PushError, Server};

/// What a live group's handler knows about the call. `S` is the app's state.
///
/// A group's calls never overlap, so a newer value has to wait until the handler
/// returns. A handler that takes long should watch [`cancellation`](LiveContext::cancellation)
/// and return as soon as it can; what it returns then is dropped. When the
/// session ends, the handler's future is dropped.
pub struct LiveContext<S = ()> {
    call: CallInfo,
    state: Arc<S>,
    live: LiveCall,
}

/// What a live group's handler is called for.
#[derive(Debug, Clone)]
pub(crate) struct LiveCall {
    pub(crate) phase: Phase,
    pub(crate) group: GroupType,
    pub(crate) job: JobId,
    pub(crate) reports: Arc<Reports>,
}

impl<S> LiveContext<S> {
    pub(crate) fn of(call: CallInfo, state: Arc<S>, live: LiveCall) -> Self {
        Self { call, state, live }
    }

    /// A context to call a handler of the live group `G` with in a test. What the handler
    /// sends ahead or pushes is checked as always, and reaches nobody.
    #[must_use]
    pub fn new<G: LiveGroup>(server: &Server, state: S, phase: Phase) -> Self {
        let shared = &server.shared;
        let reports = Reports::new(Arc::clone(&shared.common), Arc::clone(&shared.hub));
        let (group, job, reports) = (GroupType::of::<G>(), JobId::by_hand(), Arc::new(reports));
        let live = LiveCall { phase, group, job, reports };
        Self::of(CallInfo::by_hand(server), Arc::new(state), live)
    }

    /// Is cancelled when a commit waits, or nobody waits for the result any more.
    #[must_use]
    pub fn cancellation(&self) -> CancellationToken {
        self.call.cancellation.clone()
    }

    /// Whether the person is still moving the control, let go of it, or
    /// cancelled the gesture. A handler with effects has them on
    /// [`Phase::Commit`]; a commit comes once, a preview any number of times.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.live.phase
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
        self.live.reports.partial(self.live.job, &self.live.group, result)
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
        self.live.reports.share(self.live.job, &self.live.group, values)
    }
}

common_accessors!(LiveContext with live);
