/// What happened to a session so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// How often it went on over a new connection.
    pub resumes: u64,
    /// Frames that could not be kept until the client had them, because there
    /// were too many. If the connection had broken then, the session would have
    /// been lost.
    pub overflowed: u64,
    /// Patches ignored because they were of an older epoch, or no newer than one before.
    pub stale: u64,
    /// Patches merged into a job that was waiting already.
    pub merged: u64,
    /// Running previews cancelled for a commit, for a new epoch, or with their group.
    pub preempted: u64,
    /// Commits answered with the result they had before.
    pub replayed: u64,
    /// Pushes sent: values from elsewhere that differed from what a group had.
    pub pushed: u64,
    /// Values from elsewhere that a group could not take, for they or its model
    /// would have been too large.
    pub unfit: u64,
}
