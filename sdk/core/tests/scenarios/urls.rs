//! Several URLs, in order.

use fader_core::{Config, ConfigError, Input, Lifecycle, State};
use fader_protocol::{Goodbye, ServerFrame};

use crate::support::{Rig, s};

fn with_urls(urls: usize) -> Config {
    Config { urls, ..Config::default() }
}

/// Lets time pass until the client dials; gives the URL that it dials.
fn dialled(rig: &mut Rig) -> usize {
    for _ in 0..100 {
        if rig.is_dialing() {
            return rig.client.url();
        }
        rig.advance(s(1));
    }
    unreachable!("never dials");
}

#[test]
fn after_each_attempt_that_failed_the_next_one_is_tried() {
    let mut rig = Rig::with(with_urls(3), 1);
    rig.input(Input::Connect);
    for url in [0, 1, 2, 0, 1] {
        assert_eq!(dialled(&mut rig), url);
        rig.cut();
    }
}

#[test]
fn the_first_round_has_no_waits_but_those_of_the_budget_and_the_server() {
    let mut rig = Rig::with(with_urls(3), 1);
    rig.input(Input::Connect);
    for url in [0, 1, 2] {
        assert_eq!((rig.is_dialing(), rig.client.url()), (true, url));
        rig.cut();
    }
    assert!(matches!(rig.client.state(), State::Waiting { attempt: 4, .. }));
    // From then on, each attempt waits.
    dialled(&mut rig);
    rig.cut();
    assert!(!rig.is_dialing());
    // A connection lets the rounds begin anew; the loss of it is waited for.
    dialled(&mut rig);
    rig.accept();
    rig.cut();
    assert!(!rig.is_dialing());
    let url = dialled(&mut rig);
    rig.cut();
    assert_eq!((rig.is_dialing(), rig.client.url()), (true, (url + 1) % 3));

    let mut config = with_urls(3);
    config.backoff.budget = 1;
    let mut rig = Rig::with(config, 1);
    rig.input(Input::Connect);
    rig.cut();
    let State::Waiting { until, .. } = *rig.client.state() else { unreachable!("no wait") };
    assert_eq!(until - rig.now, s(5));

    let mut rig = Rig::with(with_urls(2), 1);
    rig.input(Input::Connect);
    rig.accept();
    rig.serve([ServerFrame::Goodbye(Goodbye {
        after_ms: 60_000,
        spread_ms: 0,
        reason: "restart".into(),
    })]);
    rig.cut();
    let url = dialled(&mut rig);
    assert_eq!(url, 0);
    rig.cut();
    assert_eq!((rig.is_dialing(), rig.client.url()), (true, 1));
}

#[test]
fn without_a_network_there_is_no_round() {
    let mut rig = Rig::with(with_urls(3), 1);
    rig.input(Input::Connect);
    rig.lifecycle(Lifecycle::Offline);
    rig.cut();
    assert_eq!(*rig.client.state(), State::Offline);
}

#[test]
fn where_the_session_is_is_tried_first() {
    let mut rig = Rig::with(with_urls(3), 1);
    rig.input(Input::Connect);
    rig.cut();
    assert_eq!(dialled(&mut rig), 1);
    rig.accept();
    rig.cut();
    assert_eq!(dialled(&mut rig), 1);
    // A welcome that never comes is a failure too.
    rig.transport_opens();
    rig.advance(s(10));
    assert_eq!(dialled(&mut rig), 2);
    rig.accept();
    assert_eq!(*rig.client.state(), State::Open);
}

#[test]
fn there_must_be_one() {
    assert_eq!(with_urls(0).validate(), Err(ConfigError::Zero("urls")));
}
