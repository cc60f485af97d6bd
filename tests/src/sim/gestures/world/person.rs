use std::time::Duration;

use fader_core::{Holder, Input, Lifecycle};

use super::super::control::{Values, patch};
use super::{KEYS, World};
use crate::sim::weather::{chance, pick, up_to};

/// How long a control waits that nobody lets go of.
const QUIET: Duration = Duration::from_millis(500);

/// The person.
impl World {
    pub(super) fn gesture(&mut self) {
        self.tally.gestures += 1;
        let control = self.rng.usize(..self.controls.len());
        let keys = &KEYS[..self.rng.usize(1..=KEYS.len())];
        let is_gesture = !self.climate.unruly || chance(&mut self.rng, 70);
        // A control of which nobody says when it is let go of.
        let quiet = (is_gesture && chance(&mut self.rng, 25)).then_some(QUIET);
        let holder = if quiet.is_some() { Holder::control(0) } else { Holder::APP };
        if is_gesture {
            let held = if keys.len() == KEYS.len() { &[] } else { keys };
            let id = self.controls[control].id;
            self.client.live_begin(self.now, id, holder, held, quiet).expect("an open group");
            self.controls[control].begin(self.now, held);
        }
        let interval = pick(&mut self.rng, &[1, 4, 16, 16, 100].map(Duration::from_millis));
        let inputs =
            if chance(&mut self.rng, 40) { self.rng.u32(1..=3) } else { self.rng.u32(1..=60) };
        for _ in 0..inputs {
            for (i, key) in keys.iter().enumerate() {
                if i == 0 || chance(&mut self.rng, 70) {
                    self.set(control, key);
                }
            }
            self.carry_out();
            if is_gesture {
                self.check_progress(control, interval);
            }
            if self.climate.unruly && chance(&mut self.rng, 1) {
                self.leave_and_return();
            }
            self.pass(interval);
        }
        if quiet.is_some() {
            // One moment less, and it would still be held.
            self.pass(QUIET - interval - Duration::from_millis(1));
            self.controls[control].release();
            self.note("is quiet");
            return self.pass(Duration::from_millis(2));
        }
        // A hand that rests: connections may break and come back meanwhile.
        if chance(&mut self.rng, 20) {
            let rest = up_to(&mut self.rng, Duration::from_secs(4));
            self.pass(rest);
        }
        let id = self.controls[control].id;
        self.note("lets go");
        if chance(&mut self.rng, 20) {
            let _ = self.client.live_cancel(self.now, id, Holder::APP);
            self.controls[control].cancel();
        } else {
            self.client.live_commit(self.now, id, Holder::APP);
            self.controls[control].release();
        }
        self.carry_out();
    }

    fn set(&mut self, control: usize, key: &str) {
        self.values += 1;
        self.tally.inputs += 1;
        let control = &mut self.controls[control];
        control.set(key, self.values);
        let values = Values::from([(key.to_owned(), self.values)]);
        self.client.live_set(self.now, control.id, patch(&values)).expect("an open group");
        self.note(format_args!("sets {values:?}"));
    }

    /// The page is hidden and shown again: what is set until then is committed.
    fn leave_and_return(&mut self) {
        let leave = pick(&mut self.rng, &[Lifecycle::PageHide, Lifecycle::Freeze]);
        self.client.handle(self.now, Input::Lifecycle(leave));
        for control in &mut self.controls {
            control.release();
        }
        self.carry_out();
        let away = up_to(&mut self.rng, Duration::from_secs(1));
        self.pass(away);
        self.client.handle(self.now, Input::Lifecycle(Lifecycle::PageShow));
        self.carry_out();
    }
}
