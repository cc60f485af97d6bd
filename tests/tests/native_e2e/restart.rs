//! A server that goes away and comes back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fader_core::{BackoffConfig, Config, Delivery, Event, Holder, RawPayload, RequestError, State};
use fader_protocol::{Method, json};
use fader_server::Drain;
use fader_tests::native::Native;

use crate::contract::{Hang, Nap, Probe};
use crate::live::{open, set, shown, until_shown};
use crate::server::TestServer;

fn eager() -> Config {
    let (base, budget) = (Duration::from_millis(20), 1000);
    let backoff = BackoffConfig { base, cap: base * 4, budget, ..BackoffConfig::default() };
    Config { backoff, ..Config::default() }
}

async fn until_state(client: &mut Native, what: &str, is: fn(&State) -> bool) {
    client.until(what, |client| is(client.core.state()).then_some(())).await;
}

fn settled(client: &Native) -> Vec<Result<RawPayload, RequestError<RawPayload>>> {
    let outcome = |event: &Event<RawPayload>| match event {
        Event::Settled { outcome, .. } => Some(outcome.clone()),
        _ => None,
    };
    client.events.iter().filter_map(outcome).collect()
}

#[tokio::test]
async fn a_server_killed_in_mid_drag_comes_back_and_the_final_value_is_shown() {
    let (probe, mut hangs) = Probe::new();
    probe.work_ms.store(5, Ordering::SeqCst);
    let server = TestServer::start(probe.server()).await;
    let (addr, url) = (server.addr, server.url());
    let mut client = Native::connect(url, eager());
    let group = open(&mut client);
    until_shown(&mut client, group, 1.0).await;
    client.core.request(client.now(), Hang::NAME, json::to_raw(&()).unwrap(), Delivery::Once, None);
    client.meanwhile("the handler runs", hangs.began.recv()).await;

    client.core.live_begin(client.now(), group, Holder::APP, &[], None).expect("begin");
    for n in 1..=100 {
        set(&mut client, group, f64::from(n));
        client.pass(Duration::from_millis(2)).await;
    }
    drop(server);
    until_state(&mut client, "waiting", |state| matches!(state, State::Waiting { .. })).await;
    assert_eq!(settled(&client), [], "the session may go on");
    for n in 101..=200 {
        set(&mut client, group, f64::from(n));
        client.pass(Duration::from_millis(2)).await;
    }
    client.core.live_commit(client.now(), group, Holder::APP);
    assert_ne!(*client.core.state(), State::Open);

    let _server = TestServer::start_at(addr, probe.server()).await;
    until_shown(&mut client, group, 400.0).await;
    assert_eq!(settled(&client), [Err(RequestError::Unknown)]);
    assert!(shown(&client).is_sorted());
    assert_eq!(client.core.stats().connects, 2);
    let status = client.core.live_status(client.now(), group).expect("open");
    assert!(!status.pending && !status.gesture);
}

#[tokio::test]
async fn a_drained_server_finishes_what_runs_and_the_client_comes_back_when_told() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (addr, url) = (server.addr, server.url());
    let mut client = Native::connect(url, eager());
    let group = open(&mut client);
    until_shown(&mut client, group, 1.0).await;
    client.core.request(client.now(), Nap::NAME, json::to_raw(&300).unwrap(), Delivery::Once, None);
    client.pass(Duration::from_millis(50)).await;

    let after = Duration::from_millis(400);
    let drained = {
        let server = server.server.clone();
        tokio::spawn(async move { server.drain(Drain { after, spread: Duration::ZERO }).await })
    };
    client.pass(Duration::from_millis(50)).await;
    assert_eq!(*client.core.state(), State::Open, "what runs is waited for");
    let goodbye = client.now();
    let queued =
        client.core.request(goodbye, Nap::NAME, json::to_raw(&1).unwrap(), Delivery::Once, None);
    set(&mut client, group, 50.0);

    until_state(&mut client, "waiting", |state| matches!(state, State::Waiting { .. })).await;
    assert_eq!(settled(&client).len(), 1);
    assert!(settled(&client)[0].is_ok(), "the nap was finished: {:?}", settled(&client));
    drained.await.unwrap();
    drop(server);

    let _server = TestServer::start_at(addr, probe.server()).await;
    until_state(&mut client, "open again", |state| *state == State::Open).await;
    assert!(client.now() - goodbye + Duration::from_millis(60) >= after, "not before the hint");
    until_shown(&mut client, group, 100.0).await;
    client
        .until("the queued request", |client| {
            let of_queued = |event: &Event<RawPayload>| {
                matches!(event, Event::Settled { id, outcome: Ok(_) } if *id == queued)
            };
            client.events.iter().any(of_queued).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_client_that_starts_before_its_server_connects_when_it_is_there() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (addr, url) = (server.addr, server.url());
    drop(server);
    let mut client = Native::connect(url, eager());
    until_state(&mut client, "waiting", |state| matches!(state, State::Waiting { .. })).await;
    let _server = TestServer::start_at(addr, probe.server()).await;
    until_state(&mut client, "open", |state| *state == State::Open).await;
}
