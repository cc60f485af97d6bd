use fader_protocol::{Instant, Phase};

use super::model::Model;

/// What waits in a mailbox: at most one commit, and behind it at most one
/// preview. A newer patch joins or replaces what waits, so there are never more.
///
/// A commit computes the values that were committed: a preview that arrives
/// while it waits does not change them.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    commit: Option<Commit>,
    preview: Option<Preview>,
}

/// A commit or cancel that waits.
#[derive(Debug)]
struct Commit {
    newest: Newest,
    phase: Phase,
    id: Option<u64>,
    /// The committed values, where newer ones have come since.
    model: Option<Model>,
}

#[derive(Debug)]
struct Preview {
    newest: Newest,
    /// The commit in it that has, or will have, an outcome.
    repeats: Option<u64>,
}

/// The newest patch that a waiting job contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Newest {
    pub(super) seq: u64,
    /// When it arrived.
    pub(super) since: Instant,
}

/// What has waited for its turn.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) newest: Newest,
    pub(super) phase: Phase,
    pub(super) commit: Option<u64>,
    /// The commit that it repeats: where nothing else came, it has its outcome.
    pub(super) repeats: Option<u64>,
    /// The values to compute, where they are not the newest.
    pub(super) model: Option<Model>,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.commit.is_none() && self.preview.is_none()
    }

    pub(super) fn has_commit(&self) -> bool {
        self.commit.is_some()
    }

    pub(super) fn has_preview(&self) -> bool {
        self.preview.is_some()
    }

    /// The values that were committed, where newer ones have come since.
    pub(super) fn model(&self) -> Option<&Model> {
        self.commit.as_ref()?.model.as_ref()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn drop_preview(&mut self) {
        self.preview = None;
    }

    /// The values are about to change, and not for the commit that waits.
    pub(super) fn keep(&mut self, model: &Model) {
        if let Some(commit) = &mut self.commit {
            commit.model.get_or_insert_with(|| model.clone());
        }
    }

    /// Adds a commit or cancel, which replaces all that waits. Says whether something did.
    pub(super) fn add_commit(&mut self, newest: Newest, phase: Phase, id: Option<u64>) -> bool {
        let replaces = !self.is_empty();
        *self = Self { commit: Some(Commit { newest, phase, id, model: None }), preview: None };
        replaces
    }

    /// Adds a preview, or a commit that is only repeated. Says whether it joined
    /// what waited already.
    pub(super) fn add_preview(&mut self, newest: Newest, repeats: Option<u64>) -> bool {
        match (&mut self.preview, &mut self.commit) {
            (Some(preview), _) => {
                preview.newest = newest;
                preview.repeats = repeats.or(preview.repeats);
                true
            }
            // It changed nothing: the commit's values are still the newest.
            (None, Some(commit)) if commit.model.is_none() => {
                commit.newest = newest;
                true
            }
            (None, _) => {
                self.preview = Some(Preview { newest, repeats });
                false
            }
        }
    }

    /// Whose turn it is.
    pub(super) fn next(&mut self) -> Option<Next> {
        if let Some(Commit { newest, phase, id, model }) = self.commit.take() {
            return Some(Next { newest, phase, commit: id, repeats: None, model });
        }
        let Preview { newest, repeats } = self.preview.take()?;
        Some(Next { newest, phase: Phase::Preview, commit: None, repeats, model: None })
    }
}
