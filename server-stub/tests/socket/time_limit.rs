//! Handlers that never end.

use std::future::pending;
use std::time::Duration;

use fader_server::{
    HandlerError, MethodContext, MethodOptions, Server, Topic, TopicContext, TopicHandler,
};
use tokio::sync::mpsc::unbounded_channel;

use crate::client::{Client, serve, soon};
use crate::handlers::{Hang, signal_when_dropped};

struct Open;

impl Topic for Open {
    const NAME: &'static str = "open";
    type Event = u32;
    type Member = ();
}

struct Shut;

impl Topic for Shut {
    const NAME: &'static str = "shut";
    type Event = u32;
    type Member = ();
}

const LIMIT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_method_that_never_ends_is_given_up_and_its_caller_told() {
    let (sender, mut dropped) = unbounded_channel();
    let (tokens, mut token) = unbounded_channel();
    let options = MethodOptions { time_limit: LIMIT };
    let builder =
        Server::builder().method_with::<Hang>(options, move |context: MethodContext, ()| {
            let guard = signal_when_dropped(sender.clone());
            tokens.send(context.cancellation()).unwrap();
            async move {
                let _guard = guard;
                pending().await
            }
        });
    let (addr, server) = serve(builder).await;
    let mut client = Client::open(addr).await;
    let mut outcome = String::new();
    // With a key, that is the outcome for all who ask for it.
    for (id, request) in [
        (1, r#"[[10,1,"hang",null]]"#),
        (2, r#"[[14,2,"hang","k",null]]"#),
        (3, r#"[[14,3,"hang","k",null]]"#),
    ] {
        client.say(request).await;
        let answer = client.hear().await;
        let start = format!(r#"[[12,{id},"timed-out","#);
        let why = answer.strip_prefix(&start).expect("given up").to_owned();
        assert!(why.starts_with(r#""the handler was given up after "#), "{why}");
        assert!(why.ends_with(r#" ms: it may take 50ms",null]]"#), "{why}");
        if id == 3 {
            assert_eq!(why, outcome);
        } else {
            soon(dropped.recv()).await;
            assert!(soon(token.recv()).await.unwrap().is_cancelled());
            outcome = why;
        }
    }
    assert!(token.try_recv().is_err(), "it ran again");
    assert_eq!(server.stats().handlers_timed_out, 2);
}

#[tokio::test]
async fn who_may_subscribe_or_publish_is_decided_in_time() {
    let open = TopicHandler::<Open>::public()
        .publish(async |_: TopicContext, _| pending().await)
        .time_limit(LIMIT);
    let shut = TopicHandler::<Shut>::new(async |_: TopicContext| {
        pending::<Result<(), HandlerError>>().await
    })
    .time_limit(LIMIT);
    let (addr, server) = serve(Server::builder().topic(open).topic(shut)).await;
    let mut client = Client::open(addr).await;
    client.say(r#"[[40,1,"shut",{}]]"#).await;
    assert!(client.hear().await.starts_with(r#"[[45,1,"timed-out","#));
    // They wait for each other, and each has its own time.
    client.say(r#"[[34,2,"open",null,1],[34,3,"open","k",1],[49,"open",1]]"#).await;
    let mut told = [client.hear().await, client.hear().await, client.hear().await];
    told.sort();
    assert!(told[0].starts_with(r#"[[12,2,"timed-out","#), "{told:?}");
    assert!(told[1].starts_with(r#"[[12,3,"timed-out","#), "{told:?}");
    assert!(told[2].starts_with(r#"[[6,"timed-out","#), "{told:?}");
    assert_eq!(server.stats().handlers_timed_out, 4);
}
