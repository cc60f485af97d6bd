//! Options that make no sense are refused when the client is made.

use std::time::Duration;

use fader_core::{Client, Config, ConfigError, Fader, Input, JsonCodec, Lifecycle};

use crate::support::Rig;

fn error(change: impl FnOnce(&mut Config)) -> Option<ConfigError> {
    let mut config = Config::default();
    change(&mut config);
    Client::new(config, Fader::<JsonCodec>::default(), 1).err()
}

#[test]
fn the_defaults_are_valid() {
    assert_eq!(error(|_| {}), None);
}

#[test]
fn no_time_is_zero() {
    let zero = Duration::ZERO;
    let name = |name| Some(ConfigError::ZeroDuration(name));
    assert_eq!(error(|c| c.dial_timeout = zero), name("dial_timeout"));
    assert_eq!(error(|c| c.request_timeout = zero), name("request_timeout"));
    assert_eq!(error(|c| c.backoff.base = zero), name("backoff.base"));
    assert_eq!(error(|c| c.backoff.budget_refill = zero), name("backoff.budget_refill"));
    assert_eq!(error(|c| c.heartbeat.interval = zero), name("heartbeat.interval"));
    assert_eq!(error(|c| c.heartbeat.timeout = zero), name("heartbeat.timeout"));
    assert_eq!(error(|c| c.heartbeat.probe_timeout = zero), name("heartbeat.probe_timeout"));
    assert_eq!(error(|c| c.backoff.min_uptime = zero), None, "every welcome counts as stable");
}

#[test]
fn no_bound_is_zero() {
    let name = |name| Some(ConfigError::Zero(name));
    assert_eq!(error(|c| c.backoff.budget = 0), name("backoff.budget"));
    assert_eq!(error(|c| c.queue.requests = 0), name("queue.requests"));
    assert_eq!(error(|c| c.queue.bytes = 0), name("queue.bytes"));
    assert_eq!(error(|c| c.queue.in_flight = 0), name("queue.in_flight"));
}

#[test]
fn the_cap_is_not_below_the_base() {
    assert_eq!(error(|c| c.backoff.cap = c.backoff.base), None);
    let below = |c: &mut Config| c.backoff.cap = c.backoff.base - Duration::from_nanos(1);
    assert_eq!(error(below), Some(ConfigError::CapBelowBase));
}

#[test]
fn the_longest_times_overflow_nothing() {
    let mut config = Config::default();
    let forever = Duration::MAX;
    config.dial_timeout = forever;
    config.request_timeout = forever;
    config.backoff.base = forever;
    config.backoff.cap = forever;
    config.backoff.min_uptime = forever;
    config.backoff.budget_refill = forever;
    config.heartbeat.interval = forever;
    config.heartbeat.timeout = forever;
    config.heartbeat.probe_timeout = forever;
    let mut rig = Rig::with(config, 1);
    rig.input(Input::Connect);
    rig.accept();
    rig.request("patient");
    rig.lifecycle(Lifecycle::Visible);
    rig.cut();
    rig.input(Input::Connect);
    rig.advance(Duration::from_secs(1000));
}
