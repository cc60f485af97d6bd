use std::sync::atomic::{AtomicU64, Ordering};

/// One list for the counters, what they add up to, and their names.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a server refused and ended so far, and what it keeps: a snapshot by
        /// [`Server::stats`](crate::Server::stats). All but those named `…_now` only grow.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct ServerStats {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl ServerStats {
            /// Each with its name, for an exporter of metrics.
            pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Sessions at present, with and without a connection.
    sessions_now,
    /// Of them, those without a connection.
    sessions_detached_now,
    /// What all sessions cost, in bytes of memory.
    sessions_bytes_now,
    /// Sessions that began.
    sessions_begun,
    /// How often a session went on over another connection.
    sessions_resumed,
    /// Sessions refused because their payer had as many as it may.
    sessions_refused,
    /// Sessions ended because their payer had too many detached ones, or all of its sessions cost too much.
    sessions_evicted_payer,
    /// Sessions ended because there was no room, and their payer had most.
    sessions_evicted_server,
    /// Sessions ended by [`Server::end_sessions`](crate::Server::end_sessions).
    sessions_revoked,
    /// Requests with an idempotency key refused because their payer had too many at work.
    keyed_refused_payer,
    /// The same because too many were at work for all clients together.
    keyed_refused_server,
    /// Outcomes of such requests forgotten early because their payer had too many.
    outcomes_evicted_payer,
    /// The same because there was no room, and their payer had most.
    outcomes_evicted_server,
    /// Handlers given up because they took too long.
    handlers_timed_out,
    /// Connections whose credentials were missing, wrong or not checked in time.
    connections_unauthenticated,
    /// Connections closed because no good hello came, or none in time.
    connections_without_hello,
    /// Connections closed because their client broke the protocol.
    connections_broken,
    /// Connections closed because their client did not read.
    connections_too_slow,
}

/// What is counted as it happens.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) sessions_begun: Counter,
    pub(crate) sessions_resumed: Counter,
    pub(crate) sessions_revoked: Counter,
    pub(crate) handlers_timed_out: Counter,
    pub(crate) connections_unauthenticated: Counter,
    pub(crate) connections_without_hello: Counter,
    pub(crate) connections_broken: Counter,
    pub(crate) connections_too_slow: Counter,
}

/// A number that grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
