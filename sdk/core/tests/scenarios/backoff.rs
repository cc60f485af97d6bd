//! When the next attempt is made: full jitter, a budget, and a reset that a
//! connection must earn.

use std::time::Duration;

use fader_core::{BackoffConfig, Config, Input, Instant, Lifecycle, State};
use fader_protocol::Message;

use crate::support::{Rig, ms, s};

/// A budget that never interferes.
fn unlimited() -> Config {
    let backoff = BackoffConfig { budget: 1_000_000, ..BackoffConfig::default() };
    Config { backoff, ..Config::default() }
}

/// The wait that the client says it makes after the present attempt fails.
fn wait_after_failure(rig: &mut Rig) -> Duration {
    rig.cut();
    rig.take().waits_until().expect("waiting") - rig.now
}

#[test]
fn waits_are_random_between_zero_and_a_bound_that_doubles_up_to_the_cap() {
    let mut longest = [Duration::ZERO; 12];
    let mut shortest = [Duration::MAX; 12];
    for seed in 0..300 {
        let mut rig = Rig::with(unlimited(), seed);
        rig.input(Input::Connect);
        for n in 0..12_u32 {
            let wait = wait_after_failure(&mut rig);
            let bound = (ms(500) * 2_u32.pow(n)).min(s(30));
            assert!(wait <= bound, "seed {seed}, failure {n}: {wait:?}");
            let n = n as usize;
            longest[n] = longest[n].max(wait);
            shortest[n] = shortest[n].min(wait);
            rig.advance(wait);
        }
    }
    for n in 0..12_usize {
        let bound = (ms(500) * 2_u32.pow(u32::try_from(n).expect("small"))).min(s(30));
        // Full jitter: with 300 seeds, both ends of the range are reached.
        assert!(longest[n] > bound.mul_f64(0.9), "failure {n}: at most {:?}", longest[n]);
        assert!(shortest[n] < bound.mul_f64(0.1), "failure {n}: at least {:?}", shortest[n]);
    }
}

/// The backo2 package turned to NaN at attempt 1017.
#[test]
fn a_thousand_failures_keep_waiting_up_to_the_cap() {
    let mut rig = Rig::with(unlimited(), 7);
    rig.input(Input::Connect);
    let mut waits = Vec::new();
    for _ in 0..3000 {
        let wait = wait_after_failure(&mut rig);
        waits.push(wait);
        rig.advance(wait);
    }
    let late = &waits[2000..];
    assert!(late.iter().all(|wait| *wait <= s(30)));
    assert!(late.iter().any(|wait| *wait > s(25)));
    assert!(late.iter().any(|wait| *wait < s(5)));
}

#[test]
fn a_server_that_accepts_and_closes_is_not_dialled_as_if_it_were_well() {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    let end = rig.now + s(600);
    let mut dials = 0;
    while rig.now < end {
        rig.accept();
        rig.advance(s(4));
        dials += 1;
        let wait = wait_after_failure(&mut rig);
        rig.advance(wait);
    }
    // With a reset at each welcome, the waits would stay below 500 ms: over 130 dials.
    assert!(dials < 60, "{dials} dials in 10 minutes");
    assert!(matches!(rig.client.state(), State::Connecting { attempt } if *attempt == dials + 1));
}

#[test]
fn a_connection_of_five_seconds_begins_anew() {
    let mut rig = Rig::with(unlimited(), 3);
    rig.input(Input::Connect);
    for _ in 0..8 {
        let wait = wait_after_failure(&mut rig);
        rig.advance(wait);
    }
    rig.accept();
    rig.advance(s(5));
    rig.take();
    rig.cut();
    let seen = rig.take();
    assert!(
        matches!(seen.states[..], [State::Waiting { attempt: 1, until, .. }] if until - rig.now <= ms(500))
    );
}

#[test]
fn a_stable_connection_that_a_hidden_page_gave_up_begins_anew() {
    let mut rig = Rig::open();
    rig.advance(s(3600));
    rig.lifecycle(Lifecycle::PageHide);
    rig.take();
    rig.lifecycle(Lifecycle::PageShow);
    assert_eq!(rig.take().states, [State::Connecting { attempt: 1 }]);
}

/// Counts the dials while something asks for one every 10 ms and all fail at once.
fn dials_when_hammered(input: fn() -> Input<Message>) -> usize {
    let mut rig = Rig::new();
    rig.input(Input::Connect);
    let mut dials = 0;
    let end = rig.now + s(60);
    while rig.now < end {
        if matches!(rig.client.state(), State::Connecting { .. }) {
            dials += 1;
            rig.cut();
        }
        rig.advance(ms(10));
        rig.input(input());
    }
    dials
}

#[test]
fn the_budget_bounds_the_attempts_whatever_asks_for_them() {
    // Ten in quick succession, then one every 5 s.
    let allowed = 10 + 60 / 5;
    for input in [
        || Input::Connect,
        || Input::Lifecycle(Lifecycle::Online),
        || Input::Lifecycle(Lifecycle::Visible),
        || Input::Lifecycle(Lifecycle::PageShow),
    ] {
        let dials = dials_when_hammered(input);
        assert!((10..=allowed).contains(&dials), "{:?}: {dials} dials in a minute", input());
    }
}

#[test]
fn no_wait_is_shorter_than_the_budget_allows() {
    let backoff = BackoffConfig { budget: 1, budget_refill: s(20), ..BackoffConfig::default() };
    let mut rig = Rig::with(Config { backoff, ..Config::default() }, 5);
    rig.input(Input::Connect);
    let mut last: Option<Instant> = None;
    for _ in 0..10 {
        if let Some(last) = last {
            assert!(rig.now - last >= s(20));
        }
        last = Some(rig.now);
        let wait = wait_after_failure(&mut rig);
        rig.advance(wait);
    }
}

#[test]
fn two_clients_with_different_seeds_wait_differently() {
    let waits: Vec<_> = (0..10)
        .map(|seed| {
            let mut rig = Rig::with(unlimited(), seed);
            rig.input(Input::Connect);
            wait_after_failure(&mut rig)
        })
        .collect();
    assert!(waits.windows(2).any(|pair| pair[0] != pair[1]), "{waits:?}");
}
