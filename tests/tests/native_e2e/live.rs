//! Live input of the core, computed by the server.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fader_core::{Config, Event, GroupId, Holder, Patch, Policy, RawPayload, State};
use fader_protocol::{LiveGroup, code, json};
use fader_tests::native::Native;

use crate::contract::{Area, Probe};
use crate::server::TestServer;

pub(crate) fn sides(width: f64, height: f64) -> Patch<RawPayload> {
    let number = |value: f64| json::to_raw(&value).expect("a number");
    Patch::from([("width".into(), number(width)), ("height".into(), number(height))])
}

pub(crate) fn open(client: &mut Native) -> GroupId {
    let (now, policy) = (client.now(), Policy::default());
    client.core.live_open(now, Area::NAME, sides(1.0, 1.0), policy).expect("a group")
}

pub(crate) fn set(client: &mut Native, group: GroupId, width: f64) {
    client.core.live_set(client.now(), group, sides(width, 2.0)).expect("set");
}

/// The areas shown so far.
pub(crate) fn shown(client: &Native) -> Vec<f64> {
    let result = |event: &Event<RawPayload>| match event {
        Event::LiveResult { outcome, .. } => {
            let area = outcome.as_ref().expect("a result");
            Some(json::from_raw(area).expect("an area"))
        }
        _ => None,
    };
    client.events.iter().filter_map(result).collect()
}

/// Until the area is shown, and everything that was set is answered.
pub(crate) async fn until_shown(client: &mut Native, group: GroupId, area: f64) {
    let what = format!("{area} is shown");
    client
        .until(&what, |client| {
            let status = client.core.live_status(client.now(), group).expect("an open group");
            (!status.pending && shown(client).last() == Some(&area)).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_drag_shows_ever_newer_results_and_ends_with_the_last() {
    for work_ms in [0, 40] {
        let (probe, _) = Probe::new();
        probe.work_ms.store(work_ms, Ordering::SeqCst);
        let server = TestServer::start(probe.server()).await;
        let mut client = Native::connect(server.url(), Config::default());
        let group = open(&mut client);
        until_shown(&mut client, group, 1.0).await;

        client.core.live_begin(client.now(), group, Holder::APP, &[], None).expect("begin");
        for n in 1..=300 {
            set(&mut client, group, f64::from(n));
            client.pass(Duration::from_millis(2)).await;
        }
        let during = shown(&client).len();
        client.core.live_commit(client.now(), group, Holder::APP);
        until_shown(&mut client, group, 600.0).await;

        assert!(during > 5, "{during} results during the drag");
        let areas = shown(&client);
        assert!(areas.is_sorted(), "an older result is shown: {areas:?}");
        let status = client.core.live_status(client.now(), group).expect("open");
        assert_eq!(status.counters.inputs, 300);
        assert!(status.counters.frames < 120, "{:?}", status.counters);
        assert!(status.service >= Some(Duration::from_millis(work_ms)), "{status:?}");
    }
}

#[tokio::test]
async fn a_group_that_the_server_does_not_have_is_refused() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let (now, policy) = (client.now(), Policy::default());
    let unknown = client.core.live_open(now, "unknown", sides(1.0, 1.0), policy).expect("a group");
    let known = open(&mut client);
    until_shown_for(&mut client, known).await;
    let status = client.core.live_status(client.now(), unknown).expect("open");
    assert_eq!(status.error.map(|error| error.code).as_deref(), Some(code::UNKNOWN_GROUP));
    assert!(!status.pending);
    assert_eq!(*client.core.state(), State::Open);
}

/// Until the group has a result.
async fn until_shown_for(client: &mut Native, id: GroupId) {
    client
        .until("a result", |client| {
            let of_group = |event: &Event<RawPayload>| {
                matches!(event, Event::LiveResult { group, outcome: Ok(_), .. } if *group == id)
            };
            client.events.iter().any(of_group).then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_closed_group_costs_the_server_nothing_more() {
    let (probe, _) = Probe::new();
    let server = TestServer::start(probe.server()).await;
    let mut client = Native::connect(server.url(), Config::default());
    let group = open(&mut client);
    until_shown(&mut client, group, 1.0).await;
    client.core.live_close(client.now(), group);
    // One more round trip, so that the close has arrived.
    let again = open(&mut client);
    until_shown_for(&mut client, again).await;
    assert_eq!(probe.computed.load(Ordering::SeqCst), 2);
    assert_eq!(client.core.live_status(client.now(), group), None);
}
