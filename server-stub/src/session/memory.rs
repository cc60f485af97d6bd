use std::collections::{BTreeSet, HashMap};

use super::Payer;

/// What all sessions cost, in bytes, and which one has to end when that is too much: the
/// costliest of a payer that has more than its share or, when the server has no more
/// room, of the payer that has most.
#[derive(Debug)]
pub(super) struct Memory {
    /// For each payer.
    each: usize,
    all: usize,
    accounts: HashMap<Payer, Account>,
    /// Who has most comes last.
    by_bytes: BTreeSet<(usize, Payer)>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Account {
    bytes: usize,
    /// The costliest comes last.
    sessions: BTreeSet<(usize, String)>,
}

impl Memory {
    pub(super) fn new(each: usize, all: usize) -> Self {
        let (accounts, by_bytes) = (HashMap::new(), BTreeSet::new());
        Self { each, all, accounts, by_bytes, bytes: 0 }
    }

    /// A session that cost `old` bytes costs `new` ones: nothing if it is not counted.
    pub(super) fn change(
        &mut self,
        payer: &Payer,
        session: &str,
        old: Option<usize>,
        new: Option<usize>,
    ) {
        let account = self.accounts.entry(payer.clone()).or_default();
        self.by_bytes.remove(&(account.bytes, payer.clone()));
        if let Some(old) = old
            && account.sessions.remove(&(old, session.into()))
        {
            account.bytes -= old;
            self.bytes -= old;
        }
        if let Some(new) = new {
            account.sessions.insert((new, session.into()));
            account.bytes += new;
            self.bytes += new;
        }
        if account.sessions.is_empty() {
            self.accounts.remove(payer);
        } else {
            self.by_bytes.insert((account.bytes, payer.clone()));
        }
    }

    /// The session that has to end after something of `payer` became larger, who has a
    /// quota of its own or not; and whether the payer had more than that.
    pub(super) fn excess(&self, payer: &Payer, has_quota: bool) -> Option<(&str, bool)> {
        let over_own =
            has_quota && self.accounts.get(payer).is_some_and(|account| account.bytes > self.each);
        let from = match self.by_bytes.last() {
            _ if over_own => payer,
            Some((_, greediest)) if self.bytes > self.all => greediest,
            _ => return None,
        };
        let (_, session) = self.accounts.get(from)?.sessions.last()?;
        Some((session, over_own))
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
