//! A server that says goodbye.

use fader_core::{Config, Input, Lifecycle, RawPayload, RequestError, RequestId, State};
use fader_protocol::{ClientFrame, Goodbye, ServerFrame, close};

use crate::support::{Rig, ack, json, model, ms, reply, s};

fn goodbye(after_ms: u64, spread_ms: u64) -> ServerFrame<RawPayload> {
    ServerFrame::Goodbye(Goodbye { after_ms, spread_ms, reason: "restart".into() })
}

#[test]
fn after_a_goodbye_what_runs_finishes_and_nothing_new_is_sent() {
    let mut rig = Rig::open();
    let group = rig.live_open(model([("x", 0)]));
    let running = rig.request("running");
    let patch = rig.take().patches().remove(0);
    rig.serve([goodbye(1000, 0)]);

    let later = rig.request("later");
    rig.set(group, model([("x", 1)]));
    rig.commit(group);
    rig.advance(s(2));
    let seen = rig.take();
    assert!(seen.frames.is_empty(), "{:?}", seen.frames);
    assert!(seen.states.is_empty(), "the connection is open until it closes");

    rig.serve([reply(1, "done"), ack(&patch, "result")]);
    let seen = rig.take();
    assert_eq!(seen.settled, [(running, Ok(json("done")))]);
    assert_eq!(seen.results, [(group, Ok(json("result")))]);
    assert!(seen.frames.is_empty(), "{:?}", seen.frames);

    rig.transport_closes(close::SERVICE_RESTART, "restart");
    rig.reconnect();
    let seen = rig.take();
    assert_eq!(seen.requests(), [2]);
    assert_eq!(seen.patches()[0].patch, model([("x", 1)]));
    rig.serve([reply(2, "done")]);
    assert_eq!(rig.take().settled, [(later, Ok(json("done")))]);
}

#[test]
fn a_running_request_can_still_be_cancelled_and_a_waiting_one_times_out() {
    let mut rig = Rig::open();
    let running = rig.request("running");
    rig.take();
    rig.serve([goodbye(1000, 0)]);
    let waiting = rig.request_within("waiting", Some(ms(500)));
    rig.cancel(running);
    let seen = rig.take();
    assert_eq!(seen.frames, [ClientFrame::Cancel { id: 1 }]);
    assert_eq!(seen.settled, [(running, Err(RequestError::Cancelled))]);
    rig.advance(ms(500));
    let seen = rig.take();
    assert!(matches!(seen.settled[..], [(of, Err(RequestError::TimedOut(_)))] if of == waiting));
    assert!(seen.frames.is_empty());
}

#[test]
fn the_client_stays_away_as_long_as_the_server_asked_and_spread_by_its_seed() {
    let mut waits = Vec::new();
    for seed in 0..100 {
        let mut rig = Rig::with(Config::default(), seed);
        rig.input(Input::Connect);
        rig.accept();
        rig.serve([goodbye(10_000, 20_000)]);
        rig.transport_closes(close::SERVICE_RESTART, "");
        let wait = rig.take().waits_until().expect("waiting") - rig.now;
        assert!((s(10)..=s(30)).contains(&wait), "seed {seed}: {wait:?}");
        waits.push(wait);
    }
    assert!(waits.iter().any(|wait| *wait < s(12)) && waits.iter().any(|wait| *wait > s(28)));
}

#[test]
fn a_hint_beyond_reason_is_clamped() {
    let forever = 9_007_199_254_740_991;
    for (after, spread, longest) in [(forever, 0, 300), (0, forever, 300), (forever, forever, 600)]
    {
        let mut rig = Rig::open();
        rig.serve([goodbye(after, spread)]);
        rig.transport_closes(close::SERVICE_RESTART, "");
        let wait = rig.take().waits_until().expect("waiting") - rig.now;
        assert!(wait <= s(longest), "{after}, {spread}: {wait:?}");
    }
}

#[test]
fn a_hint_of_zero_does_not_undercut_the_backoff() {
    let mut attempts = 0;
    let mut rig = Rig::open();
    let start = rig.now;
    while rig.now < start + s(300) {
        rig.serve([goodbye(0, 0)]);
        rig.transport_closes(close::SERVICE_RESTART, "");
        rig.reconnect();
        attempts += 1;
    }
    assert!(attempts < 60, "{attempts} attempts in 5 minutes");
}

#[test]
fn a_server_that_says_goodbye_and_stays_is_left() {
    let mut rig = Rig::open();
    let running = rig.request("running");
    rig.take();
    rig.serve([goodbye(0, 0)]);
    rig.advance(s(10) - ms(1));
    assert!(rig.take().hang_ups.is_empty());
    rig.advance(ms(1));
    let seen = rig.take();
    assert_eq!(seen.hang_ups, [(close::SUSPENDED, "goodbye".into())]);
    assert!(seen.settled.is_empty());
    rig.reconnect();
    assert_eq!(rig.take().settled, [(running, Err(RequestError::Unknown))]);
    assert_eq!(*rig.client.state(), State::Open);
}

#[test]
fn repeated_goodbyes_do_not_keep_the_client_from_leaving() {
    let mut rig = Rig::open();
    for _ in 0..10 {
        rig.serve([goodbye(1000, 0)]);
        rig.advance(s(1));
    }
    assert_eq!(rig.take().hang_ups.len(), 1);
}

#[test]
fn the_page_being_shown_does_not_undercut_the_hint_but_the_app_may() {
    let mut rig = Rig::open();
    rig.serve([goodbye(60_000, 0)]);
    rig.transport_closes(close::SERVICE_RESTART, "");
    rig.take();
    rig.lifecycle(Lifecycle::Visible);
    rig.lifecycle(Lifecycle::Online);
    assert!(rig.take().dials.is_empty());
    rig.input(Input::Connect);
    assert_eq!(rig.take().dials.len(), 1);
}

#[test]
fn connect_before_the_close_skips_nothing() {
    let mut rig = Rig::open();
    rig.serve([goodbye(60_000, 0)]);
    rig.input(Input::Connect);
    rig.transport_closes(close::SERVICE_RESTART, "");
    let wait = rig.take().waits_until().expect("waiting") - rig.now;
    assert_eq!(wait, s(60));
}

#[test]
fn a_goodbye_during_the_handshake_holds_for_the_next_attempt() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    rig.transport_opens();
    rig.serve([goodbye(60_000, 0)]);
    rig.transport_closes(close::TRY_AGAIN_LATER, "");
    let wait = rig.take().waits_until().expect("waiting") - rig.now;
    assert_eq!(wait, s(60));
}

/// What the queue holds in a drain is bounded like at any other time.
#[test]
fn the_queue_is_bounded_during_a_drain() {
    let mut config = Config::default();
    config.queue.requests = 3;
    let mut rig = Rig::open_with(config);
    rig.serve([goodbye(1000, 0)]);
    let ids: Vec<RequestId> = (0..5).map(|n| rig.request(n)).collect();
    let settled: Vec<_> = rig.take().settled.into_iter().map(|(id, _)| id).collect();
    assert_eq!(settled, ids[3..]);
}
