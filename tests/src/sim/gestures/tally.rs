use std::fmt;
use std::ops::AddAssign;

use fader_core::Instant;

/// How much happened, and what of it should not have.
#[derive(Debug, Default)]
pub struct Tally {
    /// Worlds that were lived through.
    pub worlds: u64,
    /// Gestures made.
    pub gestures: u64,
    /// Values set in them.
    pub inputs: u64,
    /// Live patches sent.
    pub patches: u64,
    /// Results shown, errors included.
    pub results: u64,
    /// Values from elsewhere that moved a control.
    pub pushed: u64,
    /// Connections cut.
    pub cuts: u64,
    /// Times that the server crashed, also between a job's effect and its answer.
    pub crashes: u64,
    /// What should not have happened.
    pub violations: Vec<Violation>,
}

/// Something that should not have happened.
#[derive(Debug)]
pub struct Violation {
    /// The seed of the world in which it did.
    pub seed: u64,
    /// When it did.
    pub at: Instant,
    /// What must hold.
    pub rule: Rule,
    /// What happened instead.
    pub what: String,
}

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// I1: once link and handlers are healthy, the last local values are shown.
    FinalValueIsShown,
    /// I2: a commit has effect at most once in a session.
    CommitsOnce,
    /// I3: what is shown is never older than what was shown.
    PaintsForward,
    /// I4: what is in flight and what waits at the server is bounded.
    Bounded,
    /// I6: nothing from elsewhere moves a control that is held or whose own
    /// change is not answered.
    ThumbsStay,
    /// I6 the other way: no patch but an epoch's first holds a key that was not
    /// changed here since it was answered, and so would undo another's change.
    OthersStay,
    /// I7: endless input does not keep the results away.
    ShowsProgress,
    /// I8: what is set in one turn leaves in one patch, with its newest values.
    TurnsAreWhole,
    /// I9: one gesture is one commit, or one cancel.
    GesturesAreOneCommit,
    /// I10: when all is shown, nothing is sent and no timer runs but the heartbeat's.
    Rests,
}

impl Tally {
    /// How often a rule was broken.
    #[must_use]
    pub fn broken(&self, rule: Rule) -> usize {
        self.violations.iter().filter(|violation| violation.rule == rule).count()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.gestures += other.gestures;
        self.inputs += other.inputs;
        self.patches += other.patches;
        self.results += other.results;
        self.pushed += other.pushed;
        self.cuts += other.cuts;
        self.crashes += other.crashes;
        self.violations.extend(other.violations);
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, at, rule, what } = self;
        write!(f, "seed {seed}, at {} ms: {rule:?} does not hold: {what}", at.as_micros() / 1000)
    }
}
