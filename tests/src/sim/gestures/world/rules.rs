use std::time::Duration;

use fader_core::{Input, Lifecycle, Policy};

use super::super::control::Broken;
use super::super::tally::{Rule, Violation};
use super::World;
use crate::sim::weather::Weather;

/// How long everything may take to come right: a dead socket to be noticed, a
/// server to be believed back, a budget of attempts to refill.
const CONVALESCENCE: Duration = Duration::from_secs(150);

/// How long it is watched in the end that nothing happens any more.
const REST: Duration = Duration::from_secs(60);

/// What must hold.
impl World {
    pub(super) fn check_progress(&mut self, control: usize, interval: Duration) {
        let patience = match self.climate.policy {
            Policy::Adaptive | Policy::EveryFrame => Duration::from_millis(300),
            Policy::Throttle(time) => time + Duration::from_millis(300),
            Policy::Debounce(_) | Policy::OnCommit => return,
        };
        let Weather { latency, jitter, .. } = self.climate.weather;
        let round_trip = (latency + jitter) * 2;
        let patience = patience + interval + round_trip * 2 + self.climate.manners.service * 4;
        let Some(healthy_since) = self.healthy_since else { return };
        let since = self.controls[control].shown_at.max(healthy_since);
        let since = since.max(self.studio.hangs_until);
        if self.now - since > patience {
            let what = format!("nothing was shown for {:?}", self.now - since);
            self.judge(Err((Rule::ShowsProgress, what)));
            self.controls[control].shown_at = self.now;
        }
    }

    /// Everything comes right, and stays so until all that is set is shown.
    pub(super) fn settle(&mut self) {
        self.note("calm");
        self.is_calm = true;
        self.network.server_is_down = false;
        self.studio.calm(true, self.climate.manners);
        self.client.handle(self.now, Input::Lifecycle(Lifecycle::Online));
        self.carry_out();
        self.live_until(self.now + CONVALESCENCE, Self::is_well);
        for i in 0..self.controls.len() {
            let broken = self.controls[i].check_shown();
            self.judge(broken);
            // Gestures that no connection could carry are one commit together.
            if !self.climate.unruly && !self.has_faults() {
                let broken = self.controls[i].check_commits();
                self.judge(broken);
            }
        }
        self.is_calm = false;
        self.studio.calm(false, self.climate.manners);
    }

    fn is_well(&self) -> bool {
        self.controls.iter().all(|control| {
            let status = self.client.live_status(self.now, control.id);
            status.is_some_and(|status| !status.pending) && control.check_shown().is_ok()
        })
    }

    pub(super) fn rest(&mut self) {
        self.is_calm = true;
        // What a cut connection left behind may still come to light.
        self.pass(REST);
        let (rested, ticks) = (self.now, self.ticks);
        self.pass(REST);
        if self.last_patch > rested {
            self.judge(Err((Rule::Rests, "a patch leaves though nothing is set".into())));
        }
        // A ping every 25 s, and its deadline.
        if self.ticks - ticks > 6 {
            let what = format!("{} timers in {REST:?}", self.ticks - ticks);
            self.judge(Err((Rule::Rests, what)));
        }
        for i in 0..self.controls.len() {
            let broken = self.controls[i].check_shown();
            self.judge(broken);
        }
    }

    pub(super) fn judge(&mut self, broken: Broken) {
        if let Err((rule, what)) = broken {
            self.note(format_args!("{rule:?} does not hold: {what}"));
            let violation = Violation { seed: self.seed, at: self.now, rule, what };
            self.tally.violations.push(violation);
        }
    }
}
