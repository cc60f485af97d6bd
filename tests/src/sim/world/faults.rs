use std::fmt::Display;
use std::time::Duration;

use fader_core::Generation;
use fader_protocol::close;

use super::{Happening, World};
use crate::sim::network::{Arrival, End, LinkId};
use crate::sim::script::Fault;
use crate::sim::weather::{chance, up_to};
use crate::sim::{stranger, token};

/// What breaks.
impl World {
    pub(super) fn fault(&mut self, what: &impl Display) {
        self.faults += 1;
        self.trace.note(self.now, "fault", what);
    }

    pub(super) fn strike(&mut self, fault: Fault) {
        self.faults += 1;
        match (fault, self.newest_link()) {
            (Fault::Crash { down }, _) => {
                self.crash();
                self.restart(down);
            }
            (Fault::Restart { down }, _) => {
                self.server.drain_clients(self.now, down, &mut self.check);
                self.restart(down);
            }
            (Fault::Outage { down }, _) => {
                for link in self.server.links() {
                    self.cut(link);
                }
                self.restart(down);
            }
            (Fault::Busy, Some(link)) => {
                let busy = Arrival::Closed { code: close::TRY_AGAIN_LATER, reason: "busy".into() };
                self.server.gone(self.now, link, close::TRY_AGAIN_LATER);
                self.send(link, End::Client, busy);
            }
            (Fault::Cut, Some(link)) => self.cut(link),
            (Fault::Silence { to_client, to_server }, Some(link)) => {
                self.network.silence(link, to_client, to_server);
            }
            (Fault::Stall { to_client, to_server, time }, Some(link)) => {
                for (to, is_stalled) in [(End::Client, to_client), (End::Server, to_server)] {
                    if is_stalled {
                        self.network.stall(link, to, self.now + time);
                    }
                }
            }
            (Fault::Sleep { time, loses, timer_first }, _) => {
                if let Some(until) = self.machine.sleep(self.now, time, loses, timer_first) {
                    self.agenda.add(until, Happening::Wakes);
                }
            }
            (Fault::Hide { time }, _) => self.machine.hide(self.now + time),
            (Fault::Clone, _) => self.clone_page(),
            (Fault::Stranger { kind }, _) => self.let_in(kind),
            (_, None) => {}
        }
    }

    /// The newest link of the page that the server knows of.
    fn newest_link(&self) -> Option<LinkId> {
        let links = self.server.links();
        links.into_iter().rfind(|link| self.network.generation_of(*link).is_some())
    }

    pub(super) fn cut(&mut self, link: LinkId) {
        self.trace.note(self.now, "fault", &format_args!("{link:?} is cut"));
        let notices = self.network.cut(self.now, link, &mut self.rng);
        let is_pages = self.network.generation_of(link).is_some();
        self.post(notices.into_iter().filter(|(_, to)| is_pages || to.to == End::Server));
    }

    pub(super) fn cut_idle_links(&mut self, time: Duration) {
        if self.is_calm {
            return;
        }
        for link in self.network.idle(self.now, time) {
            self.faults += 1;
            self.cut(link);
        }
        self.agenda.add(self.now + time / 4, Happening::IdleLinks(time));
    }

    /// The server's machine dies, and comes back without its memory.
    pub(super) fn crash(&mut self) {
        for link in self.server.links() {
            self.cut(link);
        }
        self.server.crash(&mut self.check);
    }

    /// The server takes nobody in for a while.
    fn restart(&mut self, down: Duration) {
        self.network.server_is_down = true;
        self.agenda.add(self.now + down, Happening::ServerReturns);
    }

    /// The page's machine wakes up, if it sleeps.
    pub(super) fn wake(&mut self, now: Option<fader_core::Instant>) {
        let Some(waking) = self.machine.wake(now) else { return };
        self.trace.note(self.now, "machine", &"wakes up");
        let generation = self.page.generation();
        if waking.timer_first {
            self.page.tick(self.now);
            self.carry_out();
        }
        for (generation, what) in waking.held {
            self.arrive_at_page(generation, what);
            self.carry_out();
        }
        if waking.is_cut
            && let Some(generation) = generation
        {
            let link = self.network.link_of(generation);
            self.network.silence(link, true, true);
            let closed = Arrival::Closed { code: close::ABNORMAL, reason: String::new() };
            self.arrive_at_page(generation, closed);
            self.carry_out();
        }
    }

    /// The app is asked for credentials. It takes its time, or never answers.
    pub(super) fn look_for_token(&mut self, generation: Generation) {
        let life = self.weather.tokens.unwrap_or_default();
        let (mut life, mut has_one) = (life, true);
        if self.is_calm {
            life = life.max(Duration::from_secs(60));
        } else if chance(&mut self.rng, self.weather.no_tokens) {
            self.fault(&"there are no credentials");
            if self.rng.bool() {
                return;
            }
            has_one = false;
        }
        let when = self.now + self.weather.travel(&mut self.rng);
        let token = has_one.then(|| token::token(token::OWNER, when + life));
        self.agenda.add(when, Happening::Token(generation, token));
    }

    /// Somebody else has a copy of the page, and connects with what it knows.
    fn clone_page(&mut self) {
        let Some((session, secret, received)) = self.check.wire.stolen() else { return };
        if self.network.server_is_down {
            return;
        }
        let link = self.network.dial_for_a_stranger(self.now);
        // With credentials of its own, it must not get the session.
        let (name, is_owner) =
            if self.rng.bool() { (token::OWNER, true) } else { ("thief", false) };
        let token = token::token(name, self.now + Duration::from_secs(60));
        let token = self.weather.tokens.map(|_| token);
        if is_owner || token.is_none() {
            self.clones.insert(link);
        }
        self.server.opened(self.now, link);
        let hello = stranger::resume(&session, &secret, received, token.as_deref()).into();
        self.check.wire.credentials_arrive(link, &hello);
        self.server.received(self.now, link, &hello);
        self.server.received(self.now, link, &"[[2,1]]".into());
        let leaves = self.now + up_to(&mut self.rng, Duration::from_secs(5));
        self.agenda.add(leaves, Happening::StrangerLeaves(link));
    }

    /// Somebody else connects.
    fn let_in(&mut self, kind: u8) {
        if self.network.server_is_down {
            return;
        }
        let session = self.check.wire.stolen().map(|(session, ..)| session).unwrap_or_default();
        let link = self.network.dial_for_a_stranger(self.now);
        self.server.opened(self.now, link);
        for message in stranger::messages(kind, &session, &mut self.rng) {
            self.trace.note(self.now, "stranger", &format_args!("{message:?}"));
            self.server.hears_stranger(self.now, link, &message);
        }
        let leaves = self.now + up_to(&mut self.rng, Duration::from_secs(20));
        self.agenda.add(leaves, Happening::StrangerLeaves(link));
    }
}
