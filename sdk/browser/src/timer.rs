use std::cell::RefCell;
use std::time::Duration;

use fader_core::Instant;
use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/platform.js")]
extern "C" {
    fn start(ms: u32, tell: &Function) -> Function;
}

/// A call to come; dropping it gives it up.
pub(crate) struct Timeout {
    stop: Function,
    _tell: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Calls `on_time` in `ms` milliseconds.
    pub(crate) fn new(ms: u32, on_time: impl FnOnce() + 'static) -> Self {
        let tell = Closure::once(on_time);
        Self { stop: start(ms, tell.as_ref().unchecked_ref()), _tell: tell }
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        // Does not throw.
        let _ = self.stop.call0(&JsValue::UNDEFINED);
    }
}

/// The browser takes a delay as a signed 32-bit number of milliseconds, and fires
/// at once if it is larger.
const LONGEST_MS: u64 = i32::MAX as u64;

/// A timer that is as late as this was lost with its clock, as when a test takes fake timers away.
const LOST: Duration = Duration::from_secs(1);

/// The one timer of a client; dropping it stops it.
#[derive(Default)]
pub(crate) struct Timer {
    set: RefCell<Option<(Instant, Timeout)>>,
}

impl Timer {
    /// Calls `on_time` at `deadline`, or earlier: a timer that is set for an
    /// earlier time is left alone, since setting it again at each input costs
    /// more than a call too many.
    pub(crate) fn keep(
        &self,
        deadline: Option<Instant>,
        now: Instant,
        on_time: impl FnOnce() + 'static,
    ) {
        let mut set = self.set.borrow_mut();
        let Some(deadline) = deadline else {
            *set = None;
            return;
        };
        if set.as_ref().is_some_and(|(at, _)| *at <= deadline && now < *at + LOST) {
            return;
        }
        *set = Some((deadline.max(now), Timeout::new(delay_ms(now, deadline), on_time)));
    }

    /// The timer fired: it is not set any more.
    pub(crate) fn fired(&self) {
        self.set.take();
    }
}

/// Rounded up: a timer that fires before the deadline fires for nothing.
fn delay_ms(now: Instant, deadline: Instant) -> u32 {
    let micros = deadline.as_micros().saturating_sub(now.as_micros());
    micros.div_ceil(1000).min(LONGEST_MS) as u32
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn delays_are_rounded_up_and_clamped_to_what_a_browser_takes() {
        let now = Instant::from_millis(5);
        assert_eq!(delay_ms(now, Instant::from_micros(5_001)), 1);
        assert_eq!(delay_ms(now, Instant::from_millis(7)), 2);
        assert_eq!(delay_ms(now, Instant::ZERO), 0);
        assert_eq!(delay_ms(now, now + Duration::MAX), i32::MAX as u32);
    }
}
