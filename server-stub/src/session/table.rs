use std::collections::HashMap;

use super::Payer;
use super::memory::Memory;
use super::pool::{self, Capacity, Pool, Ticket};

/// How many sessions a server keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionsConfig {
    /// The most sessions of one [`Payer`], with and without a connection. One more takes
    /// the place of the payer's oldest that is detached or, where all are connected, is
    /// refused. Default 5,000. Clients whose address is not known have no such limit: they
    /// cannot be told apart.
    pub sessions_per_payer: usize,
    /// The most sessions that are kept without a connection, for all clients together.
    /// Beyond that, the oldest of the payer that has most of them ends. Default 10,000.
    pub detached: usize,
    /// The most of them for one payer; of more, its oldest ends. Default 1,000. Clients
    /// whose address is not known share what all have.
    pub detached_per_payer: usize,
    /// The most bytes of memory that all sessions may cost together, with and without a
    /// connection ([`Session::cost`](super::Session::cost)). Beyond that, the costliest
    /// session of the payer that has most ends. Default 1 GiB.
    pub bytes: usize,
    /// The most bytes of the sessions of one payer; of more, its costliest session ends.
    /// Default 256 MiB. Clients whose address is not known share what all have.
    pub bytes_per_payer: usize,
}

impl Default for SessionsConfig {
    fn default() -> Self {
        Self {
            sessions_per_payer: 5000,
            detached: 10_000,
            detached_per_payer: 1000,
            bytes: 1024 * 1024 * 1024,
            bytes_per_payer: 256 * 1024 * 1024,
        }
    }
}

/// The sessions of a server: who pays for each, and which have to end when too many wait
/// for their clients to come back, or when all together cost too much memory.
#[derive(Debug)]
pub struct SessionTable {
    config: SessionsConfig,
    sessions: HashMap<String, Entry>,
    /// How many each payer has.
    counts: HashMap<Payer, usize>,
    detached: Pool<String>,
    memory: Memory,
    stats: TableStats,
}

#[derive(Debug)]
struct Entry {
    payer: Payer,
    /// Nothing while it has a connection.
    detached: Option<Ticket>,
    /// What it costs; nothing once it has to end.
    bytes: Option<usize>,
}

/// What a [`SessionTable`] could not do for its clients so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableStats {
    /// Sessions that were not begun, for their payer had too many with a connection.
    pub refused: u64,
    /// Sessions ended because their payer had too many detached ones, or because all of
    /// its sessions cost too much.
    pub evicted_own: u64,
    /// Sessions ended because there were too many detached ones of all clients together,
    /// or all sessions cost too much, and their payer had most.
    pub evicted_full: u64,
}

/// A session that has to end, for there is no room for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evicted {
    /// The public id of the session.
    pub session: String,
    /// Whether its payer had more than its own share; otherwise there was no room at all.
    pub over_own: bool,
}

/// A payer has as many sessions with a connection as it may: a new one is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many sessions: at most {limit} for one client or network address")]
pub struct TooManySessions {
    /// How many it may have.
    pub limit: usize,
}

impl SessionTable {
    /// An empty one.
    #[must_use]
    pub fn new(config: SessionsConfig) -> Self {
        // They are counted here; what all sessions cost is counted in `memory`.
        let each = Capacity { items: config.detached_per_payer, bytes: usize::MAX };
        let all = Capacity { items: config.detached, bytes: usize::MAX };
        Self {
            memory: Memory::new(config.bytes_per_payer, config.bytes),
            config,
            sessions: HashMap::new(),
            counts: HashMap::new(),
            detached: Pool::new(each, all),
            stats: TableStats::default(),
        }
    }

    /// A session begins, with a connection. Names the one whose place it takes, if there
    /// was no other; that counts no more, whenever it really ends.
    ///
    /// # Errors
    /// When its payer may have no more.
    pub fn begin(
        &mut self,
        session: &str,
        payer: &Payer,
    ) -> Result<Option<Evicted>, TooManySessions> {
        let limit = self.config.sessions_per_payer;
        let mut evicted = None;
        if has_quota(payer) && self.counts.get(payer).is_some_and(|count| *count >= limit) {
            let Some(session) = self.detached.remove_oldest_of(payer) else {
                self.stats.refused += 1;
                return Err(TooManySessions { limit });
            };
            self.stats.evicted_own += 1;
            self.end(&session);
            evicted = Some(Evicted { session, over_own: true });
        }
        *self.counts.entry(payer.clone()).or_default() += 1;
        let entry = Entry { payer: payer.clone(), detached: None, bytes: Some(0) };
        self.sessions.insert(session.into(), entry);
        self.memory.change(payer, session, None, Some(0));
        Ok(evicted)
    }

    /// A session costs so many bytes. Names those that have to end now, which may be this one.
    pub fn charge(&mut self, session: &str, bytes: usize) -> Vec<Evicted> {
        let Some(Entry { payer, bytes: known, .. }) = self.sessions.get_mut(session) else {
            return Vec::new();
        };
        let Some(old) = known.replace(bytes) else {
            *known = None;
            return Vec::new();
        };
        let payer = payer.clone();
        self.memory.change(&payer, session, Some(old), Some(bytes));
        let mut evicted = Vec::new();
        while let Some((session, over_own)) = self.memory.excess(&payer, has_quota(&payer)) {
            let session = session.to_owned();
            self.stats.count(over_own);
            self.uncount(&session);
            evicted.push(Evicted { session, over_own });
        }
        evicted
    }

    /// A session that has to end costs nothing any more, when it really ends.
    fn uncount(&mut self, session: &str) {
        if let Some(Entry { payer, bytes, .. }) = self.sessions.get_mut(session)
            && let Some(bytes) = bytes.take()
        {
            self.memory.change(payer, session, Some(bytes), None);
        }
    }

    /// A session lost its connection. Names those that have to end now.
    pub fn detach(&mut self, session: &str) -> Vec<Evicted> {
        let Some(entry) = self.sessions.get_mut(session) else { return Vec::new() };
        let payer = entry.payer.clone();
        if let Some(ticket) = entry.detached.take() {
            self.detached.remove(&ticket);
        }
        entry.detached = Some(self.detached.add(&payer, session.into(), 0));
        let mut evicted = Vec::new();
        while let Some(pool::Evicted { item, over_own, .. }) =
            self.detached.evict(&payer, has_quota(&payer))
        {
            self.stats.count(over_own);
            if let Some(entry) = self.sessions.get_mut(&item) {
                entry.detached = None;
            }
            evicted.push(Evicted { session: item, over_own });
        }
        evicted
    }

    /// A session has a connection again.
    pub fn attach(&mut self, session: &str) {
        if let Some(entry) = self.sessions.get_mut(session)
            && let Some(ticket) = entry.detached.take()
        {
            self.detached.remove(&ticket);
        }
    }

    /// A session is over.
    pub fn end(&mut self, session: &str) {
        self.uncount(session);
        let Some(Entry { payer, detached, .. }) = self.sessions.remove(session) else { return };
        if let Some(ticket) = detached {
            self.detached.remove(&ticket);
        }
        match self.counts.get_mut(&payer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                self.counts.remove(&payer);
            }
        }
    }

    /// How many sessions there are, with and without a connection.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// How many of them have no connection.
    #[must_use]
    pub fn detached(&self) -> usize {
        self.detached.len()
    }

    /// How many bytes all of them cost.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.memory.bytes()
    }

    /// What it could not do so far.
    #[must_use]
    pub fn stats(&self) -> TableStats {
        self.stats
    }
}

impl TableStats {
    fn count(&mut self, over_own: bool) {
        if over_own {
            self.evicted_own += 1;
        } else {
            self.evicted_full += 1;
        }
    }
}

/// Those whose address is not known cannot be told apart, and share what all have.
fn has_quota(payer: &Payer) -> bool {
    *payer != Payer::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payer(name: &str) -> Payer {
        Payer::Principal(name.into())
    }

    fn table(config: SessionsConfig) -> SessionTable {
        SessionTable::new(config)
    }

    /// A session begins and loses its connection at once: the sessions that end.
    fn come_and_go(table: &mut SessionTable, session: &str, payer: &Payer) -> Vec<String> {
        assert_eq!(table.begin(session, payer), Ok(None));
        let evicted = table.detach(session);
        for evicted in &evicted {
            table.end(&evicted.session);
        }
        evicted.into_iter().map(|evicted| evicted.session).collect()
    }

    #[test]
    fn ten_thousand_connects_of_one_client_cost_no_bystander_its_session() {
        let mut table = table(SessionsConfig::default());
        assert!(come_and_go(&mut table, "honest", &payer("honest")).is_empty());
        for number in 0..10_000 {
            for evicted in come_and_go(&mut table, &format!("m{number}"), &payer("mallory")) {
                assert_eq!(evicted, format!("m{}", number - 1000));
            }
        }
        let (mut honest, mallory) = (0, 1000);
        assert_eq!(table.detached(), mallory + 1);
        for number in 0..1000 {
            let (name, session) = (format!("h{number}"), format!("s{number}"));
            honest += come_and_go(&mut table, &session, &payer(&name)).len();
        }
        assert_eq!(honest, 0);
        assert_eq!(table.stats().evicted_own, 9000);
    }

    #[test]
    fn when_there_is_no_room_the_greediest_gives_its_oldest() {
        let mut table = table(SessionsConfig { detached: 4, ..SessionsConfig::default() });
        for (name, session) in [("a", "a1"), ("m", "m1"), ("m", "m2"), ("m", "m3")] {
            assert!(come_and_go(&mut table, session, &payer(name)).is_empty());
        }
        assert_eq!(come_and_go(&mut table, "b1", &payer("b")), ["m1"]);
        assert_eq!(come_and_go(&mut table, "m4", &payer("m")), ["m2"]);
        // Who has come back cannot be sent off.
        table.attach("m3");
        assert_eq!(come_and_go(&mut table, "b2", &payer("b")), [""; 0]);
        assert_eq!(table.stats(), TableStats { evicted_full: 2, ..TableStats::default() });
    }

    #[test]
    fn the_costliest_session_of_the_greediest_pays_connected_or_not() {
        let mut table =
            table(SessionsConfig { bytes: 100, bytes_per_payer: 70, ..SessionsConfig::default() });
        for (session, name) in [("a", "a"), ("m1", "m"), ("m2", "m"), ("m3", "m")] {
            table.begin(session, &payer(name)).unwrap();
        }
        let ends = |evicted: Vec<Evicted>| {
            let ends = evicted.into_iter().map(|evicted| (evicted.session, evicted.over_own));
            ends.collect::<Vec<_>>()
        };
        assert!(ends(table.charge("a", 35)).is_empty());
        assert!(ends(table.charge("m1", 50)).is_empty());
        table.detach("m1");
        // The payer's own share is used up by its costliest, not by the one that came last.
        assert_eq!(ends(table.charge("m2", 30)), [("m1".into(), true)]);
        // What has to end costs nothing more, whatever it still does.
        assert!(ends(table.charge("m1", 99)).is_empty());
        table.end("m1");
        // There is no room: who has most gives, also for another's growth.
        assert!(ends(table.charge("m3", 34)).is_empty());
        assert_eq!(ends(table.charge("a", 40)), [("m3".into(), false)]);
        assert_eq!(table.bytes(), 70);
        // What becomes smaller makes room.
        assert!(ends(table.charge("a", 5)).is_empty());
        for session in ["a", "m2", "m3"] {
            table.end(session);
        }
        assert_eq!((table.bytes(), table.len()), (0, 0));
    }

    #[test]
    fn a_stranger_with_many_connections_cannot_fill_the_server() {
        let mut table = table(SessionsConfig::default());
        let (honest, mallory) = (payer("honest"), payer("mallory"));
        table.begin("honest", &honest).unwrap();
        assert!(table.charge("honest", 4 * 1024 * 1024).is_empty());
        for number in 0..1000 {
            let session = format!("m{number}");
            table.begin(&session, &mallory).unwrap();
            for evicted in table.charge(&session, 26 * 1024 * 1024) {
                assert_ne!(evicted.session, "honest");
                table.end(&evicted.session);
            }
            assert!(table.bytes() <= 260 * 1024 * 1024);
        }
    }

    #[test]
    fn who_has_too_many_sessions_gives_an_own_one_or_gets_no_more() {
        let mut table =
            table(SessionsConfig { sessions_per_payer: 2, ..SessionsConfig::default() });
        let (m, stranger) = (payer("m"), Payer::Unknown);
        assert_eq!(table.begin("m1", &m), Ok(None));
        assert_eq!(table.begin("m2", &m), Ok(None));
        assert_eq!(table.begin("m3", &m), Err(TooManySessions { limit: 2 }));
        assert_eq!(table.begin("a1", &payer("a")), Ok(None));
        table.detach("m2");
        let evicted = Evicted { session: "m2".into(), over_own: true };
        assert_eq!(table.begin("m3", &m), Ok(Some(evicted)));
        table.end("m2");
        assert_eq!(table.begin("m4", &m), Err(TooManySessions { limit: 2 }));
        table.end("m1");
        assert_eq!(table.begin("m4", &m), Ok(None));
        // Nobody knows how many they are.
        for number in 0..9 {
            assert_eq!(table.begin(&format!("s{number}"), &stranger), Ok(None));
        }
        assert_eq!(table.len(), 12);
    }
}
