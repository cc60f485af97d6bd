//! Requests of the core, answered by the server's handlers.

use std::time::Duration;

use fader_core::{Config, Delivery, Event, RawPayload, RequestError, RequestId, State};
use fader_protocol::{Method, code, json};
use fader_tests::native::Native;

use crate::contract::{Divide, DivisionByZero, Hang, Nap, Probe};
use crate::server::TestServer;

fn call<M: Method>(
    client: &mut Native,
    params: &M::Params,
    timeout: Option<Duration>,
) -> RequestId {
    let params = json::to_raw(params).expect("parameters");
    client.core.request(client.now(), M::NAME, params, Delivery::Once, timeout)
}

async fn outcome(
    client: &mut Native,
    id: RequestId,
) -> Result<RawPayload, RequestError<RawPayload>> {
    client
        .until("an outcome", |client| {
            client.events.iter().find_map(|event| match event {
                Event::Settled { id: settled, outcome } if *settled == id => Some(outcome.clone()),
                _ => None,
            })
        })
        .await
}

#[tokio::test]
async fn a_reply_comes_back_typed() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let ids: Vec<_> =
        (1..=100).map(|n| call::<Divide>(&mut client, &(f64::from(n), 2.0), None)).collect();
    for (n, id) in (1..=100).zip(ids) {
        let reply = outcome(&mut client, id).await.unwrap();
        assert_eq!(json::from_raw::<f64>(&reply).unwrap(), f64::from(n) / 2.0);
    }
    assert_eq!(client.core.stats().connects, 1);
}

#[tokio::test]
async fn a_handlers_error_comes_back_typed() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let id = call::<Divide>(&mut client, &(3.0, 0.0), None);
    let Err(RequestError::Rejected(rejection)) = outcome(&mut client, id).await else {
        panic!("not rejected")
    };
    assert_eq!(rejection.code, code::FAILED);
    assert_eq!(rejection.message, "3 divided by zero");
    let error: DivisionByZero = json::from_raw(&rejection.data.unwrap()).unwrap();
    assert_eq!(error, DivisionByZero { dividend: 3.0 });
}

#[tokio::test]
async fn an_unknown_method_and_wrong_parameters_harm_no_other_request() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let now = client.now();
    let good = call::<Divide>(&mut client, &(1.0, 4.0), None);
    let unknown =
        client.core.request(now, "no such method", json::to_raw(&1).unwrap(), Delivery::Once, None);
    let wrong = json::to_raw("not two numbers").unwrap();
    let wrong = client.core.request(now, Divide::NAME, wrong, Delivery::Once, None);
    for (id, expected) in [(unknown, code::UNKNOWN_METHOD), (wrong, code::BAD_PARAMS)] {
        match outcome(&mut client, id).await {
            Err(RequestError::Rejected(rejection)) => assert_eq!(rejection.code, expected),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(outcome(&mut client, good).await.unwrap().get(), "0.25");
    assert_eq!(*client.core.state(), State::Open);
}

#[tokio::test]
async fn cancelling_stops_the_handler() {
    let (probe, mut hangs) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let id = call::<Hang>(&mut client, &(), None);
    client.meanwhile("the handler runs", hangs.began.recv()).await;
    assert!(hangs.ended.try_recv().is_err());
    client.core.cancel(client.now(), id);
    assert_eq!(outcome(&mut client, id).await, Err(RequestError::Cancelled));
    client.meanwhile("the handler stops", hangs.ended.recv()).await;
}

#[tokio::test]
async fn a_timeout_stops_the_handler() {
    let (probe, mut hangs) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    client.until("open", |client| (*client.core.state() == State::Open).then_some(())).await;
    let id = call::<Hang>(&mut client, &(), Some(Duration::from_millis(50)));
    assert!(matches!(outcome(&mut client, id).await, Err(RequestError::TimedOut(_))));
    client.meanwhile("the handler stops", hangs.ended.recv()).await;
}

#[tokio::test]
async fn a_client_that_does_not_come_back_stops_the_handler() {
    let (probe, mut hangs) = Probe::new();
    let keep = Duration::from_millis(50);
    let config = fader_server::session::Config { keep, ..Default::default() };
    let server = TestServer::start(probe.server().config(config)).await;
    let mut client = Native::connect(server.url(), Config::default());
    call::<Hang>(&mut client, &(), None);
    client.meanwhile("the handler runs", hangs.began.recv()).await;
    drop(client);
    let ended = tokio::time::timeout(Duration::from_secs(20), hangs.ended.recv());
    assert_eq!(ended.await, Ok(Some(())));
}

#[tokio::test]
async fn a_request_outlives_its_connection() {
    let (probe, mut hangs) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let naps: Vec<_> = (0..20).map(|n| call::<Nap>(&mut client, &(n * 50), None)).collect();
    let hang = call::<Hang>(&mut client, &(), None);
    client.meanwhile("the handler runs", hangs.began.recv()).await;
    for (n, nap) in naps.into_iter().enumerate() {
        if n % 3 == 0 {
            client.cut().await;
        }
        assert_eq!(outcome(&mut client, nap).await.unwrap().get(), (n * 50).to_string());
    }
    let stats = client.core.stats();
    assert!(stats.resumes > 0 && stats.connects == stats.resumes + 1, "{stats:?}");
    assert!(hangs.ended.try_recv().is_err());
    client.cut().await;
    client.core.cancel(client.now(), hang);
    client.meanwhile("the handler stops", hangs.ended.recv()).await;
}

#[tokio::test]
async fn replies_come_in_the_order_in_which_handlers_end() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let slow = call::<Nap>(&mut client, &300, None);
    let fast = call::<Nap>(&mut client, &1, None);
    outcome(&mut client, fast).await.unwrap();
    assert!(!client.events.iter().any(|e| matches!(e, Event::Settled { id, .. } if *id == slow)));
    assert_eq!(outcome(&mut client, slow).await.unwrap().get(), "300");
}
