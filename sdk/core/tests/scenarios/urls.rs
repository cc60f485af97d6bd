//! Several URLs, in order.

use fader_core::{Config, ConfigError, Input, State};

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
