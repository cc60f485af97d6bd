use std::cell::Cell;

use fader_core::Instant;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    // A name of the global scope, so that it is found in workers as well, and looked up each
    // time: tests put other clocks in its place.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

thread_local! {
    static CLOCK: Cell<Clock> = const { Cell::new(Clock { ahead: 0.0, latest: 0.0 }) };
}

/// A clock that goes on where it was when the one that it reads is set back.
#[derive(Clone, Copy)]
struct Clock {
    /// How far it is ahead of what it reads, and what it showed last, in milliseconds.
    ahead: f64,
    latest: f64,
}

impl Clock {
    fn at(self, reading: f64) -> Self {
        let ahead = self.ahead.max(self.latest - reading);
        Self { ahead, latest: reading + ahead }
    }

    fn latest(self) -> Instant {
        // A cast from a float saturates.
        Instant::from_micros((self.latest * 1000.0) as u64)
    }
}

/// The present, by the page's monotonic clock: counted from the page's start,
/// unmoved by changes of the wall clock.
pub(crate) fn now() -> Instant {
    let clock = CLOCK.get().at(performance_now());
    CLOCK.set(clock);
    clock.latest()
}

/// The present as it was when it was last asked for.
pub(crate) fn latest() -> Instant {
    CLOCK.get().latest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_goes_on_where_it_was() {
        let clock = Clock { ahead: 0.0, latest: 0.0 };
        let read = [5_000.0, 0.0, 1.5, 1_000.0].map({
            let mut clock = clock;
            move |reading| {
                clock = clock.at(reading);
                clock.latest().as_micros()
            }
        });
        assert_eq!(read, [5_000_000, 5_000_000, 5_001_500, 6_000_000]);
    }
}
