use std::time::Duration;

/// When the previews of a gesture leave. A commit leaves at once under every
/// policy, and the final value is never lost under any.
///
/// In the formulas `last` is when the last preview left, `F` one animation
/// frame (1/60 s), and `input` when the last input was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// Just in time for the moment at which the server is predicted to be free:
    /// `max(last + F, free − RTT − margin)`. The prediction is learned from the
    /// service and wait times of each answer, so it suits fast and slow
    /// servers and any distance; it is the default.
    #[default]
    Adaptive,
    /// `last + F`, however busy the server is.
    EveryFrame,
    /// `last + interval`: at most one in each interval, the newest at its end.
    Throttle(
        /// The interval, at least one frame.
        Duration,
    ),
    /// `input + quiet`: when the input has paused for that long.
    Debounce(
        /// How long the input must pause.
        Duration,
    ),
    /// Never: only commits leave.
    OnCommit,
}
