use std::time::Duration;

/// When the previews of a gesture leave. A commit leaves at once under every
/// policy, and the final value is never lost under any.
///
/// In the formulas `last` is when the last preview left, `F` one animation
/// frame (1/60 s), and `input` when the last input was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// Just in time for the moment at which the server is predicted to be free,
    /// so that each job starts with values that are as new as can be. What it
    /// needs to know it learns from the answers, so it suits fast and slow
    /// servers and any distance.
    ///
    /// Learned are the round trip `R`, the service time `S` and their mean
    /// deviations `dR` and `dS`. From these, and from when the patches left that
    /// are not answered, follows which jobs the server will make of them, and
    /// when each will start and end. The doubt about the end of the `j`th is
    ///
    /// ```text
    /// U(j) = 2.25·(√j·dS + dR)
    /// ```
    ///
    /// With nothing in flight the next preview leaves at once, and before the
    /// first answer when that comes. Otherwise it leaves at
    ///
    /// ```text
    /// max(last + F, last + overdue, x)
    /// ```
    ///
    /// where `overdue` is by how much the oldest missing answer was overdue at
    /// `last`, so that a server that hangs costs a logarithmic number of
    /// patches; and `x` is, with `j` jobs foreseen, the first of these that applies:
    ///
    /// 1. where `j = 1` and `R < dS`: not before the answer. To wait for it
    ///    costs less than to guess when it comes.
    /// 2. where `U(j) > E`: `last + E`, evenly, with
    ///    `E = max(F, S / (1.2 + 4.8·S))`, `S` in seconds, which is what 1.2 patches
    ///    for each job and 4.8 for each second allow. The server's phase is
    ///    not known well enough for anything better.
    /// 3. where the newest patch has to wait more than `F + 2 ms` for the start
    ///    of its job: `start − R − 2 ms − n·E`, with the greatest `n` for which
    ///    this is not before `last + F`. It is replaced just before its turn,
    ///    and now and then earlier, should its turn come early.
    /// 4. otherwise `free − R − 2 ms + worth`, with `free` the end of the `j`th
    ///    job and `worth = max(0, U(j) − U(j−1) − max(0, R − (j−1)·S))`: by how
    ///    much the next answer reduces the doubt, less what it costs to wait for it.
    ///
    /// A job that should have ended is taken to end now; where a patch waits for
    /// it, `U(1)` ago.
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
