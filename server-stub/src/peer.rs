use std::sync::Arc;

/// Whom a handler is called for.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// The public id of the session.
    pub(crate) session: Arc<str>,
    /// The name of whom it belongs to.
    pub(crate) principal: Arc<str>,
}
