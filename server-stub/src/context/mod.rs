//! What handlers know about what they are called for.

mod live;
mod method;
mod topic;

pub(crate) use live::LiveCall;
pub use live::LiveContext;
pub use method::MethodContext;
pub use topic::TopicContext;

use tokio_util::sync::CancellationToken;

use crate::Server;
use crate::peer::Peer;

/// What all contexts have in common.
#[derive(Debug, Clone)]
pub(crate) struct CallInfo {
    pub(crate) server: Server,
    pub(crate) peer: Peer,
    pub(crate) cancellation: CancellationToken,
}

impl CallInfo {
    /// A call that no client makes, for tests of handlers.
    fn by_hand(server: &Server) -> Self {
        let peer = Peer { session: "test".into(), principal: "".into() };
        Self { server: server.clone(), peer, cancellation: CancellationToken::new() }
    }
}

/// What all contexts can be asked for.
macro_rules! common_accessors {
    ($context:ident $(with $own:ident)?) => {
        impl<S> Clone for $context<S> {
            fn clone(&self) -> Self {
                Self {
                    call: self.call.clone(),
                    state: std::sync::Arc::clone(&self.state),
                    $($own: self.$own.clone(),)?
                }
            }
        }

        impl<S> $context<S> {
            /// Who calls, by the name that
            /// [`authenticate`](crate::ServerBuilder::authenticate) gave; empty if the server
            /// does not ask.
            #[must_use]
            pub fn principal(&self) -> &str {
                &self.call.peer.principal
            }

            /// The public id of the session that calls. Members of a topic are known by it.
            #[must_use]
            pub fn session(&self) -> &str {
                &self.call.peer.session
            }

            /// The app's state, as given to [`with_state`](crate::ServerBuilder::with_state).
            #[must_use]
            pub fn state(&self) -> &S {
                &self.state
            }

            /// The server, to publish to topics or push values from within a handler.
            #[must_use]
            pub fn server(&self) -> &crate::Server {
                &self.call.server
            }

            /// The same context on behalf of another principal, for tests of handlers.
            #[must_use]
            pub fn as_principal(mut self, principal: &str) -> Self {
                self.call.peer.principal = principal.into();
                self
            }

            /// The same context of another session, for tests of handlers.
            #[must_use]
            pub fn in_session(mut self, session: &str) -> Self {
                self.call.peer.session = session.into();
                self
            }
        }

        impl<S> std::fmt::Debug for $context<S> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($context))
                    .field("peer", &self.call.peer)
                    .finish_non_exhaustive()
            }
        }
    };
}
use common_accessors;
