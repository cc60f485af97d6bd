//! The app takes back what it gave to a principal.

use std::sync::Arc;

use fader_server::{
    HandlerError, MethodContext, Principal, Server, ServerBuilder, Topic, TopicContext,
    TopicHandler, code,
};
use tokio::sync::Semaphore;

use crate::client::{Client, handshake, serve, soon, when};
use crate::credentials::{hello, resuming};
use crate::handlers::{Hang, signal_when_dropped};

struct Secret;

impl Topic for Secret {
    const NAME: &'static str = "secret";
    type Event = u32;
    type Member = ();
}

/// Takes everybody's name for granted, but for `late`, who has to wait for `admit`.
fn builder(admit: &Arc<Semaphore>) -> ServerBuilder {
    let (credentials, subscriptions) = (Arc::clone(admit), Arc::clone(admit));
    Server::builder()
        .authenticate(move |name: Option<String>| {
            let admit = Arc::clone(&credentials);
            async move {
                let name = name.ok_or("who are you?")?;
                if name == "late" {
                    admit.acquire().await.unwrap().forget();
                }
                Ok::<_, &str>(Principal::new(name))
            }
        })
        .topic(TopicHandler::<Secret>::new(move |context: TopicContext| {
            let admit = Arc::clone(&subscriptions);
            async move {
                if context.principal() == "late" {
                    admit.acquire().await.unwrap().forget();
                }
                Ok::<_, HandlerError>(())
            }
        }))
}

fn nobody_waits() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(0))
}

#[tokio::test]
async fn a_principal_whose_sessions_are_ended_has_none_left() {
    let (sender, mut stopped) = tokio::sync::mpsc::unbounded_channel();
    let builder = builder(&nobody_waits()).method::<Hang>(move |_: MethodContext, ()| {
        let guard = signal_when_dropped(sender.clone());
        async move {
            let _guard = guard;
            std::future::pending().await
        }
    });
    let (addr, server) = serve(builder).await;
    let (mut bob, ..) = Client::greet(addr, &hello("bob")).await;
    let (away, detached, _) = Client::greet(addr, &hello("alice")).await;
    away.close(4001).await;
    when(|| server.stats().sessions_detached_now == 1).await;
    let (mut alice, connected, _) = Client::greet(addr, &hello("alice")).await;
    alice.say(r#"[[10,1,"hang",null],[2,1]]"#).await;
    assert_eq!(alice.hear().await, "[[3,1]]");

    assert_eq!(server.end_sessions("alice", "you were signed out"), 2);
    assert_eq!(alice.closed().await, (4401, "you were signed out".into()));
    soon(stopped.recv()).await;
    when(|| server.stats().sessions_now == 1).await;
    for welcome in [&detached, &connected] {
        let (_alice, again, _) = Client::greet(addr, &resuming("alice", welcome)).await;
        assert!(!again.resumed);
    }
    bob.say("[[2,1]]").await;
    assert_eq!(bob.hear().await, "[[3,1]]", "nobody else is harmed");
    assert_eq!(server.stats().sessions_revoked, 2);
    assert_eq!(server.end_sessions("nobody", ""), 0);
}

#[tokio::test]
async fn who_was_being_let_in_when_the_sessions_were_ended_is_not() {
    let admit = nobody_waits();
    let (addr, server) = serve(builder(&admit)).await;
    let (mut client, _) = Client::with(handshake(addr)).await.unwrap();
    client.say(&hello("late")).await;
    // The handler has begun once another connection has been served after it.
    let (_other, ..) = Client::greet(addr, &hello("other")).await;
    assert_eq!(server.end_sessions("late", "you were signed out"), 0);
    admit.add_permits(1);
    assert_eq!(client.closed().await, (4401, "the sessions were ended".into()));
    // With credentials that are checked from now on, anybody is welcome.
    admit.add_permits(1);
    let (_late, ..) = Client::greet(addr, &hello("late")).await;
}

#[tokio::test]
async fn a_subscription_whose_right_was_withdrawn_ends() {
    let (addr, server) = serve(builder(&nobody_waits())).await;
    let (mut alice, ..) = Client::greet(addr, &hello("alice")).await;
    let (mut bob, ..) = Client::greet(addr, &hello("bob")).await;
    for client in [&mut alice, &mut bob] {
        client.say(r#"[[40,7,"secret",{}]]"#).await;
        assert!(client.hear().await.starts_with("[[42,7,"));
    }
    server.end_subscriptions::<Secret>("alice", "you have left the team");
    let told = format!(r#"[[45,7,"{}","you have left the team",null]]"#, code::FORBIDDEN);
    assert_eq!(alice.hear().await, told);
    assert_eq!(server.subscriptions::<Secret>(), 1);
    server.publish::<Secret>(&1).unwrap();
    assert_eq!(bob.hear().await, "[[43,7,1,1]]");
    alice.say("[[2,1]]").await;
    assert_eq!(alice.hear().await, "[[3,1]]", "the connection stays, and hears nothing");
}

#[tokio::test]
async fn a_subscription_that_is_being_decided_on_ends_too() {
    let admit = nobody_waits();
    let (addr, server) = serve(builder(&admit)).await;
    admit.add_permits(1);
    let (mut late, ..) = Client::greet(addr, &hello("late")).await;
    late.say(r#"[[40,7,"secret",{}],[2,1]]"#).await;
    assert_eq!(late.hear().await, "[[3,1]]");
    server.end_subscriptions::<Secret>("late", "no");
    assert_eq!(late.hear().await, r#"[[45,7,"forbidden","no",null]]"#);
    admit.add_permits(1);
    late.say("[[2,2]]").await;
    assert_eq!(late.hear().await, "[[3,2]]");
    assert_eq!(server.subscriptions::<Secret>(), 0);
}
