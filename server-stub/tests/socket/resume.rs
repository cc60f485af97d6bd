use std::time::Duration;

use fader_server::Drain;
use fader_server::session::{Config, SessionsConfig};

use crate::client::{Client, Welcome, serve, soon, when};
use crate::held::Held;

#[tokio::test]
async fn a_reply_reaches_the_client_over_its_next_connection() {
    let (builder, mut held) = Held::new();
    let (addr, _server) = serve(builder).await;
    let (mut client, first) = Client::begin(addr).await;
    client.say(r#"[[10,1,"echo","a"],[10,2,"echo","b"]]"#).await;
    held.started().await;
    held.started().await;
    drop(client);
    held.release(1);
    held.ended().await;

    let (mut client, second, rest) = Client::greet(addr, &first.hello(0)).await;
    assert!(second.resumed);
    assert_eq!((&second.session, second.received), (&first.session, 2));
    assert_ne!(second.secret, first.secret);
    // Which of the two was first is up to the scheduler, and so is whether it was
    // so before the client came back.
    let first_reply = match rest.into_iter().next() {
        Some(reply) => format!("[{reply}]"),
        None => client.hear().await,
    };
    held.release(1);
    let mut replies = [first_reply, client.hear().await];
    replies.sort();
    assert_eq!(replies, [r#"[[11,1,"a"]]"#, r#"[[11,2,"b"]]"#]);
}

#[tokio::test]
async fn a_connection_that_is_taken_over_is_closed_and_not_listened_to() {
    let (builder, mut held) = Held::new();
    let (addr, _server) = serve(builder).await;
    let (mut old, welcome) = Client::begin(addr).await;
    old.say(r#"[[10,1,"echo","a"]]"#).await;
    held.started().await;
    let (mut new, again, _) = Client::greet(addr, &welcome.hello(0)).await;
    assert!(again.resumed);
    old.say("[[13,1]]").await;
    assert_eq!(old.closed().await, (4409, "the session goes on elsewhere".into()));
    held.release(1);
    assert_eq!(new.hear().await, r#"[[11,1,"a"]]"#);
}

#[tokio::test]
async fn who_cannot_continue_a_session_gets_a_new_one() {
    let (builder, mut held) = Held::new();
    let (addr, _server) = serve(builder).await;
    let (mut client, welcome) = Client::begin(addr).await;
    client.say(r#"[[10,1,"echo","a"]]"#).await;
    held.started().await;
    let wrong = [
        Welcome { secret: "guess".into(), ..welcome.clone() },
        Welcome { session: "unknown".into(), ..welcome.clone() },
    ];
    for wrong in wrong {
        let (mut other, new, rest) = Client::greet(addr, &wrong.hello(0)).await;
        assert!(!new.resumed && rest.is_empty());
        assert_ne!(new.session, welcome.session);
        // It is a session like any other.
        other.say("[[2,7]]").await;
        assert_eq!(other.hear().await, "[[3,7]]");
    }
    held.release(1);
    assert_eq!(client.hear().await, r#"[[11,1,"a"]]"#, "the session is unharmed");
}

#[tokio::test]
async fn a_secret_is_used_once() {
    let (builder, _held) = Held::new();
    let (addr, _server) = serve(builder).await;
    let (client, first) = Client::begin(addr).await;
    drop(client);
    let (mut client, second, _) = Client::greet(addr, &first.hello(0)).await;
    // The welcome arrived: the pong shows that the server knows it.
    client.say("[[2,1]]").await;
    assert_eq!(client.hear().await, "[[3,1]]");
    let (_, stolen, _) = Client::greet(addr, &first.hello(0)).await;
    assert!(!stolen.resumed);
    client.say("[[2,2]]").await;
    assert_eq!(client.hear().await, "[[3,2]]");
    let (_, third, _) = Client::greet(addr, &second.hello(0)).await;
    assert!(third.resumed);
}

#[tokio::test]
async fn a_session_ends_when_nobody_comes_back_for_it() {
    let (builder, mut held) = Held::new();
    let keep = Duration::from_millis(50);
    let (addr, server) = serve(builder.config(Config { keep, ..Config::default() })).await;
    let (mut client, welcome) = Client::begin(addr).await;
    client.say(r#"[[10,1,"echo","a"]]"#).await;
    held.started().await;
    client.close(4001).await;
    held.ended().await;
    let (_, again, _) = Client::greet(addr, &welcome.hello(0)).await;
    assert!(!again.resumed);
    soon(server.drain(Drain { after: Duration::ZERO, spread: Duration::ZERO })).await;
}

#[tokio::test]
async fn only_so_many_sessions_are_kept_without_a_connection_the_newest() {
    let (builder, mut held) = Held::new();
    let sessions = SessionsConfig { detached: 1, ..SessionsConfig::default() };
    let (addr, server) = serve(builder.config(Config { sessions, ..Config::default() })).await;
    let mut welcomes = Vec::new();
    for number in 1..=2 {
        let (mut client, welcome) = Client::begin(addr).await;
        client.say(r#"[[10,1,"echo","a"]]"#).await;
        held.started().await;
        client.close(4001).await;
        when(|| {
            server.stats().sessions_evicted_server + 1 == number
                && server.stats().sessions_detached_now == 1
        })
        .await;
        welcomes.push(welcome);
    }
    // The work of the one that there is no room for.
    held.ended().await;
    for (welcome, is_kept) in welcomes.into_iter().zip([false, true]).rev() {
        let (_client, welcome, _) = Client::greet(addr, &welcome.hello(0)).await;
        assert_eq!(welcome.resumed, is_kept);
    }
}

#[tokio::test]
async fn a_drained_server_keeps_nothing() {
    let (builder, mut held) = Held::new();
    let (addr, server) = serve(builder).await;
    let (mut client, welcome) = Client::begin(addr).await;
    client.say(r#"[[10,1,"echo","a"]]"#).await;
    held.started().await;
    drop(client);
    soon(server.drain(Drain { after: Duration::ZERO, spread: Duration::ZERO })).await;
    held.ended().await;
    let (mut client, _) = Client::with(crate::client::handshake(addr)).await.unwrap();
    client.say(&welcome.hello(0)).await;
    assert_eq!(client.hear().await, r#"[[5,0,0,"the server goes away"]]"#);
    assert_eq!(client.closed().await.0, 1012);
}

#[tokio::test]
async fn what_is_sent_with_the_hello_is_taken_in() {
    let (builder, mut held) = Held::new();
    let (addr, _server) = serve(builder).await;
    let (client, welcome) = Client::begin(addr).await;
    drop(client);
    let hello = welcome.hello(0);
    let hello = format!(r#"{},[10,1,"echo","a"]]"#, hello.strip_suffix(']').unwrap());
    let (mut client, welcome, _) = Client::greet(addr, &hello).await;
    assert!(welcome.resumed);
    assert_eq!(held.started().await, "a");
    held.release(1);
    assert_eq!(client.hear().await, r#"[[11,1,"a"]]"#);
}
