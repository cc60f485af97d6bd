use std::time::Duration;

use fader_core::{Generation, Instant};
use fastrand::Rng;

use super::network::Arrival;
use super::weather::up_to;

/// The timers of a hidden page fire once in this time.
const HIDDEN: Duration = Duration::from_secs(60);

/// The machine that the page runs on: when its timer fires, and what happens
/// while it sleeps.
#[derive(Debug, Default)]
pub(super) struct Machine {
    /// It sleeps until then.
    asleep: Option<Sleep>,
    /// What arrived meanwhile.
    held: Vec<(Generation, Arrival)>,
    hidden_until: Instant,
    /// The page's newest deadline, and when its timer fires.
    timer: Option<(Instant, Instant)>,
}

#[derive(Debug)]
struct Sleep {
    until: Instant,
    /// What arrives is lost, and the connection with it.
    loses: bool,
    timer_first: bool,
}

/// What happens first when a machine wakes up.
#[derive(Debug)]
pub(super) struct Waking {
    pub(super) timer_first: bool,
    pub(super) held: Vec<(Generation, Arrival)>,
    /// What arrived was lost, and the connection with it.
    pub(super) is_cut: bool,
}

impl Machine {
    pub(super) fn is_asleep(&self) -> bool {
        self.asleep.is_some()
    }

    /// Falls asleep, if it is awake. Says when it wakes up.
    pub(super) fn sleep(
        &mut self,
        now: Instant,
        time: Duration,
        loses: bool,
        timer_first: bool,
    ) -> Option<Instant> {
        if self.is_asleep() {
            return None;
        }
        let until = now + time;
        self.asleep = Some(Sleep { until, loses, timer_first });
        Some(until)
    }

    /// Wakes up, if its time has come or whatever its time.
    pub(super) fn wake(&mut self, now: Option<Instant>) -> Option<Waking> {
        let is_due = |sleep: &mut Sleep| now.is_none_or(|now| now >= sleep.until);
        let Sleep { loses, timer_first, .. } = self.asleep.take_if(is_due)?;
        let held = std::mem::take(&mut self.held);
        let is_cut = loses && !held.is_empty();
        Some(Waking { timer_first, held: if loses { Vec::new() } else { held }, is_cut })
    }

    /// Something arrives while the machine sleeps.
    pub(super) fn hold(&mut self, generation: Generation, what: Arrival) {
        self.held.push((generation, what));
    }

    pub(super) fn hide(&mut self, until: Instant) {
        self.hidden_until = self.hidden_until.max(until);
    }

    pub(super) fn show(&mut self) {
        self.hidden_until = Instant::ZERO;
        self.timer = None;
    }

    /// When the page's timer fires, if it was set to this.
    pub(super) fn fires(
        &mut self,
        deadline: Option<Instant>,
        late: Duration,
        rng: &mut Rng,
    ) -> Option<Instant> {
        if self.is_asleep() {
            return None;
        }
        let deadline = deadline?;
        if let Some((set_to, fires)) = self.timer
            && set_to == deadline
        {
            return Some(fires);
        }
        let mut fires = if late.is_zero() { deadline } else { deadline + up_to(rng, late) };
        if fires < self.hidden_until {
            let minutes = (fires - Instant::ZERO).as_secs() / HIDDEN.as_secs() + 1;
            let next = Instant::ZERO + HIDDEN * u32::try_from(minutes).unwrap_or(u32::MAX);
            fires = next.min(self.hidden_until);
        }
        self.timer = Some((deadline, fires));
        Some(fires)
    }
}
