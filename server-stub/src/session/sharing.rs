use std::collections::{BTreeMap, BTreeSet};

use fader_protocol::{Patch, RawPayload};

use super::cost::{allocation, tree_entry};
use super::model::Model;

/// Which values of a mailbox are news for other clients.
///
/// A handler may share its whole model each time that it is called, also when it
/// is called only because values came from elsewhere. Only what its own client
/// changed, or the handler itself, is passed on. So values do not go back and
/// forth between two clients, and an old value does not return as if it were new.
///
/// It knows only keys of the present model, and of the one that the running job was
/// started with: what else a client ever named is forgotten.
#[derive(Debug, Default)]
pub(super) struct Sharing {
    keys: BTreeMap<String, Key>,
    /// What these have allocated, in bytes.
    cost: usize,
    /// The newest patch in which the client changed or decided something.
    newest: u64,
}

/// What is known of a key.
#[derive(Debug, Default)]
struct Key {
    /// Where the client set the present value, and no job has shared it.
    unshared: Option<SetAt>,
    /// What the running job may make of the value that it was started with.
    job: News,
    /// The present value came from elsewhere.
    is_theirs: bool,
    /// And while the job runs that runs.
    came_meanwhile: bool,
}

/// The patches that set a key since a job shared it. Between the two, a commit
/// may wait that has the older value.
#[derive(Debug, Clone, Copy)]
struct SetAt {
    first: u64,
    last: u64,
}

/// Whether a job's value of a key is news for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum News {
    /// Its client did not set it, or it was shared before.
    #[default]
    No,
    /// Its client set it.
    Yes,
    /// It was, and this job has shared it.
    Shared,
}

/// What a running job may share.
#[derive(Debug)]
pub(super) struct Shareable {
    /// Whether its client wanted anything of it but a fresh result.
    is_own: bool,
}

impl SetAt {
    /// By a patch of an earlier epoch, or of an earlier job.
    const BEFORE: Self = Self { first: 0, last: 0 };
}

impl Key {
    fn is_known(&self) -> bool {
        self.unshared.is_some() || self.job != News::No || self.is_theirs || self.came_meanwhile
    }

    /// It is not in the model any more.
    fn leave_model(&mut self) {
        self.unshared = None;
        self.is_theirs = false;
        self.came_meanwhile = false;
    }
}

impl Sharing {
    /// A new epoch begins with a model that has these keys, or with none if that is
    /// not known: what is to be shared is older than all its patches. Gives those of
    /// the keys whose value came from elsewhere.
    pub(super) fn begin(&mut self, model: Option<&Model>) -> BTreeSet<String> {
        self.newest = 0;
        let mut theirs = BTreeSet::new();
        self.retain(|name, key| {
            if std::mem::take(&mut key.is_theirs) && model.is_some_and(|model| model.has_key(name))
            {
                theirs.insert(name.into());
            }
            key.came_meanwhile = false;
            key.unshared = key.unshared.map(|_| SetAt::BEFORE);
            if model.is_some_and(|model| !model.has_key(name)) {
                key.leave_model();
            }
        });
        theirs
    }

    /// The client changed these keys, or ended a gesture.
    pub(super) fn changed(&mut self, seq: u64, keys: Vec<String>) {
        self.newest = seq;
        for name in keys {
            let key = self.key(name);
            key.is_theirs = false;
            key.came_meanwhile = false;
            key.unshared.get_or_insert(SetAt { first: seq, last: seq }).last = seq;
        }
    }

    /// Values of these keys of the model came from elsewhere.
    pub(super) fn pushed<'a>(&mut self, keys: impl Iterator<Item = &'a String>) {
        for name in keys {
            let key = self.key(name.clone());
            key.unshared = None;
            key.is_theirs = true;
            key.came_meanwhile = true;
        }
    }

    /// A job starts, with all patches up to `seq`, of which those up to
    /// `answered` are answered already.
    pub(super) fn start(&mut self, seq: u64, answered: u64, is_commit: bool) -> Shareable {
        self.retain(|_, key| {
            key.came_meanwhile = false;
            key.job = News::No;
            if let Some(SetAt { first, last }) = key.unshared.filter(|set_at| set_at.first <= seq) {
                debug_assert!(first <= last);
                key.job = News::Yes;
                key.unshared = (last > seq).then_some(SetAt { first: last, last });
            }
        });
        Shareable { is_own: is_commit || self.newest > answered }
    }

    /// The job ended: what it did not share, another may, as far as the present model
    /// has it.
    pub(super) fn end(&mut self, model: Option<&Model>) {
        self.retain(|name, key| {
            if std::mem::take(&mut key.job) == News::Yes && !key.came_meanwhile {
                key.unshared.get_or_insert(SetAt::BEFORE).first = 0;
            }
            if model.is_some_and(|model| !model.has_key(name)) {
                key.leave_model();
            }
        });
    }

    /// What of `values`, which a job shares, is news for other clients. `model`
    /// is what the job was started with.
    pub(super) fn share(
        &mut self,
        job: &Shareable,
        model: &Model,
        values: Patch<RawPayload>,
    ) -> Patch<RawPayload> {
        if !job.is_own {
            return Patch::new();
        }
        let mut news = values;
        news.retain(|name, value| match self.keys.get_mut(name.as_str()) {
            Some(key) if key.job != News::No => {
                key.job = News::Shared;
                true
            }
            _ => !model.has(name, value),
        });
        news
    }

    /// Of values that a job shares, those that take the place of others that came
    /// from elsewhere while it ran: whoever shares last is right, here as well.
    pub(super) fn prevailing(&self, news: &Patch<RawPayload>) -> Patch<RawPayload> {
        news.iter()
            .filter(|(name, _)| self.keys.get(*name).is_some_and(|key| key.came_meanwhile))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// How much memory it takes.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    /// How much memory it takes to know something of a key.
    pub(super) fn cost_of(key: &str) -> usize {
        tree_entry::<String, Key>() + allocation(key.len())
    }

    fn key(&mut self, name: String) -> &mut Key {
        let cost = &mut self.cost;
        self.keys.entry(name).or_insert_with_key(|name| {
            *cost += Self::cost_of(name);
            Key::default()
        })
    }

    /// Looks at all keys, and keeps those of which something is known.
    fn retain(&mut self, mut look: impl FnMut(&str, &mut Key)) {
        let cost = &mut self.cost;
        self.keys.retain(|name, key| {
            look(name, key);
            let is_known = key.is_known();
            if !is_known {
                *cost -= Self::cost_of(name);
            }
            is_known
        });
    }
}
