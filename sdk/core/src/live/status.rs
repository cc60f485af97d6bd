use std::time::Duration;

use fader_protocol::Rejection;

/// What an app can know of a live group at any time.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveStatus<P> {
    /// Something set locally is not answered yet, or about to be committed because
    /// the input has paused.
    pub pending: bool,
    /// Patches sent and not answered.
    pub in_flight: usize,
    /// A person holds a control of the group.
    pub gesture: bool,
    /// The server has not answered for suspiciously long, though connected.
    pub stalled: bool,
    /// What is shown is a coarse result; the full one is being computed.
    pub partial: bool,
    /// How long ago the oldest input was made that the result shown does not
    /// contain yet; zero when it contains all.
    pub staleness: Duration,
    /// The patch that the last answer took into account, counted from 1 at each
    /// reconnect; zero before the first.
    pub seq: u64,
    /// The round trip without wait and service, of the last answer.
    pub rtt: Option<Duration>,
    /// How long the last answered patch waited for the server's worker.
    pub wait: Option<Duration>,
    /// How long the server's worker took for it.
    pub service: Option<Duration>,
    /// Why the last answer was no result.
    pub error: Option<Rejection<P>>,
    /// Patches sent in the last second, to a tenth of it: in the tenth that has
    /// begun and the nine before.
    pub frames_per_second: u32,
    /// Results shown in the last second, coarse ones not included; measured likewise.
    pub results_per_second: u32,
    /// What happened since the group was opened.
    pub counters: LiveCounters,
}

impl<P> Default for LiveStatus<P> {
    /// Of a group with which nothing happened.
    fn default() -> Self {
        Self {
            pending: false,
            in_flight: 0,
            gesture: false,
            stalled: false,
            partial: false,
            staleness: Duration::ZERO,
            seq: 0,
            rtt: None,
            wait: None,
            service: None,
            error: None,
            frames_per_second: 0,
            results_per_second: 0,
            counters: LiveCounters::default(),
        }
    }
}

/// What happened to a live group since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LiveCounters {
    /// Calls of `set`.
    pub inputs: u64,
    /// Patches sent.
    pub frames: u64,
    /// Inputs that a newer one replaced before they were sent.
    pub coalesced: u64,
    /// Patches that the server answered together with a newer one.
    pub conflated: u64,
    /// Results shown.
    pub results: u64,
    /// Coarse results shown.
    pub partials: u64,
    /// Answers that came too late to be shown.
    pub stale: u64,
    /// Patches sent again, after a stall or a reconnect.
    pub resent: u64,
}
