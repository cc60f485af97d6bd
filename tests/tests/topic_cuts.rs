//! A short conversation of topics and streams, between the real client core and the
//! real server session, cut at every message and at every two: what is heard is what
//! was said.

use std::time::Duration;

use fader_core::{BackoffConfig, RawPayload, RequestId, SubscribeOptions, TopicUpdate};
use fader_protocol::json;
use fader_server::session::Config;
use fader_tests::pair::{COUNT, Cut, NEWS, Pair};

const MS: Duration = Duration::from_millis(1);

/// How many items the stream has.
const ITEMS: u64 = 7;

fn raw(value: impl Into<serde_json::Value>) -> RawPayload {
    json::to_raw(&value.into()).expect("JSON")
}

struct Talk {
    pair: Pair,
    stream: RequestId,
    published: Vec<RequestId>,
}

impl Talk {
    fn hold(cuts: &[Cut]) -> Self {
        let backoff =
            BackoffConfig { base: MS, cap: 2 * MS, budget: 1000, ..BackoffConfig::default() };
        let mut client = fader_core::Config { backoff, ..fader_core::Config::default() };
        client.queue.stream_items = 2;
        let mut pair = Pair::new(client, Config::default(), cuts);
        let options = SubscribeOptions { presence: true, ..SubscribeOptions::default() };
        pair.client.subscribe(pair.now, NEWS, options).expect("a subscription");
        let stream = pair.client.stream(pair.now, COUNT, raw(ITEMS));
        let mut published = Vec::new();
        for n in 0..3 {
            pair.pass(4 * MS);
            let key = (n == 1).then(|| "key".to_owned());
            let event = raw(format!("said here: {n}"));
            published.push(pair.client.publish(pair.now, NEWS, event, key, None));
            pair.pass(MS);
            let event = raw(format!("said elsewhere: {n}"));
            pair.host.topics().publish(NEWS, event).expect("a good event");
        }
        // Whoever is thought to be here, but is not, is found out.
        pair.pass(Duration::from_secs(220));
        Self { pair, stream, published }
    }

    fn check(&self, what: &str) {
        let Self { pair, stream, published } = self;
        assert_eq!(pair.settled.len(), published.len(), "{what}");
        assert!(pair.settled.iter().all(|(_, outcome)| outcome.is_ok()), "{what}");
        let items: Vec<_> = (1..=ITEMS).map(|n| (*stream, n.to_string())).collect();
        assert_eq!(pair.items, items, "{what}");
        assert_eq!(pair.ended, [(*stream, Ok(()))], "{what}");
        let (mut heard, mut members) = (None, 0);
        for (_, update) in &pair.updates {
            match update {
                TopicUpdate::Subscribed { position, recovered } => {
                    assert_eq!(*recovered, heard.is_some(), "{what}");
                    assert_eq!(*heard.get_or_insert(position.offset), position.offset, "{what}");
                }
                TopicUpdate::Event { offset, .. } => {
                    let before = heard.replace(*offset);
                    assert_eq!(before, Some(offset - 1), "{what}: lost or doubled");
                }
                TopicUpdate::Joined { .. } => members += 1,
                TopicUpdate::Left { .. } => members -= 1,
                TopicUpdate::Changed { .. } => {}
                other => unreachable!("{what}: {other:?}"),
            }
        }
        assert_eq!((heard, members), (Some(6), 1), "{what}");
    }
}

fn messages() -> usize {
    let talk = Talk::hold(&[]);
    talk.check("no cut");
    talk.pair.delivered()
}

#[test]
fn what_is_heard_is_what_was_said_wherever_it_is_cut() {
    let messages = messages();
    assert!(messages > 20, "{messages} messages are no conversation");
    for at in 0..messages {
        for is_noticed in [true, false] {
            let cuts = [Cut { at, is_noticed }];
            Talk::hold(&cuts).check(&format!("{cuts:?}"));
        }
    }
}

#[test]
fn what_is_heard_is_what_was_said_wherever_it_is_cut_twice() {
    let messages = messages();
    for at in 0..messages {
        for second in at + 1..messages + 6 {
            let cuts = [
                Cut { at, is_noticed: second % 2 == 0 },
                Cut { at: second, is_noticed: at % 2 == 0 },
            ];
            Talk::hold(&cuts).check(&format!("{cuts:?}"));
        }
    }
}
