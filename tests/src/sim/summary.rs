use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

/// How much happened in a world, or in many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Sessions that servers began.
    pub sessions: u64,
    /// What broke, attempts to connect that failed included.
    pub faults: u64,
    /// How long it took in the world's own time.
    pub time: Duration,
    /// Lines of the trace.
    pub lines: u64,
    /// Everything that happened, as a number: two runs of one seed give the same,
    /// and two different runs hardly ever do. Of many worlds, a sum.
    pub digest: u64,
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.faults += other.faults;
        self.time += other.time;
        self.lines += other.lines;
        self.digest = self.digest.wrapping_add(other.digest);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sessions, faults, time, .. } = self;
        let hours = time.as_secs() / 3600;
        write!(f, "sessions={sessions} faults={faults} virtual_hours={hours}")
    }
}
