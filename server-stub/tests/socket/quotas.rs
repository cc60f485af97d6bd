//! One client tries to take what the server keeps for the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use fader_server::session::{Config, SessionsConfig, WindowConfig};
use fader_server::{
    ClientAddress, Method, MethodContext, NoError, Principal, Server, ServerBuilder,
};
use tokio::net::TcpListener;

use crate::client::{Client, handshake, serve, when};
use crate::credentials::{hello, resuming};
use crate::handlers::Hang;

/// Says how many orders there have been.
struct Order;

impl Method for Order {
    const NAME: &'static str = "order";
    type Params = ();
    type Reply = u64;
    type Error = NoError;
}

/// Takes everybody's name for granted.
fn builder(config: Config) -> ServerBuilder {
    let orders = Arc::new(AtomicU64::new(0));
    Server::builder()
        .method::<Order>(move |_: MethodContext, ()| {
            let order = orders.fetch_add(1, Ordering::Relaxed) + 1;
            async move { Ok(order) }
        })
        .method::<Hang>(async |_: MethodContext, ()| std::future::pending().await)
        .authenticate(async |name: Option<String>| name.map(Principal::new).ok_or("who are you?"))
        .config(config)
}

#[tokio::test]
async fn one_principals_requests_do_not_push_out_anothers_outcomes() {
    let window = WindowConfig { requests: 20, ..WindowConfig::default() };
    let (addr, _server) = serve(builder(Config { window, ..Config::default() })).await;
    let (mut alice, ..) = Client::greet(addr, &hello("alice")).await;
    let (mut bob, ..) = Client::greet(addr, &hello("bob")).await;
    alice.say(r#"[[14,1,"order","pays",null]]"#).await;
    assert_eq!(alice.hear().await, "[[11,1,1]]");
    for number in 1..=40 {
        bob.say(&format!(r#"[[14,{number},"order","b{number}",null]]"#)).await;
        assert_eq!(bob.hear().await, format!("[[11,{number},{}]]", number + 1));
    }
    alice.say(r#"[[14,2,"order","pays",null]]"#).await;
    assert_eq!(alice.hear().await, "[[11,2,1]]", "it ran twice");
}

#[tokio::test]
async fn calls_that_never_end_take_only_their_own_principals_places() {
    let window = WindowConfig { running_per_payer: 20, ..WindowConfig::default() };
    let (addr, server) = serve(builder(Config { window, ..Config::default() })).await;
    let (mut bob, ..) = Client::greet(addr, &hello("bob")).await;
    for number in 1..=20 {
        bob.say(&format!(r#"[[14,{number},"hang","b{number}",null],[2,{number}]]"#)).await;
        assert_eq!(bob.hear().await, format!("[[3,{number}]]"));
    }
    bob.say(r#"[[14,21,"hang","one more",null]]"#).await;
    assert!(bob.hear().await.starts_with(r#"[[12,21,"too-many","#));
    let (mut alice, ..) = Client::greet(addr, &hello("alice")).await;
    alice.say(r#"[[14,1,"order","pays",null]]"#).await;
    assert_eq!(alice.hear().await, "[[11,1,1]]");
    assert_eq!(server.stats().keyed_refused_payer, 1);
}

#[tokio::test]
async fn one_principals_sessions_do_not_push_out_anothers() {
    let sessions = SessionsConfig { detached: 3, ..SessionsConfig::default() };
    let (addr, server) = serve(builder(Config { sessions, ..Config::default() })).await;
    let (alice, welcome, _) = Client::greet(addr, &hello("alice")).await;
    for _ in 0..10 {
        let (mallory, ..) = Client::greet(addr, &hello("mallory")).await;
        mallory.close(4001).await;
    }
    when(|| server.stats().sessions_evicted_server == 7).await;
    alice.close(4001).await;
    when(|| server.stats().sessions_evicted_server == 8).await;
    let (mallory, ..) = Client::greet(addr, &hello("mallory")).await;
    mallory.close(4001).await;
    when(|| server.stats().sessions_evicted_server == 9).await;
    let (_alice, again, _) = Client::greet(addr, &resuming("alice", &welcome)).await;
    assert!(again.resumed, "the session was not kept");
}

#[tokio::test]
async fn who_has_too_many_sessions_is_told_to_try_again_later() {
    let sessions = SessionsConfig { sessions_per_payer: 2, ..SessionsConfig::default() };
    let (addr, server) = serve(builder(Config { sessions, ..Config::default() })).await;
    let (_one, ..) = Client::greet(addr, &hello("mallory")).await;
    let (two, ..) = Client::greet(addr, &hello("mallory")).await;
    let (mut third, _) = Client::with(handshake(addr)).await.unwrap();
    third.say(&hello("mallory")).await;
    let why = "too many sessions: at most 2 for one client or network address";
    assert_eq!(third.closed().await, (1013, why.into()));
    let (_alice, ..) = Client::greet(addr, &hello("alice")).await;
    // Who has one that is detached can do without that.
    two.close(4001).await;
    when(|| server.stats().sessions_detached_now == 1).await;
    let (_third, ..) = Client::greet(addr, &hello("mallory")).await;
    assert_eq!((server.stats().sessions_refused, server.stats().sessions_evicted_payer), (1, 1));
}

/// Without names, it is addresses that are told apart.
#[tokio::test]
async fn clients_without_a_name_pay_by_their_address() {
    let sessions = SessionsConfig { sessions_per_payer: 1, ..SessionsConfig::default() };
    let config = Config { sessions, ..Config::default() };
    let (addr, _server) = serve(Server::builder().config(config.clone())).await;
    let _one = Client::open(addr).await;
    let (mut two, _) = Client::with(handshake(addr)).await.unwrap();
    two.say(r#"[[0,{"version":1}]]"#).await;
    assert_eq!(two.closed().await.0, 1013);

    // As a proxy says for whom it asks.
    let server = Server::builder().config(config).build().unwrap();
    let forwarded = |mut request: Request, next: Next| async move {
        let address = request.headers().get("x-real-ip").unwrap().to_str().unwrap().parse();
        request.extensions_mut().insert(ClientAddress(address.unwrap()));
        next.run(request).await
    };
    let app = Router::new().route("/fader", server.route()).layer(from_fn(forwarded));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut clients = Vec::new();
    for (address, is_welcome) in
        [("2001:db8::1", true), ("2001:db8::2", false), ("2001:db8:0:1::1", true)]
    {
        let mut request = handshake(addr);
        request.headers_mut().insert("x-real-ip", address.parse().unwrap());
        let (mut client, _) = Client::with(request).await.unwrap();
        client.say(r#"[[0,{"version":1}]]"#).await;
        if is_welcome {
            assert!(client.hear().await.starts_with("[[1,"), "{address}");
        } else {
            assert_eq!(client.closed().await.0, 1013, "{address}");
        }
        clients.push(client);
    }
}

#[tokio::test]
async fn the_welcome_says_how_long_keys_are_really_remembered() {
    let window = WindowConfig { requests_per_payer: 1, ..WindowConfig::default() };
    let (addr, _server) = serve(builder(Config { window, ..Config::default() })).await;
    let (mut bob, first, _) = Client::greet(addr, &hello("bob")).await;
    let (_alice, alices, _) = Client::greet(addr, &hello("alice")).await;
    assert_eq!((first.window.ms, alices.window.ms), (600_000, 600_000));
    for number in 1..=2 {
        bob.say(&format!(r#"[[14,{number},"order","b{number}",null]]"#)).await;
        bob.hear().await;
    }
    let (_bob, second, _) = Client::greet(addr, &hello("bob")).await;
    assert!(second.window.ms < 20_000, "{}", second.window.ms);
    let (_bob, third, _) = Client::greet(addr, &resuming("bob", &first)).await;
    assert!(third.resumed && third.window.ms < 20_000, "{}", third.window.ms);
    let (_alice, later, _) = Client::greet(addr, &hello("alice")).await;
    assert_eq!(later.window.ms, 600_000);
    assert_eq!(first.window.id, third.window.id);
    assert_ne!(first.window.id, alices.window.id);
}
