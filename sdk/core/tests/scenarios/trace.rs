//! The same seed and the same inputs give the same outputs.

use fader_core::{Config, Input, Instant, Lifecycle, Output, RawPayload, State};
use fader_protocol::Message;

use crate::support::{Rig, model, ms, reply, s};

/// A life with a bit of everything that jitter and time play a part in.
fn life(seed: u64) -> Vec<(Instant, Output<Message, RawPayload>)> {
    let mut rig = Rig::with(Config::default(), seed);
    rig.input(Input::Connect);
    let group = rig.live_open(model([("x", 0)]));
    for n in 0..30 {
        rig.request(n);
        rig.advance(ms(700));
        if rig.client.deadline().is_some() && n % 3 == 0 {
            rig.cut();
        }
        rig.set(group, model([("x", n)]));
        rig.advance(s(1));
        if matches!(rig.client.state(), State::Connecting { .. }) {
            rig.accept();
        }
        rig.lifecycle([Lifecycle::Visible, Lifecycle::Online, Lifecycle::Offline][n as usize % 3]);
        rig.advance(s(35));
        if matches!(rig.client.state(), State::Connecting { .. }) {
            rig.accept();
            rig.serve([reply(n as u64, n), reply(n as u64 + 1, n)]);
        }
    }
    rig.input(Input::Close);
    std::mem::take(&mut rig.trace)
}

#[test]
fn same_seed_same_trace() {
    for seed in 0..20 {
        assert_eq!(life(seed), life(seed), "seed {seed}");
    }
}

#[test]
fn another_seed_is_another_trace() {
    assert_ne!(life(1), life(2));
}
