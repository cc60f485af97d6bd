//! Streams through the contract, over real connections.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fader_server::{ItemSender, MethodContext, Server, ServerBuilder, StreamMethod, StreamOver};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::yield_now;

use crate::client::{Client, serve, soon, until};

/// Numbers up to one that is given, each once; the last is a failure if it is 13.
struct Count;

#[derive(Debug, Serialize, Deserialize)]
struct Unlucky;

impl fmt::Display for Unlucky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no further than 12")
    }
}

impl StreamMethod for Count {
    const NAME: &'static str = "count";
    type Params = u64;
    type Item = u64;
    type Error = Unlucky;
}

/// Items of so many bytes, without an end.
struct Flood;

impl StreamMethod for Flood {
    const NAME: &'static str = "flood";
    type Params = usize;
    type Item = String;
    type Error = Unlucky;
}

/// How many items the handlers got rid of, and how each found out that nobody listens.
struct Seen {
    items: Arc<AtomicU64>,
    over: mpsc::UnboundedReceiver<StreamOver>,
}

fn server() -> (ServerBuilder, Seen) {
    let (told, over) = mpsc::unbounded_channel();
    let items = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&items);
    let builder = Server::builder()
        .stream::<Count>(async |_, to: u64, items: ItemSender<u64>| {
            for number in 1..=to {
                if number == 13 {
                    return Err(Unlucky);
                }
                // Whether or not anybody listens.
                let _ = items.send(number).await;
            }
            Ok(())
        })
        .stream::<Flood>(move |_: MethodContext, bytes: usize, items: ItemSender<String>| {
            let (told, counter) = (told.clone(), Arc::clone(&counter));
            async move {
                // The future is dropped when nobody listens; this goes on.
                let flood = tokio::spawn(async move {
                    loop {
                        if let Err(over) = items.send("x".repeat(bytes)).await {
                            return told.send(over).unwrap();
                        }
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                });
                let _ = flood.await;
                Ok(())
            }
        });
    (builder, Seen { items, over })
}

#[tokio::test]
async fn items_come_through_the_contract() {
    let (addr, _server) = serve(server().0).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[30,1,"count",9,3]]"#).await;
    assert_eq!(until(&mut client, &["[33,"]).await, "[[32,1,1],[32,1,2],[32,1,3],[33,1]]");
    client.say(r#"[[30,2,"count",99,13]]"#).await;
    let sent = until(&mut client, &["[12,"]).await;
    assert!(sent.ends_with(r#",[32,2,12],[12,2,"failed","no further than 12",null]]"#), "{sent}");
    client.say(r#"[[30,3,"count",1,"x"]]"#).await;
    assert!(client.hear().await.starts_with(r#"[[12,3,"bad-params","#));
    client.say(r#"[[30,4,"count",0,0]]"#).await;
    assert_eq!(client.hear().await, "[[33,4]]");
}

#[tokio::test]
async fn the_handler_waits_for_credit() {
    let (builder, seen) = server();
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[30,1,"flood",2,0]]"#).await;
    assert_eq!(until(&mut client, &["[32,1,\"\"],[32,1,\"\"]"]).await, r#"[[32,1,""],[32,1,""]]"#);
    client.say("[[31,1,3],[2,1]]").await;
    until(&mut client, &["[3,1]"]).await;
    while seen.items.load(Ordering::Relaxed) < 5 {
        yield_now().await;
    }
    client.say("[[2,2]]").await;
    until(&mut client, &["[3,2]"]).await;
    assert_eq!(seen.items.load(Ordering::Relaxed), 5);
}

#[tokio::test]
async fn whoever_stops_listening_stops_the_handler() {
    for how in ["cancel", "close"] {
        let (builder, mut seen) = server();
        let (addr, _server) = serve(builder).await;
        let mut client = Client::open(addr).await;
        client.say(r#"[[30,1,"flood",1,0]]"#).await;
        client.hear().await;
        match how {
            "cancel" => client.say("[[13,1]]").await,
            _ => client.close(1000).await,
        }
        assert_eq!(soon(seen.over.recv()).await, Some(StreamOver), "{how}");
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_the_handler_up() {
    let (builder, seen) = server();
    let (addr, _server) = serve(builder).await;
    let (mut client, welcome) = Client::begin(addr).await;
    client.say(r#"[[30,1,"flood",9007199254740991,1000]]"#).await;
    // Half of what the link keeps, and the feed.
    let mut count = 0;
    let mut text = String::new();
    while !text.contains("[2,0]") {
        text = client.hear().await;
        count += text.matches("[32,1,").count();
    }
    assert!((100..131).contains(&count), "{count}");
    let mut before = u64::MAX;
    while before != seen.items.load(Ordering::Relaxed) {
        before = seen.items.load(Ordering::Relaxed);
        client.say("[[2,1]]").await;
        client.hear().await;
    }
    assert!(before < 160, "{before}");
    // It goes on over another connection, from where the client is.
    drop(client);
    let (mut client, welcome, again) = Client::greet(addr, &welcome.hello(100)).await;
    assert!(welcome.resumed);
    // What it lacks, and what there is room for now.
    assert!(again.len() > count - 100, "{}", again.len());
    client.say(&format!("[[4,{}]]", 100 + again.len())).await;
    assert!(client.hear().await.starts_with("[[32,1,"));
}

#[tokio::test]
async fn an_item_that_cannot_be_sent_ends_the_stream() {
    let (builder, mut seen) = server();
    let (addr, _server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[30,1,"flood",9,1048576]]"#).await;
    let error = client.hear().await;
    assert!(error.starts_with(r#"[[12,1,"too-large","the item has "#), "{error}");
    assert_eq!(soon(seen.over.recv()).await, Some(StreamOver));
}
