//! Who a client is, over real sockets.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use fader_server::session::Config;
use fader_server::{Method, MethodContext, NoError, Principal, Server, ServerBuilder};

use crate::client::{Client, Welcome, handshake, serve};

/// Says who calls.
struct Who;

impl Method for Who {
    const NAME: &'static str = "who";
    type Params = ();
    type Reply = String;
    type Error = NoError;
}

/// Takes the name of whoever gives one, but nobody's for long.
fn builder() -> ServerBuilder {
    Server::builder()
        .method::<Who>(async |context: MethodContext, ()| Ok(context.principal().to_owned()))
        .authenticate(async |credentials: Option<String>| match credentials.as_deref() {
            None => Err("credentials are missing"),
            Some("nobody") => Err("nobody may not"),
            Some("late") => pending().await,
            Some("brief") => Ok(Principal::new("brief").expires_in(Duration::ZERO)),
            Some(name) => Ok(Principal::new(name)),
        })
}

pub(crate) fn hello(name: &str) -> String {
    format!(r#"[[0,{{"version":1,"credentials":"{name}"}}]]"#)
}

/// The hello of somebody who continues a session.
pub(crate) fn resuming(name: &str, welcome: &Welcome) -> String {
    let hello = welcome.hello(0);
    let (begin, end) = hello.split_once(r#""version":1"#).expect("a hello");
    format!(r#"{begin}"version":1,"credentials":"{name}"{end}"#)
}

async fn refused(addr: SocketAddr, hello: &str) -> (u16, String) {
    let (mut client, _) = Client::with(handshake(addr)).await.expect("a connection");
    client.say(hello).await;
    client.closed().await
}

#[tokio::test]
async fn nobody_is_served_without_good_credentials() {
    let (addr, _server) = serve(builder()).await;
    let unasked = r#"[[0,{"version":1}],[10,1,"who",null]]"#;
    assert_eq!(refused(addr, unasked).await, (4401, "credentials are missing".into()));
    assert_eq!(refused(addr, &hello("nobody")).await, (4401, "nobody may not".into()));
    let (mut client, ..) = Client::greet(addr, &hello("alice")).await;
    client.say(r#"[[10,1,"who",null]]"#).await;
    assert_eq!(client.hear().await, r#"[[11,1,"alice"]]"#);
}

#[tokio::test]
async fn a_stolen_session_is_of_no_use_to_somebody_else() {
    let (addr, _server) = serve(builder()).await;
    let (alice, welcome, _) = Client::greet(addr, &hello("alice")).await;
    drop(alice);
    let (mut bob, other, _) = Client::greet(addr, &resuming("bob", &welcome)).await;
    assert!(!other.resumed && other.session != welcome.session);
    bob.say(r#"[[10,1,"who",null]]"#).await;
    assert_eq!(bob.hear().await, r#"[[11,1,"bob"]]"#);
    let (_alice, again, _) = Client::greet(addr, &resuming("alice", &welcome)).await;
    assert!(again.resumed);
}

#[tokio::test]
async fn an_idempotency_key_is_its_principals_own() {
    let (addr, _server) = serve(builder()).await;
    for name in ["alice", "bob"] {
        let (mut client, ..) = Client::greet(addr, &hello(name)).await;
        client.say(r#"[[14,1,"who","the same key",null]]"#).await;
        assert_eq!(client.hear().await, format!(r#"[[11,1,"{name}"]]"#));
    }
}

#[tokio::test]
async fn credentials_are_renewed_over_the_connection_or_it_ends() {
    let (addr, _server) = serve(builder()).await;
    let (mut client, ..) = Client::greet(addr, &hello("alice")).await;
    client.say(r#"[[23,"alice"]]"#).await;
    assert_eq!(client.hear().await, "[[23,null]]");
    // Only the newest matter.
    client.say(r#"[[23,"late"]]"#).await;
    client.say(r#"[[23,"alice"]]"#).await;
    assert_eq!(client.hear().await, "[[23,null]]");
    client.say(r#"[[23,"bob"]]"#).await;
    assert_eq!(client.closed().await, (4401, "the credentials are somebody else's".into()));
}

#[tokio::test]
async fn credentials_that_expired_end_the_connection() {
    let config = Config { expiry: Duration::from_millis(20), ..Config::default() };
    let (addr, _server) = serve(builder().config(config)).await;
    let (mut client, ..) = Client::greet(addr, &hello("brief")).await;
    assert_eq!(client.closed().await, (4401, "the credentials have expired".into()));
}

#[tokio::test]
async fn finding_out_may_take_no_longer_than_a_hello() {
    let config = Config { hello: Duration::from_millis(50), ..Config::default() };
    let (addr, _server) = serve(builder().config(config)).await;
    let why = "the server did not check the credentials within 50ms";
    assert_eq!(refused(addr, &hello("late")).await, (1013, why.into()));
    let (mut client, ..) = Client::greet(addr, &hello("alice")).await;
    client.say(r#"[[23,"late"]]"#).await;
    assert_eq!(client.closed().await, (4401, why.into()));
}
