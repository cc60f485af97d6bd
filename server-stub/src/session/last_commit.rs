use super::cost;
use super::job::Outcome;
use super::model::Model;

/// The newest commit that has an outcome.
#[derive(Debug)]
pub(super) struct LastCommit {
    id: u64,
    /// To answer it again, if there is room for that.
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// The values that it was computed from.
    model: Model,
    outcome: Outcome,
    /// What the outcome takes in memory, in bytes.
    cost: usize,
}

impl LastCommit {
    pub(super) fn new(id: u64, model: Model, outcome: Outcome) -> Self {
        let cost = cost::outcome(&outcome);
        Self { id, kept: Some(Kept { model, outcome, cost }) }
    }

    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// Its outcome, if it was computed from these values and is kept.
    pub(super) fn outcome_of(&self, model: &Model) -> Option<&Outcome> {
        self.kept.as_ref().filter(|kept| kept.model == *model).map(|kept| &kept.outcome)
    }

    /// The values that it was computed from, if they are kept.
    pub(super) fn model(&self) -> Option<&Model> {
        self.kept.as_ref().map(|kept| &kept.model)
    }

    /// What the outcome takes in memory.
    pub(super) fn cost(&self) -> usize {
        self.kept.as_ref().map_or(0, |kept| kept.cost)
    }

    /// There is no room for more than to know that it was.
    pub(super) fn forget_outcome(&mut self) {
        self.kept = None;
    }
}
