//! A short conversation of the real client core with the real server session,
//! cut at every message and at every two: nothing is lost, nothing is doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fader_core::{
    BackoffConfig, Delivery, Holder, Patch, Policy, RawPayload, RequestError, RequestId, State,
};
use fader_protocol::json;
use fader_server::session::Config;
use fader_tests::pair::{Cut, ECHO, Pair};

const MS: Duration = Duration::from_millis(1);

fn raw(value: impl Into<serde_json::Value>) -> RawPayload {
    json::to_raw(&value.into()).expect("JSON")
}

fn model(x: i64) -> Patch<RawPayload> {
    [("x".to_owned(), raw(x))].into()
}

/// A client whose attempts to connect are never far apart.
fn client() -> fader_core::Config {
    let backoff = BackoffConfig { base: MS, cap: 2 * MS, budget: 1000, ..BackoffConfig::default() };
    fader_core::Config { backoff, ..fader_core::Config::default() }
}

/// A conversation with some of everything.
struct Talk {
    pair: Pair,
    /// The requests that must be answered, and what with.
    expected: BTreeMap<RequestId, String>,
    volatile: Vec<RequestId>,
    cancelled: RequestId,
}

impl Talk {
    fn hold(server: Config, cuts: &[Cut]) -> Self {
        let mut pair = Pair::new(client(), server, cuts);
        let mut expected = BTreeMap::new();
        let mut volatile = Vec::new();
        let mut call = |pair: &mut Pair, value: &str, delivery: Delivery| {
            let id = pair.client.request(pair.now, ECHO, raw(value), delivery.clone(), None);
            match delivery {
                Delivery::Volatile => volatile.push(id),
                _ => drop(expected.insert(id, format!("{value:?}"))),
            }
            pair.settle();
            id
        };
        call(&mut pair, "first", Delivery::Once);
        let group = pair.client.live_open(pair.now, ECHO, model(1), Policy::default());
        let group = group.expect("a group");
        pair.pass(2 * MS);
        call(&mut pair, "second", Delivery::Once);
        call(&mut pair, "keyed", Delivery::Keyed("k".into()));
        pair.pass(MS);
        call(&mut pair, "volatile", Delivery::Volatile);
        pair.client.live_begin(pair.now, group, Holder::APP, &[], None).expect("an open group");
        pair.client.live_set(pair.now, group, model(2)).expect("an open group");
        pair.pass(3 * MS);
        let cancelled = call(&mut pair, "cancelled", Delivery::Once);
        pair.client.live_set(pair.now, group, model(3)).expect("an open group");
        pair.pass(MS);
        pair.client.cancel(pair.now, cancelled);
        pair.client.live_commit(pair.now, group, Holder::APP);
        pair.settle();
        call(&mut pair, "last", Delivery::Once);
        let model = [("closed".to_owned(), raw(1))].into();
        let brief = pair.client.live_open(pair.now, ECHO, model, Policy::default());
        let brief = brief.expect("a group");
        pair.pass(6 * MS);
        let last = [("closed".to_owned(), raw(2))].into();
        pair.client.live_set(pair.now, brief, last).expect("an open group");
        pair.client.live_close(pair.now, brief);
        pair.pass(10 * MS);
        call(&mut pair, "afterwards", Delivery::Once);
        // Then, a session that nobody learned of was found dead and is over.
        pair.pass(Duration::from_secs(220));
        expected.remove(&cancelled);
        Self { pair, expected, volatile, cancelled }
    }

    /// Nothing is lost, nothing is doubled, and nothing is pretended.
    fn check(&self, what: &str) {
        let Self { pair, expected, volatile, cancelled } = self;
        let outcomes: BTreeMap<_, _> = pair.settled.iter().cloned().collect();
        assert_eq!(outcomes.len(), pair.settled.len(), "{what}: a request settled twice");
        assert_eq!(outcomes.len(), expected.len() + volatile.len() + 1, "{what}");
        for (id, reply) in expected {
            let outcome = outcomes[id].as_ref().map(RawPayload::get);
            assert_eq!(outcome, Ok(reply.as_str()), "{what}: {id:?}");
        }
        for id in volatile {
            let outcome = &outcomes[id];
            let is_honest =
                matches!(outcome, Ok(_) | Err(RequestError::Unknown | RequestError::NotSent(_)));
            assert!(is_honest, "{what}: {outcome:?}");
        }
        assert_eq!(outcomes[cancelled], Err(RequestError::Cancelled), "{what}");
        let requests = pair.calls.iter().filter(|call| call.starts_with('"'));
        let distinct: BTreeSet<_> = requests.clone().collect();
        assert_eq!(distinct.len(), requests.count(), "{what}: a request ran twice");
        let committed = pair.calls.iter().any(|call| call == r#"{"closed":2}"#);
        assert!(committed, "{what}: what a closed group held is lost");
        let last = pair.results.iter().rfind(|result| result.contains('x')).map(String::as_str);
        assert_eq!(last, Some(r#"{"x":3}"#), "{what}: the last value is not shown");
        assert_eq!(*pair.client.state(), State::Open, "{what}");
        assert_eq!(pair.host.sessions(), 1, "{what}");
    }
}

/// How many messages a conversation without a cut has: at least so many places
/// to cut.
fn messages() -> usize {
    let talk = Talk::hold(Config::default(), &[]);
    talk.check("no cut");
    assert_eq!(talk.pair.client.stats().connects, 1);
    talk.pair.delivered()
}

#[test]
fn a_cut_anywhere_loses_and_doubles_nothing() {
    let messages = messages();
    assert!(messages > 20, "{messages} messages are no conversation");
    for at in 0..messages {
        for is_noticed in [true, false] {
            let cuts = [Cut { at, is_noticed }];
            let talk = Talk::hold(Config::default(), &cuts);
            let what = format!("{cuts:?}");
            talk.check(&what);
            let stats = talk.pair.client.stats();
            // The first welcome, if it was lost, began a session that nobody knows.
            let resumes = u64::from(at > 1);
            assert_eq!((stats.connects - resumes, stats.resumes), (1, resumes), "{what}");
        }
    }
}

/// The second cut falls into the handshake of the next connection, the replay,
/// or whatever comes then.
#[test]
fn two_cuts_anywhere_lose_and_double_nothing() {
    let messages = messages();
    for at in 0..messages {
        for second in at + 1..messages + 6 {
            for noticed in 0..4 {
                let cuts = [
                    Cut { at, is_noticed: noticed & 1 != 0 },
                    Cut { at: second, is_noticed: noticed & 2 != 0 },
                ];
                Talk::hold(Config::default(), &cuts).check(&format!("{cuts:?}"));
            }
        }
    }
}

/// A connection that never lasts longer than three messages.
#[test]
fn many_cuts_in_a_row_lose_and_double_nothing() {
    for length in 3..12 {
        for first in 0..length {
            for is_noticed in [true, false] {
                let cuts: Vec<_> =
                    (0..15).map(|n| Cut { at: first + n * length, is_noticed }).collect();
                Talk::hold(Config::default(), &cuts).check(&format!("{length}, {first}"));
            }
        }
    }
}
