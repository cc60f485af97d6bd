use fader_server::Drain;
use std::time::Duration;

use crate::client::{Client, serve, soon};
use crate::held::Held;

const ORDER: &str = r#"[[14,1,"echo","key 1","a"],[2,1]]"#;
const REPLY: &str = r#"[[11,1,"a"]]"#;

/// Sends a message that ends with a ping, and waits until it was taken in.
async fn say(client: &mut Client, text: &str) {
    client.say(text).await;
    assert_eq!(client.hear().await, "[[3,1]]");
}

#[tokio::test]
async fn a_request_with_a_key_runs_once_for_all_who_send_it() {
    let (builder, mut held) = Held::new();
    let (addr, _server) = serve(builder).await;
    let mut clients = [Client::open(addr).await, Client::open(addr).await];
    for client in &mut clients {
        say(client, ORDER).await;
    }
    assert_eq!(held.started().await, "a");
    held.release(9);
    for client in &mut clients {
        assert_eq!(client.hear().await, REPLY);
    }
    let mut late = Client::open(addr).await;
    late.say(r#"[[14,1,"echo","key 1","a"]]"#).await;
    assert_eq!(late.hear().await, REPLY);
    assert!(!held.has_started());
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let (builder, held) = Held::new();
    let (addr, _server) = serve(builder).await;
    held.release(9);
    let mut client = Client::open(addr).await;
    client.say(r#"[[14,1,"echo","key 1","a"]]"#).await;
    assert_eq!(client.hear().await, REPLY);
    client.say(r#"[[14,2,"echo","key 1","b"]]"#).await;
    assert!(client.hear().await.starts_with(r#"[[12,2,"key-reused","#));
    client.say(r#"[[14,3,"echo","key 2","b"]]"#).await;
    assert_eq!(client.hear().await, r#"[[11,3,"b"]]"#);
}

#[tokio::test]
async fn its_work_does_not_end_with_the_session() {
    let (builder, mut held) = Held::new();
    let (addr, server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    say(&mut client, ORDER).await;
    held.started().await;
    client.close(1000).await;
    let mut client = Client::open(addr).await;
    say(&mut client, ORDER).await;
    held.release(1);
    assert_eq!(client.hear().await, REPLY);
    assert!(!held.has_started());
    drop(client);
    soon(server.drain(Drain { after: Duration::ZERO, spread: Duration::ZERO })).await;
}

#[tokio::test]
async fn it_is_stopped_when_all_who_sent_it_gave_up() {
    let (builder, mut held) = Held::new();
    let (addr, _server) = serve(builder).await;
    let mut gone = Client::open(addr).await;
    say(&mut gone, ORDER).await;
    held.started().await;
    let mut clients = [Client::open(addr).await, Client::open(addr).await];
    for client in &mut clients {
        say(client, ORDER).await;
    }
    // Its session is over, but it has not given up.
    gone.close(1000).await;
    say(&mut clients[0], "[[13,1],[2,1]]").await;
    // Nobody answers to who gave up, and the other one still waits.
    say(&mut clients[1], "[[2,1]]").await;
    say(&mut clients[1], "[[13,1],[2,1]]").await;
    held.ended().await;

    let mut late = Client::open(addr).await;
    late.say(r#"[[14,1,"echo","key 1","a"]]"#).await;
    assert!(late.hear().await.starts_with(r#"[[12,1,"cancelled","#));
    assert!(!held.has_started());
}
