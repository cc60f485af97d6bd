//! A subscription, events and a stream over real sockets, cut at every byte in either direction.

use std::net::SocketAddr;

use fader_core::{Event, Position, RawPayload, SubscribeOptions, TopicUpdate};
use fader_protocol::{NoError, StreamMethod, Topic, json};
use fader_server::{ItemSender, Server, ServerBuilder, TopicHandler};
use fader_tests::native::Native;
use fader_tests::proxy::Stats;
use futures_util::future::join_all;

use crate::cuts::{Fate, eager};
use crate::server::TestServer;

/// One of several topics, each with one conversation at a time, so that the bytes of all are alike.
struct News<const NUMBER: usize>;

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

impl<const NUMBER: usize> Topic for News<NUMBER> {
    const NAME: &'static str = NAMES[NUMBER];
    type Event = String;
    type Member = ();
}

/// Counts to three.
struct Three;

impl StreamMethod for Three {
    const NAME: &'static str = "three";
    type Params = ();
    type Item = u64;
    type Error = NoError;
}

fn server() -> ServerBuilder {
    fn open<const NUMBER: usize>() -> TopicHandler<News<NUMBER>> {
        TopicHandler::public().publish(async |_, text| Ok(text))
    }
    Server::builder()
        .allow_missing_origin(true)
        .stream::<Three>(async |_, (), items: ItemSender<u64>| {
            for number in 1..=3 {
                if items.send(number).await.is_err() {
                    break;
                }
            }
            Ok(())
        })
        .topic(open::<0>())
        .topic(open::<1>())
        .topic(open::<2>())
        .topic(open::<3>())
        .topic(open::<4>())
        .topic(open::<5>())
        .topic(open::<6>())
        .topic(open::<7>())
}

/// What was heard.
#[derive(Default)]
struct Heard {
    position: Option<Position>,
    said: Vec<String>,
    items: Vec<u64>,
    is_over: bool,
    settled: usize,
}

impl Heard {
    /// Nothing twice, nothing left out, nothing failed.
    fn hear(&mut self, event: &Event<RawPayload>, what: &str) {
        match event {
            Event::Topic { update: TopicUpdate::Subscribed { position, recovered }, .. } => {
                let before = self.position.replace(position.clone());
                assert!(before.is_none_or(|before| *recovered && before == *position), "{what}");
            }
            Event::Topic { update: TopicUpdate::Event { offset, payload }, .. } => {
                let position = self.position.as_mut().expect("subscribed");
                assert_eq!(*offset, position.offset + 1, "{what}");
                position.offset = *offset;
                self.said.push(json::from_raw(payload).expect("a text"));
            }
            Event::Topic { update, .. } => unreachable!("{what}: {update:?}"),
            Event::Item { payload, .. } => {
                self.items.push(json::from_raw(payload).expect("a number"));
            }
            Event::StreamEnded { outcome, .. } => {
                assert_eq!(*outcome, Ok(()), "{what}");
                self.is_over = true;
            }
            Event::Settled { outcome, .. } => {
                assert!(outcome.is_ok(), "{what}: {outcome:?}");
                self.settled += 1;
            }
            _ => {}
        }
    }
}

/// Subscribes, says two things, hears them, and takes a stream.
async fn listen(server: SocketAddr, topic: &str, fate: Fate) -> Stats {
    let what = format!("{fate:?}");
    let proxy = fate.begin(server, 1).await;
    let mut client = Native::connect(format!("ws://{}/fader", proxy.address()), eager());
    let mut heard = Heard::default();
    let now = client.now();
    client.core.subscribe(now, topic, SubscribeOptions::default()).expect("a subscription");
    let mut until = async |client: &mut Native, holds: &dyn Fn(&Heard) -> bool| {
        let search = |client: &mut Native| {
            fate.spare(&proxy);
            for event in client.events.drain(..) {
                heard.hear(&event, &what);
            }
            holds(&heard).then_some(())
        };
        client.until(&what, search).await;
    };
    until(&mut client, &|heard| heard.position.is_some()).await;
    for (text, key) in [("one", None), ("two", Some("key".to_owned()))] {
        // A key of its own for each conversation.
        let key = key.map(|key| format!("{key} {topic} {what}"));
        let event = json::to_raw(text).expect("a text");
        client.core.publish(client.now(), topic, event, key, None);
    }
    until(&mut client, &|heard| heard.said.len() == 2 && heard.settled == 2).await;
    client.core.stream(client.now(), Three::NAME, json::to_raw(&()).expect("nothing"));
    until(&mut client, &|heard| heard.is_over).await;
    assert_eq!(heard.said, ["one", "two"], "{what}");
    assert_eq!(heard.items, [1, 2, 3], "{what}");
    proxy.stats()
}

#[tokio::test]
async fn a_cut_at_any_byte_leaves_out_nothing_of_a_topic_or_a_stream() {
    let server = TestServer::start(server()).await;
    let stats = listen(server.addr, NAMES[0], Fate::default()).await;
    assert!(stats.up > 300 && stats.down > 400, "{stats:?} is no conversation");
    let cuts: Vec<_> = Fate::cuts(stats).collect();
    let lanes = NAMES.iter().enumerate().map(async |(lane, topic)| {
        for fate in cuts.iter().skip(lane).step_by(NAMES.len()) {
            listen(server.addr, topic, *fate).await;
        }
    });
    join_all(lanes).await;
}
