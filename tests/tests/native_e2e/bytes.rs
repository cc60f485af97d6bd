//! Payloads of bytes, between handlers whose contract names them and the core.

use fader_core::{
    Config, Delivery, Event, NotSent, Patch, Policy, RawPayload, RequestError, RequestId, State,
    SubscribeOptions, TopicUpdate,
};
use fader_protocol::{Payload, code, json};
use fader_server::{
    Bytes, LiveGroup, Method, NoError, Server, ServerBuilder, StreamMethod, Topic, TopicHandler,
};
use fader_tests::native::Native;
use serde::{Deserialize, Serialize};

use crate::server::TestServer;

/// Turns bytes around.
struct Reverse;

impl Method for Reverse {
    const NAME: &'static str = "reverse";
    type Params = Bytes;
    type Reply = Bytes;
    type Error = NoError;
}

/// Adds numbers.
struct Sum;

impl Method for Sum {
    const NAME: &'static str = "sum";
    type Params = Vec<u64>;
    type Reply = u64;
    type Error = NoError;
}

/// So many items, each one byte longer than the one before.
struct Stairs;

impl StreamMethod for Stairs {
    const NAME: &'static str = "stairs";
    type Params = u8;
    type Item = Bytes;
    type Error = NoError;
}

struct Files;

impl Topic for Files {
    const NAME: &'static str = "files";
    type Event = Bytes;
    type Member = ();
}

/// A model whose result is a picture.
struct Picture;

#[derive(Clone, Serialize, Deserialize)]
struct Size {
    pixels: usize,
}

impl LiveGroup for Picture {
    const NAME: &'static str = "picture";
    type Model = Size;
    type Result = Bytes;
}

fn server() -> ServerBuilder {
    Server::builder()
        .allow_missing_origin(true)
        .method::<Reverse>(async |_, Bytes(mut bytes)| {
            bytes.reverse();
            Ok(Bytes(bytes))
        })
        .method::<Sum>(async |_, numbers: Vec<u64>| Ok(numbers.iter().sum()))
        .stream::<Stairs>(async |_, to, items| {
            for step in 1..=to {
                if items.send(Bytes(vec![step; step.into()])).await.is_err() {
                    break;
                }
            }
            Ok(())
        })
        .topic(TopicHandler::<Files>::public().publish(async |_, file| Ok(file)))
        .live::<Picture>(async |_, size: Size| Ok(Bytes(vec![7; size.pixels])))
}

fn bytes(bytes: impl Into<Vec<u8>>) -> RawPayload {
    Bytes(bytes.into()).into()
}

fn json(value: impl Serialize) -> RawPayload {
    json::to_raw(&value).expect("JSON")
}

fn call(client: &mut Native, method: &str, params: RawPayload) -> RequestId {
    client.core.request(client.now(), method, params, Delivery::Once, None)
}

async fn outcome(
    client: &mut Native,
    id: RequestId,
) -> Result<RawPayload, RequestError<RawPayload>> {
    client
        .until("an outcome", |client| {
            client.events.iter().find_map(|event| match event {
                Event::Settled { id: settled, outcome } if *settled == id => Some(outcome.clone()),
                _ => None,
            })
        })
        .await
}

async fn rejection(client: &mut Native, id: RequestId) -> (String, String) {
    match outcome(client, id).await {
        Err(RequestError::Rejected(rejection)) => (rejection.code, rejection.message),
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn bytes_and_json_go_there_and_back_side_by_side_across_cuts() {
    let server = TestServer::start(server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    for round in 0..4_u8 {
        let ids: Vec<_> = (0..60)
            .map(|n| match n % 3 {
                0 => call(&mut client, Sum::NAME, json([1, n])),
                _ => call(&mut client, Reverse::NAME, bytes([0, 255, round, n as u8])),
            })
            .collect();
        if round > 0 {
            client.cut().await;
        }
        for (n, id) in ids.into_iter().enumerate() {
            let reply = outcome(&mut client, id).await.unwrap();
            match n % 3 {
                0 => assert_eq!(reply, json(1 + n)),
                _ => assert_eq!(reply, bytes([n as u8, round, 255, 0])),
            }
        }
    }
    assert_eq!(client.core.stats().resumes, 3);
    let id = call(&mut client, Reverse::NAME, bytes([]));
    assert_eq!(outcome(&mut client, id).await, Ok(bytes([])));
}

#[tokio::test]
async fn the_wrong_kind_is_a_rejection_and_harms_nobody_else() {
    let server = TestServer::start(server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let to_json = call(&mut client, Sum::NAME, bytes([1]));
    let to_bytes = call(&mut client, Reverse::NAME, json([1]));
    let now = client.now();
    let event = client.core.publish(now, Files::NAME, json("text"), None, None);
    let good = call(&mut client, Reverse::NAME, bytes([1, 2]));
    let bad = |why: &str| (code::BAD_PARAMS.to_owned(), why.to_owned());
    let expected = bad("JSON was expected, and bytes came");
    assert_eq!(rejection(&mut client, to_json).await, expected);
    let expected = bad("bytes were expected, and JSON came");
    for id in [to_bytes, event] {
        let (code, message) = rejection(&mut client, id).await;
        assert!(message.starts_with(&expected.1), "{message}");
        assert_eq!(code, expected.0);
    }
    assert_eq!(outcome(&mut client, good).await, Ok(bytes([2, 1])));
    assert_eq!(*client.core.state(), State::Open);
}

#[tokio::test]
async fn the_limit_of_the_server_holds_for_bytes() {
    let server = TestServer::start(server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    client.until("open", |client| (*client.core.state() == State::Open).then_some(())).await;
    let large = call(&mut client, Reverse::NAME, bytes(vec![0; 65_536]));
    let Err(RequestError::NotSent(NotSent::TooLarge { size, limit })) =
        outcome(&mut client, large).await
    else {
        unreachable!("sent")
    };
    let room = limit - (size - 65_536);
    let largest = call(&mut client, Reverse::NAME, bytes(vec![9; room]));
    assert_eq!(outcome(&mut client, largest).await, Ok(bytes(vec![9; room])));
    assert_eq!(client.core.stats().connects, 1);
}

async fn until_told(client: &mut Native, wanted: impl Fn(&TopicUpdate<RawPayload>) -> bool) {
    let is_it =
        |event: &Event<RawPayload>| matches!(event, Event::Topic { update, .. } if wanted(update));
    client.until("told", |client| client.events.iter().any(is_it).then_some(())).await;
}

#[tokio::test]
async fn items_and_events_are_bytes() {
    let server = TestServer::start(server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let stream = client.core.stream(client.now(), Stairs::NAME, json(100));
    for step in 1..=100_u8 {
        let item = client
            .until("an item", |client| {
                let index = client.events.iter().position(|e| matches!(e, Event::Item { .. }))?;
                Some(client.events.remove(index))
            })
            .await;
        assert_eq!(item, Event::Item { stream, payload: bytes(vec![step; step.into()]) });
        client.core.stream_consumed(client.now(), stream, 1);
        if step == 50 {
            client.cut().await;
        }
    }

    let published = server.server.publish::<Files>(&Bytes(vec![1])).expect("published");
    let options = SubscribeOptions { last: true, ..SubscribeOptions::default() };
    client.core.subscribe(client.now(), Files::NAME, options).expect("a subscription");
    until_told(&mut client, |update| matches!(update, TopicUpdate::Subscribed { .. })).await;
    let upload = client.core.publish(client.now(), Files::NAME, bytes([2; 300]), None, None);
    outcome(&mut client, upload).await.expect("published");
    for (offset, payload) in [(published.offset, bytes([1])), (2, bytes([2; 300]))] {
        let expected = TopicUpdate::Event { offset, payload };
        until_told(&mut client, |update| *update == expected).await;
    }
}

#[tokio::test]
async fn a_live_result_may_be_bytes() {
    let server = TestServer::start(server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let model = Patch::from([("pixels".into(), json(1000))]);
    let (now, policy) = (client.now(), Policy::default());
    client.core.live_open(now, Picture::NAME, model, policy).expect("a group");
    let result = client
        .until("a result", |client| {
            client.events.iter().find_map(|event| match event {
                Event::LiveResult { outcome, .. } => Some(outcome.clone()),
                _ => None,
            })
        })
        .await;
    let result = result.expect("a picture");
    assert!(result.is_bytes());
    assert_eq!(json::from_payload::<Bytes>(result).expect("bytes"), Bytes(vec![7; 1000]));
}
