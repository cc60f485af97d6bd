use std::time::Duration;

use fader_server::{Drain, MethodContext, Server};
use tokio::sync::mpsc;

use crate::client::{Client, handshake, serve, soon};
use crate::handlers::Echo;

const AFTER: Duration = Duration::from_millis(500);
const SPREAD: Duration = Duration::from_millis(600);
const GOODBYE: &str = r#"[5,500,600,"the server goes away"]"#;

#[tokio::test]
async fn clients_are_told_when_to_come_back() {
    let (addr, server) = serve(Server::builder()).await;
    let mut clients = [Client::open(addr).await, Client::open(addr).await];
    let draining =
        tokio::spawn(async move { server.drain(Drain { after: AFTER, spread: SPREAD }).await });
    for client in &mut clients {
        assert_eq!(client.hear().await, format!("[{GOODBYE}]"));
        assert_eq!(client.closed().await, (1012, "the server goes away".into()));
    }
    drop(clients);
    soon(draining).await.unwrap();
}

#[tokio::test]
async fn a_time_that_no_client_could_count_is_cut_to_the_longest_that_it_can() {
    let (addr, server) = serve(Server::builder()).await;
    let mut client = Client::open(addr).await;
    let draining = tokio::spawn(async move {
        server.drain(Drain { after: Duration::MAX, spread: Duration::MAX }).await;
    });
    let most = "9007199254740991";
    let goodbye = format!(r#"[[5,{most},{most},"the server goes away"]]"#);
    assert_eq!(client.hear().await, goodbye);
    drop(client);
    soon(draining).await.unwrap();
}

#[tokio::test]
async fn a_request_at_work_is_answered_first() {
    let (permits, permit) = mpsc::unbounded_channel::<()>();
    let permit = std::sync::Arc::new(tokio::sync::Mutex::new(permit));
    let builder = Server::builder().method::<Echo>(move |_: MethodContext, text| {
        let permit = permit.clone();
        async move {
            permit.lock().await.recv().await;
            Ok(text)
        }
    });
    let (addr, server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    // The pong shows that the request before it was taken in.
    client.say(r#"[[10,1,"echo","done"],[2,1]]"#).await;
    assert_eq!(client.hear().await, "[[3,1]]");
    let draining =
        tokio::spawn(async move { server.drain(Drain { after: AFTER, spread: SPREAD }).await });
    assert_eq!(client.hear().await, format!("[{GOODBYE}]"));
    permits.send(()).unwrap();
    assert_eq!(client.hear().await, r#"[[11,1,"done"]]"#);
    assert_eq!(client.closed().await.0, 1012);
    soon(draining).await.unwrap();
}

#[tokio::test]
async fn who_connects_to_a_drained_server_is_sent_off() {
    let (addr, server) = serve(Server::builder()).await;
    soon(server.drain(Drain { after: AFTER, spread: SPREAD })).await;
    let (mut client, _) = Client::with(handshake(addr)).await.unwrap();
    assert_eq!(client.hear().await, format!("[{GOODBYE}]"));
    assert_eq!(client.closed().await.0, 1012);
}

#[tokio::test]
async fn a_client_that_does_not_answer_the_close_frame_holds_nothing_up() {
    let (addr, server) = serve(Server::builder()).await;
    let _silent = Client::open(addr).await;
    soon(server.drain(Drain { after: AFTER, spread: SPREAD })).await;
}
