//! Topics: clients of the core that talk to each other through the server.

use std::sync::atomic::Ordering;

use fader_core::{
    Config, Event, Gap, GapReason, Position, RawPayload, RequestError, RequestId, State,
    SubscribeOptions, SubscriptionId, TopicUpdate,
};
use fader_protocol::{Topic, json};
use fader_tests::native::Native;

use crate::contract::{Chat, Probe};
use crate::server::TestServer;

type Update = TopicUpdate<RawPayload>;

fn subscribe(client: &mut Native, options: SubscribeOptions) -> SubscriptionId {
    let now = client.now();
    client.core.subscribe(now, Chat::NAME, options).expect("a subscription")
}

async fn listen(server: &TestServer, presence: bool) -> (Native, SubscriptionId) {
    let mut client = Native::connect(server.url(), Config::default());
    let options = SubscribeOptions { presence, ..SubscribeOptions::default() };
    let chat = subscribe(&mut client, options);
    let TopicUpdate::Subscribed { recovered: false, .. } = next(&mut client).await else {
        unreachable!("not subscribed")
    };
    (client, chat)
}

fn publish(client: &mut Native, text: &str) -> RequestId {
    let text = json::to_raw(text).expect("a text");
    client.core.publish(client.now(), Chat::NAME, text, None, None)
}

/// The next that the app is told of its topics.
async fn next(client: &mut Native) -> Update {
    let event = client
        .until("something of a topic", |client| {
            let index = client.events.iter().position(|e| matches!(e, Event::Topic { .. }))?;
            Some(client.events.remove(index))
        })
        .await;
    let Event::Topic { update, .. } = event else { unreachable!() };
    update
}

fn said(offset: u64, text: &str) -> Update {
    TopicUpdate::Event { offset, payload: json::to_raw(text).expect("a text") }
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

async fn back(client: &mut Native) {
    client.until("back", |client| (*client.core.state() == State::Open).then_some(())).await;
}

/// The server says something itself.
fn say(server: &TestServer, text: &str) -> u64 {
    server.server.publish::<Chat>(&text.into()).expect("published").offset
}

#[tokio::test]
async fn what_one_says_all_hear_and_it_is_told_where() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (mut ada, _) = listen(&server, false).await;
    let (mut max, _) = listen(&server, false).await;
    let sent = [publish(&mut ada, "one"), publish(&mut ada, "two")];
    for (offset, id) in (1..).zip(sent) {
        let position = outcome(&mut ada, id).await.unwrap();
        assert_eq!(json::from_raw::<Position>(&position).unwrap().offset, offset);
    }
    let now = ada.now();
    ada.core.publish_volatile(now, Chat::NAME, json::to_raw("now").unwrap()).unwrap();
    for client in [&mut ada, &mut max] {
        for (offset, text) in (1..).zip(["one", "two", "now"]) {
            assert_eq!(next(client).await, said(offset, text));
        }
    }
    let refused = publish(&mut ada, "");
    let Err(RequestError::Rejected(rejection)) = outcome(&mut ada, refused).await else {
        panic!("not refused")
    };
    assert_eq!(rejection.code, "empty");
}

#[tokio::test]
async fn a_cut_loses_nothing() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (mut client, _) = listen(&server, false).await;
    let mut offset = 0;
    for _ in 0..5 {
        offset = say(&server, "before");
        assert_eq!(next(&mut client).await, said(offset, "before"));
        client.cut().await;
        for _ in 0..15 {
            say(&server, "while away");
        }
        let TopicUpdate::Subscribed { recovered, position } = next(&mut client).await else {
            panic!("not subscribed again")
        };
        assert!(recovered && position.offset == offset);
        for _ in 0..15 {
            offset += 1;
            assert_eq!(next(&mut client).await, said(offset, "while away"));
        }
    }
    assert_eq!(offset, 80);
}

#[tokio::test]
async fn what_is_no_longer_kept_is_a_gap() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (mut client, _) = listen(&server, false).await;
    client.cut().await;
    // The server keeps 20.
    for _ in 0..50 {
        say(&server, "hello");
    }
    let TopicUpdate::Subscribed { recovered: false, .. } = next(&mut client).await else {
        panic!("recovered")
    };
    let gap = Gap { from: 1, to: 30, reason: GapReason::NotKept };
    assert_eq!(next(&mut client).await, TopicUpdate::Gap(gap));
    for offset in 31..=50 {
        assert_eq!(next(&mut client).await, said(offset, "hello"));
    }
}

#[tokio::test]
async fn a_restarted_server_has_begun_another_epoch() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (mut client, _) = listen(&server, false).await;
    say(&server, "before");
    assert_eq!(next(&mut client).await, said(1, "before"));
    let addr = server.addr;
    drop(server);
    let server = TestServer::start_at(addr, probe.server()).await;
    say(&server, "after");
    let TopicUpdate::Subscribed { recovered: false, .. } = next(&mut client).await else {
        panic!("recovered")
    };
    let gap = Gap { from: 1, to: 0, reason: GapReason::NewEpoch };
    assert_eq!(next(&mut client).await, TopicUpdate::Gap(gap));
    assert_eq!(next(&mut client).await, said(1, "after"));
}

#[tokio::test]
async fn a_latecomer_gets_the_last_event() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    say(&server, "old");
    say(&server, "last");
    let mut client = Native::connect(server.url(), Config::default());
    subscribe(&mut client, SubscribeOptions { last: true, ..SubscribeOptions::default() });
    next(&mut client).await;
    assert_eq!(next(&mut client).await, said(2, "last"));
}

#[tokio::test]
async fn whoever_comes_back_is_asked_again_whether_they_may() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (mut client, _) = listen(&server, false).await;
    client.cut().await;
    say(&server, "secret");
    probe.is_private.store(true, Ordering::SeqCst);
    let TopicUpdate::Ended { rejection } = next(&mut client).await else { panic!("not ended") };
    assert_eq!(rejection.code, "forbidden");
    client.cut().await;
    back(&mut client).await;
    assert_eq!(client.core.stats().subscriptions, 0);
}

#[tokio::test]
async fn leaving_ends_it_at_the_server() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (mut client, chat) = listen(&server, false).await;
    assert_eq!(server.server.subscriptions::<Chat>(), 1);
    client.core.unsubscribe(client.now(), chat);
    let answer = publish(&mut client, "after");
    outcome(&mut client, answer).await.unwrap();
    assert_eq!(server.server.subscriptions::<Chat>(), 0);
}

#[tokio::test]
async fn people_come_and_go_but_a_short_cut_is_not_seen() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (mut ada, chat) = listen(&server, true).await;
    let TopicUpdate::Joined { info, .. } = next(&mut ada).await else { panic!("not here") };
    assert_eq!(info.get(), "\"Ada\"");

    let (mut max, _) = listen(&server, false).await;
    let TopicUpdate::Joined { member, .. } = next(&mut ada).await else { panic!("nobody came") };
    max.cut().await;
    let TopicUpdate::Subscribed { .. } = next(&mut max).await else { panic!("not back") };
    max.cut().await;
    back(&mut max).await;
    publish(&mut max, "still here");
    ada.meanwhile(
        "Max speaks",
        max.until("sent", |max| {
            max.events.iter().any(|e| matches!(e, Event::Settled { .. })).then_some(())
        }),
    )
    .await;
    assert_eq!(next(&mut ada).await, said(1, "still here"));
    assert_eq!(ada.core.members(chat).count(), 2);

    let now = max.now();
    max.core.handle(now, fader_core::Input::Close);
    ada.meanwhile("Max closes", max.pass(std::time::Duration::from_millis(1))).await;
    assert_eq!(next(&mut ada).await, TopicUpdate::Left { member });
}
