use std::sync::Arc;

use super::{CallInfo, common_accessors};
use crate::Server;

/// What is known of a client that wants to subscribe to a topic, or to publish. `S` is
/// the app's state.
pub struct TopicContext<S = ()> {
    call: CallInfo,
    state: Arc<S>,
}

impl<S> TopicContext<S> {
    pub(crate) fn of(call: CallInfo, state: Arc<S>) -> Self {
        Self { call, state }
    }

    /// A context to call a handler with in a test.
    #[must_use]
    pub fn new(server: &Server, state: S) -> Self {
        Self::of(CallInfo::by_hand(server), Arc::new(state))
    }
}

common_accessors!(TopicContext);
