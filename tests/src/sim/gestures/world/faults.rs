use std::time::Duration;

use fader_protocol::close;

use super::{Happening, World};
use crate::sim::network::{Arrival, End, LinkId};
use crate::sim::weather::up_to;

/// What breaks, and when other people do something.
impl World {
    pub(super) fn has_faults(&self) -> bool {
        self.climate.weather.between_faults.is_some()
    }

    pub(super) fn plan_fault(&mut self) {
        if let Some(mean) = self.climate.weather.between_faults {
            let when = self.now + up_to(&mut self.rng, mean * 2);
            self.agenda.add(when, Happening::Fault);
        }
    }

    pub(super) fn plan_push(&mut self) {
        if let Some(mean) = self.climate.between_pushes {
            let when = self.now + up_to(&mut self.rng, mean * 2);
            self.agenda.add(when, Happening::Push);
        }
    }

    /// Something breaks.
    pub(super) fn strike(&mut self) {
        self.healthy_since = None;
        match (self.rng.u8(..5), self.studio.links().last().copied()) {
            (0, _) => self.crash(),
            (1, Some(link)) => {
                self.studio.gone(self.now, link, close::TRY_AGAIN_LATER);
                let busy = Arrival::Closed { code: close::TRY_AGAIN_LATER, reason: "busy".into() };
                self.send(link, End::Client, busy);
            }
            (_, Some(link)) => self.cut(link),
            (_, None) => {}
        }
    }

    fn cut(&mut self, link: LinkId) {
        self.note(format_args!("{link:?} is cut"));
        self.tally.cuts += 1;
        let notices = self.network.cut(self.now, link, &mut self.rng);
        self.post(notices);
    }

    pub(super) fn crash(&mut self) {
        self.note("the server crashes");
        self.tally.crashes += 1;
        self.healthy_since = None;
        for link in self.studio.links() {
            self.cut(link);
        }
        self.studio.crash();
        self.network.server_is_down = true;
        let back = self.now + up_to(&mut self.rng, Duration::from_secs(2));
        self.agenda.add(back, Happening::ServerReturns);
    }
}
