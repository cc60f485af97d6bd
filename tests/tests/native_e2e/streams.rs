//! Streams of the core, filled by the server's handlers.

use std::sync::atomic::Ordering;

use fader_core::{Config, Event, RequestError, RequestId};
use fader_protocol::{StreamMethod, json};
use fader_tests::native::Native;

use crate::contract::{Count, Probe};
use crate::server::TestServer;

fn count(client: &mut Native, to: u64) -> RequestId {
    let params = json::to_raw(&to).expect("a number");
    client.core.stream(client.now(), Count::NAME, params)
}

/// The next item, which is taken; nothing at the end.
async fn next(client: &mut Native, stream: RequestId) -> Option<Result<u64, RequestError<()>>> {
    let event = client
        .until("an item or an end", |client| {
            let is_of_stream = |event: &Event<_>| match event {
                Event::Item { stream: of, .. } | Event::StreamEnded { stream: of, .. } => {
                    *of == stream
                }
                _ => false,
            };
            let index = client.events.iter().position(is_of_stream)?;
            Some(client.events.remove(index))
        })
        .await;
    match event {
        Event::Item { payload, .. } => {
            client.core.stream_consumed(client.now(), stream, 1);
            Some(Ok(json::from_raw(&payload).expect("a number")))
        }
        Event::StreamEnded { outcome: Ok(()), .. } => None,
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn items_come_once_and_in_order_across_cuts() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let streams = [count(&mut client, 1000), count(&mut client, 1000)];
    for number in 1..=1000 {
        if number % 300 == 0 {
            client.cut().await;
        }
        for stream in streams {
            assert_eq!(next(&mut client, stream).await, Some(Ok(number)));
        }
    }
    for stream in streams {
        assert_eq!(next(&mut client, stream).await, None);
    }
    assert_eq!(client.core.stats().resumes, 3);
}

#[tokio::test]
async fn a_reader_that_does_not_read_stops_the_handler() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let stream = count(&mut client, 1000);
    client.until("the window", |client| (client.events.len() > 64).then_some(())).await;
    // All else goes on meanwhile.
    let other = count(&mut client, 3);
    for number in 1..=3 {
        assert_eq!(next(&mut client, other).await, Some(Ok(number)));
    }
    let counted = probe.counted.load(Ordering::SeqCst);
    assert!(counted <= 64 + 64 + 3, "{counted} were counted ahead");
    for number in 1..=1000 {
        assert_eq!(next(&mut client, stream).await, Some(Ok(number)));
    }
    assert_eq!(next(&mut client, stream).await, None);
}

#[tokio::test]
async fn giving_up_stops_the_handler() {
    let (probe, mut hangs) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let stream = count(&mut client, u64::MAX >> 12);
    assert_eq!(next(&mut client, stream).await, Some(Ok(1)));
    client.core.cancel(client.now(), stream);
    client.meanwhile("the handler stops", hangs.ended.recv()).await;
}

#[tokio::test]
async fn a_server_that_is_killed_leaves_it_unknown() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let (addr, mut client) = (server.addr, Native::connect(server.url(), Config::default()));
    let stream = count(&mut client, u64::MAX >> 12);
    assert_eq!(next(&mut client, stream).await, Some(Ok(1)));
    drop(server);
    let _server = TestServer::start_at(addr, probe.server()).await;
    let outcome = client
        .until("the end", |client| {
            client.events.iter().find_map(|event| match event {
                Event::StreamEnded { outcome, .. } => Some(outcome.clone()),
                _ => None,
            })
        })
        .await;
    assert_eq!(outcome, Err(RequestError::Unknown));
}
