//! Topics through the contract, between real connections.

use std::sync::Arc;
use std::time::Duration;

use fader_server::session::Config;
use fader_server::{
    HandlerError, PublishError, Server, Topic, TopicConfig, TopicContext, TopicHandler, code,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::yield_now;

use crate::client::{Client, serve, soon, until};

struct Ticks;

impl Topic for Ticks {
    const NAME: &'static str = "ticks";
    type Event = String;
    type Member = ();
}

struct Chat;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Message {
    from: String,
    text: String,
}

#[derive(Serialize, Deserialize)]
struct Person {
    name: String,
}

impl Topic for Chat {
    const NAME: &'static str = "chat";
    type Event = Message;
    type Member = Person;
}

/// Who may speak, in their own name, and who may listen.
fn chat() -> TopicHandler<Chat> {
    TopicHandler::<Chat>::new(async |context: TopicContext| {
        Ok(Person { name: format!("guest {}", context.session()) })
    })
    .publish(async |context: TopicContext, message: Message| {
        if message.text.is_empty() {
            return Err(HandlerError::new("silent", "say something"));
        }
        Ok(Message { from: context.session().into(), ..message })
    })
}

/// Subscribes and gives the epoch.
async fn subscribe(client: &mut Client, text: &str) -> String {
    client.say(text).await;
    let sent = client.hear().await;
    let start = sent.split_once(r#"{"epoch":""#).expect("a subscribed").1;
    start.split_once('"').expect("an epoch").0.into()
}

#[tokio::test]
async fn the_server_publishes_and_all_subscribers_get_it() {
    let builder = Server::builder().topic(TopicHandler::<Ticks>::public());
    let (addr, server) = serve(builder).await;
    assert_eq!(server.publish::<Ticks>(&"nobody".into()).unwrap().offset, 1);
    let mut clients = [Client::open(addr).await, Client::open(addr).await];
    let mut epochs = Vec::new();
    for client in &mut clients {
        epochs.push(subscribe(client, r#"[[40,1,"ticks",{}]]"#).await);
    }
    assert_eq!(server.subscriptions::<Ticks>(), 2);
    let position = server.publish::<Ticks>(&"all".into()).unwrap();
    assert_eq!((&position.epoch, &position.epoch, position.offset), (&epochs[0], &epochs[1], 2));
    for client in &mut clients {
        assert_eq!(client.hear().await, r#"[[43,1,2,"all"]]"#);
    }
    assert_eq!(server.subscriptions::<Chat>(), 0);
    let error = server.publish::<Chat>(&Message { from: String::new(), text: String::new() });
    assert_eq!(error, Err(PublishError::UnknownTopic("chat".into())));
}

#[tokio::test]
async fn clients_publish_what_they_are_let_to() {
    let (addr, _server) = serve(Server::builder().topic(chat())).await;
    let (mut ada, welcome) = Client::begin(addr).await;
    let mut max = Client::open(addr).await;
    let epoch = subscribe(&mut max, r#"[[40,1,"chat",{}]]"#).await;
    ada.say(r#"[[34,1,"chat",null,{"from":"Max","text":"hello"}]]"#).await;
    assert_eq!(ada.hear().await, format!(r#"[[11,1,{{"epoch":"{epoch}","offset":1}}]]"#));
    let event = format!(r#"[[43,1,1,{{"from":"{}","text":"hello"}}]]"#, welcome.session);
    assert_eq!(max.hear().await, event);
    ada.say(r#"[[34,2,"chat",null,{"from":"","text":""}],[49,"chat",{"from":"","text":""}]]"#)
        .await;
    let refused = until(&mut ada, &["[12,", "[6,"]).await;
    let refusal = r#""silent","say something",null]"#;
    let both = [format!("[12,2,{refusal}"), format!("[6,{refusal}")];
    assert!(both.iter().all(|frame| refused.contains(frame)), "{refused}");
    ada.say(r#"[[34,3,"chat",null,5]]"#).await;
    assert!(ada.hear().await.starts_with(r#"[[12,3,"bad-params","#));
    ada.say(r#"[[49,"chat",{"from":"","text":"volatile"}]]"#).await;
    assert!(max.hear().await.contains(r#""text":"volatile""#));
}

#[tokio::test]
async fn by_default_only_the_server_publishes() {
    let builder = Server::builder().topic(TopicHandler::<Ticks>::public());
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[34,1,"ticks",null,"x"]]"#).await;
    let error = client.hear().await;
    assert!(error.starts_with(&format!(r#"[[12,1,"{}","#, code::FORBIDDEN)), "{error}");
}

#[tokio::test]
async fn an_event_that_the_server_made_too_large_is_the_publishers_error() {
    let options = TopicHandler::<Ticks>::public()
        .publish(async |_, text: String| Ok(text.repeat(1024 * 1024)));
    let (addr, _server) = serve(Server::builder().topic(options)).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[34,1,"ticks",null,"x"]]"#).await;
    let error = client.hear().await;
    assert!(error.starts_with(r#"[[12,1,"too-large","the event has "#), "{error}");
}

#[tokio::test]
async fn a_clients_events_keep_their_order_however_long_each_is_looked_at() {
    let (asked, mut asks) = mpsc::unbounded_channel();
    let permits = Arc::new(Semaphore::new(0));
    let slow = Arc::clone(&permits);
    let options = TopicHandler::<Ticks>::public().publish(move |_, text: String| {
        let (asked, slow) = (asked.clone(), Arc::clone(&slow));
        async move {
            asked.send(text.clone()).unwrap();
            if text.starts_with("slow") {
                slow.acquire().await.unwrap().forget();
            }
            Ok(text)
        }
    });
    let (addr, _server) = serve(Server::builder().topic(options)).await;
    let mut client = Client::open(addr).await;
    subscribe(&mut client, r#"[[40,1,"ticks",{}]]"#).await;
    let texts = [
        r#"[34,1,"ticks",null,"slow 1"]"#,
        r#"[34,2,"ticks","key","slow 2"]"#,
        r#"[34,3,"ticks",null,"slow 3"]"#,
        r#"[49,"ticks","quick"]"#,
        "[13,3]",
        "[2,1]",
    ];
    client.say(&format!("[{}]", texts.join(","))).await;
    assert_eq!(client.hear().await, "[[3,1]]");
    assert_eq!(soon(asks.recv()).await.unwrap(), "slow 1");
    assert!(asks.try_recv().is_err(), "the second waits for the first");
    // The third was cancelled, and holds nothing up.
    permits.add_permits(2);
    let events = until(&mut client, &["quick"]).await;
    let places = [r#"[43,1,1,"slow 1"]"#, r#"[43,1,2,"slow 2"]"#, r#"[43,1,3,"quick"]"#];
    assert!(places.iter().all(|place| events.contains(place)), "{events}");
}

#[tokio::test]
async fn keys_of_topics_and_of_methods_are_different_keys() {
    let builder = crate::held::Held::new();
    let options = TopicHandler::<Ticks>::public().publish(async |_, text: String| Ok(text));
    let (addr, _server) = serve(builder.0.topic(options)).await;
    builder.1.release(9);
    let mut client = Client::open(addr).await;
    client.say(r#"[[34,1,"ticks","k","a"]]"#).await;
    let reply = client.hear().await;
    assert!(reply.ends_with(r#","offset":1}]]"#), "{reply}");
    client.say(r#"[[14,2,"echo","k","b"]]"#).await;
    assert_eq!(client.hear().await, r#"[[11,2,"b"]]"#);
    // The same event is published once, whoever sends it again.
    let mut other = Client::open(addr).await;
    other.say(r#"[[34,7,"ticks","k","a"]]"#).await;
    assert_eq!(other.hear().await, reply.replace("[11,1,", "[11,7,"));
    other.say(r#"[[34,8,"ticks","k","c"]]"#).await;
    assert!(other.hear().await.contains("key-reused"));
}

#[tokio::test]
async fn who_may_subscribe_is_asked_each_time() {
    let permits = Arc::new(Semaphore::new(1));
    let places = Arc::clone(&permits);
    let options = TopicHandler::<Ticks>::new(move |_| {
        let admitted = places.try_acquire().map(tokio::sync::SemaphorePermit::forget).is_ok();
        async move {
            if admitted { Ok(()) } else { Err(HandlerError::new(code::FORBIDDEN, "once only")) }
        }
    });
    let (addr, server) = serve(Server::builder().topic(options)).await;
    let (mut client, welcome) = Client::begin(addr).await;
    let epoch = subscribe(&mut client, r#"[[40,1,"ticks",{}]]"#).await;
    drop(client);
    server.publish::<Ticks>(&"secret".into()).unwrap();
    let (mut client, welcome, _) = Client::greet(addr, &welcome.hello(0)).await;
    assert!(welcome.resumed);
    client.say(&format!(r#"[[40,2,"ticks",{{"since":{{"epoch":"{epoch}","offset":0}}}}]]"#)).await;
    assert_eq!(client.hear().await, r#"[[45,2,"forbidden","once only",null]]"#);
    assert_eq!(server.subscriptions::<Ticks>(), 0);
}

#[tokio::test]
async fn whoever_decides_may_break_down() {
    let options = TopicHandler::<Ticks>::new(async |_| panic!("a secret"))
        .publish(|_, _| -> std::future::Ready<_> { panic!("a secret, before there is a future") });
    let (addr, _server) = serve(Server::builder().topic(options)).await;
    let mut client = Client::open(addr).await;
    let broke = r#""internal","the handler broke down",null]]"#;
    client.say(r#"[[40,1,"ticks",{}]]"#).await;
    assert_eq!(client.hear().await, format!("[[45,1,{broke}"));
    client.say(r#"[[34,1,"ticks",null,"x"]]"#).await;
    assert_eq!(client.hear().await, format!("[[12,1,{broke}"));
}

#[tokio::test]
async fn people_come_and_leave() {
    let config = Config { stay: Duration::from_millis(50), ..Config::default() };
    let (addr, _server) = serve(Server::builder().topic(chat()).config(config)).await;
    let (mut ada, her) = Client::begin(addr).await;
    ada.say(r#"[[40,1,"chat",{"presence":true}]]"#).await;
    let joined = |id: &str| format!(r#"[47,1,"{id}",{{"name":"guest {id}"}}]"#);
    let here = until(&mut ada, &["[46,"]).await;
    assert!(here.ends_with(&format!("[46,1,1],{}]", joined(&her.session))), "{here}");

    let (mut max, his) = Client::begin(addr).await;
    subscribe(&mut max, r#"[[40,1,"chat",{}]]"#).await;
    assert_eq!(ada.hear().await, format!("[{}]", joined(&his.session)));
    // He loses his connection, and does not come back in time.
    drop(max);
    assert_eq!(ada.hear().await, format!(r#"[[48,1,"{}"]]"#, his.session));
}

#[tokio::test]
async fn a_client_that_does_not_read_misses_events_and_is_told() {
    const EVENTS: u64 = 20_000;
    let config = TopicConfig { events: 100, ..TopicConfig::default() };
    let builder = Server::builder().topic(TopicHandler::<Ticks>::public().keep(config));
    let (addr, server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    subscribe(&mut client, r#"[[40,1,"ticks",{}]]"#).await;
    // Far more than the sockets take, or may wait for a client.
    let event = "x".repeat(1000);
    for _ in 0..EVENTS {
        server.publish::<Ticks>(&event).unwrap();
        yield_now().await;
    }
    let (mut offset, mut gaps) = (0, 0);
    while offset < EVENTS {
        let frames: Vec<Vec<serde_json::Value>> =
            serde_json::from_str(&client.hear().await).unwrap();
        for frame in frames {
            let to = frame[2].as_u64().unwrap();
            match frame[0].as_u64() {
                Some(43) => assert_eq!(to, offset + 1),
                Some(44) => {
                    assert!(to > offset && frame[3] == "too-slow");
                    gaps += 1;
                }
                _ => panic!("not an event: {frame:?}"),
            }
            offset = to;
        }
    }
    assert!(gaps > 0);
    assert_eq!(offset, EVENTS);
}
