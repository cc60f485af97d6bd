//! What people do about live input by hand, against a server without a mailbox.

mod debounce;
mod exhaust_map;
mod one_in_flight;
mod send_all;
mod switch_map;
mod throttle;

use std::time::Duration;

use fader_protocol::Instant;

pub(crate) use debounce::Debounce;
pub(crate) use exhaust_map::ExhaustMap;
pub(crate) use one_in_flight::OneInFlight;
pub(crate) use send_all::SendAll;
pub(crate) use switch_map::SwitchMap;
pub(crate) use throttle::Throttle;

/// Decides which inputs are sent, and when. Inputs are named by their number.
pub(crate) trait Strategy {
    /// The person moved the control.
    fn input(&mut self, now: Instant, input: u64) -> Send;

    /// The answer to `input` came.
    fn reply(&mut self, now: Instant, input: u64) -> Send {
        let _ = (now, input);
        Send::default()
    }

    /// Whether the answer to `input` may be shown; asked before [`reply`](Strategy::reply).
    fn shows(&self, input: u64) -> bool {
        let _ = input;
        true
    }

    /// When to call [`tick`](Strategy::tick).
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// The deadline has passed.
    fn tick(&mut self, now: Instant) -> Send {
        let _ = now;
        Send::default()
    }
}

/// What leaves for the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Send {
    /// An input to stop the work on.
    pub(crate) abort: Option<u64>,
    /// An input.
    pub(crate) input: Option<u64>,
}

impl Send {
    fn input(input: u64) -> Self {
        Self { abort: None, input: Some(input) }
    }
}

/// A strategy by name, and how to begin a drag with it.
pub(crate) type Named = (&'static str, fn() -> Box<dyn Strategy>);

/// The strategies that Fader is measured beside.
pub(crate) fn all() -> [Named; 6] {
    const MS: Duration = Duration::from_millis(1);
    [
        ("throttle(50)", || Box::new(Throttle::new(MS * 50))),
        ("debounce(100)", || Box::new(Debounce::new(MS * 100))),
        ("send-all", || Box::new(SendAll)),
        ("switchMap", || Box::new(SwitchMap::default())),
        ("exhaustMap", || Box::new(ExhaustMap::default())),
        ("one-in-flight", || Box::new(OneInFlight::default())),
    ]
}
