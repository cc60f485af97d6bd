use std::collections::{BTreeMap, BTreeSet};

use fader_protocol::{Patch, RawPayload};

use super::model::Model;

/// Which values of a mailbox are news for other clients.
///
/// A handler may share its whole model each time that it is called, also when it
/// is called only because values came from elsewhere. Only what its own client
/// changed, or the handler itself, is passed on. So values do not go back and
/// forth between two clients, and an old value does not return as if it were new.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    /// The keys whose present value the client set and no job has shared.
    unshared: BTreeMap<String, SetAt>,
    /// The newest patch in which the client changed or decided something.
    newest: u64,
    /// The keys whose present value came from elsewhere.
    theirs: BTreeSet<String>,
    /// Those of them that it came to while the job runs that runs.
    meanwhile: BTreeSet<String>,
}

/// The patches that set a key since a job shared it. Between the two, a commit
/// may wait that has the older value.
#[derive(Debug)]
struct SetAt {
    first: u64,
    last: u64,
}

/// What a running job may share.
#[derive(Debug)]
pub(super) struct Shareable {
    /// Whether its client wanted anything of it but a fresh result.
    is_own: bool,
    /// The keys whose value the client set.
    news: BTreeSet<String>,
    shared: BTreeSet<String>,
}

impl SetAt {
    /// By a patch of an earlier epoch, or of an earlier job.
    const BEFORE: Self = Self { first: 0, last: 0 };
}

impl Sharing {
    /// A new epoch begins: what is to be shared is older than all its patches.
    /// Gives the keys whose value came from elsewhere.
    pub(super) fn begin(&mut self) -> BTreeSet<String> {
        self.newest = 0;
        self.unshared.values_mut().for_each(|set_at| *set_at = SetAt::BEFORE);
        self.meanwhile.clear();
        std::mem::take(&mut self.theirs)
    }

    /// The client changed these keys, or ended a gesture.
    pub(super) fn changed(&mut self, seq: u64, keys: Vec<String>) {
        self.newest = seq;
        for key in keys {
            self.theirs.remove(&key);
            self.meanwhile.remove(&key);
            self.unshared.entry(key).or_insert(SetAt { first: seq, last: seq }).last = seq;
        }
    }

    /// Values of these keys came from elsewhere.
    pub(super) fn pushed<'a>(&mut self, keys: impl Iterator<Item = &'a String>) {
        for key in keys {
            self.unshared.remove(key);
            self.theirs.insert(key.clone());
            self.meanwhile.insert(key.clone());
        }
    }

    /// A job starts, with all patches up to `seq`, of which those up to
    /// `answered` are answered already.
    pub(super) fn start(&mut self, seq: u64, answered: u64, is_commit: bool) -> Shareable {
        self.meanwhile.clear();
        let mut news = BTreeSet::new();
        self.unshared.retain(|key, set_at| {
            if set_at.first <= seq {
                news.insert(key.clone());
                set_at.first = set_at.last;
            }
            set_at.last > seq
        });
        let is_own = is_commit || self.newest > answered;
        Shareable { is_own, news, shared: BTreeSet::new() }
    }

    /// A job ended: what it did not share, another may.
    pub(super) fn end(&mut self, job: &Shareable) {
        for key in job.news.difference(&job.shared) {
            if !self.meanwhile.contains(key) {
                self.unshared.entry(key.clone()).or_insert(SetAt::BEFORE).first = 0;
            }
        }
    }

    /// What of `values`, which a job shares, is news for other clients. `model`
    /// is what the job was started with.
    pub(super) fn share(
        &self,
        job: &mut Shareable,
        model: &Model,
        values: Patch<RawPayload>,
    ) -> Patch<RawPayload> {
        if !job.is_own {
            return Patch::new();
        }
        let news: Patch<RawPayload> = values
            .into_iter()
            .filter(|(key, value)| job.news.contains(key) || !model.has(key, value))
            .collect();
        job.shared.extend(news.keys().cloned());
        news
    }

    /// Of values that a job shares, those that take the place of others that came
    /// from elsewhere while it ran: whoever shares last is right, here as well.
    pub(super) fn prevailing(&self, news: &Patch<RawPayload>) -> Patch<RawPayload> {
        news.iter()
            .filter(|(key, _)| self.meanwhile.contains(*key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}
