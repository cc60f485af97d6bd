use std::time::Duration;

use fader_core::Instant;
use fader_protocol::close;
use fastrand::Rng;

use super::agenda::Agenda;
use super::audience::Audience;
use super::check::Check;
use super::mirror::Mirror;
use super::network::{Arrival, End, LinkId, Network, Parcel};
use super::page::{Page, Wish};
use super::person::Person;
use super::server::{Effect, JobId, Server};
use super::trace::Trace;
use super::weather::{Weather, up_to};

/// When a world begins.
const START: Instant = Instant::from_millis(1000);

/// How long everything may take to come right after the storm: a dead socket to
/// be noticed, a server to be believed back, a budget of attempts to refill.
const CONVALESCENCE: Duration = Duration::from_secs(150);

/// How long what the storm broke may still come to light afterwards, such as a
/// socket that nobody closed.
const AFTERMATH: Duration = Duration::from_secs(60);

/// How long it is watched then that nothing happens any more.
const REST: Duration = Duration::from_secs(60);

/// All there is, and the order in which it happens.
#[derive(Debug)]
pub(super) struct World {
    now: Instant,
    rng: Rng,
    weather: Weather,
    agenda: Agenda<Happening>,
    network: Network,
    server: Server,
    page: Page,
    person: Person,
    audience: Audience,
    check: Check,
    trace: Trace,
    /// The storm is over: nobody acts and nothing breaks.
    is_calm: bool,
    mirror: Mirror,
    /// When a live patch was last sent.
    last_patch: Instant,
}

#[derive(Debug)]
enum Happening {
    Arrival(Parcel),
    JobReports(JobId),
    JobCounts(JobId),
    JobEnds(JobId),
    AudienceActs,
    Speech,
    Reading,
    PersonActs,
    Fault,
    ServerReturns,
}

impl World {
    pub(super) fn new(seed: u64, aloud: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let weather = Weather::new(&mut rng);
        let mut check = Check::default();
        Self {
            now: START,
            agenda: Agenda::new(),
            network: Network::default(),
            server: Server::new(&weather, &mut check),
            page: Page::new(rng.u64(..)),
            person: Person::default(),
            audience: Audience::default(),
            check,
            trace: Trace::new(aloud),
            is_calm: false,
            mirror: Mirror::default(),
            last_patch: Instant::ZERO,
            weather,
            rng,
        }
    }

    pub(super) fn run(mut self) -> Trace {
        self.trace.note(self.now, "weather", &format_args!("{:?}", self.weather));
        let end_of_storm = self.now + self.weather.storm;
        self.page.connect(self.now);
        self.agenda.add(self.now, Happening::PersonActs);
        self.agenda.add(self.now, Happening::AudienceActs);
        self.agenda.add(self.now, Happening::Speech);
        self.agenda.add(self.now, Happening::Reading);
        self.plan_fault();
        self.live_until(end_of_storm, |_| false);

        self.is_calm = true;
        self.network.server_is_down = false;
        self.trace.note(self.now, "weather", &"calm");
        self.person.calm_down(self.now, &mut self.page);
        self.carry_out();
        self.live_until(end_of_storm + CONVALESCENCE, Self::is_well);
        self.check.assert_all_settled(self.server.only_session());

        self.live_until(self.now + AFTERMATH, |_| false);
        self.check.assert_all_settled(self.server.only_session());
        let rested = self.now;
        self.live_until(rested + REST, |_| false);
        assert!(self.last_patch <= rested, "a patch leaves though nothing is set");
        self.trace
    }

    fn is_well(&self) -> bool {
        self.check.all_settled(self.server.only_session())
            && self.check.open_groups().all(|group| !self.page.is_pending(self.now, group))
    }

    fn live_until(&mut self, end: Instant, is_enough: impl Fn(&Self) -> bool) {
        let mut at_once = 0;
        while !is_enough(self) {
            let due = [self.agenda.next(), self.page.deadline(), self.server.deadline()];
            let Some(next) = due.into_iter().flatten().min().filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            at_once = if next > self.now { 0 } else { at_once + 1 };
            assert!(at_once < 1000, "time stands still at {:?}", self.now);
            self.now = self.now.max(next);
            if let Some(happening) = self.agenda.pop(self.now) {
                self.happen(happening);
            } else {
                self.page.tick(self.now);
            }
            self.carry_out();
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrival(parcel) => self.arrive(parcel),
            Happening::JobReports(job) => self.server.job_reports(self.now, job),
            Happening::JobEnds(job) => self.server.job_ends(self.now, job, &mut self.check),
            Happening::PersonActs if !self.is_calm => {
                let next = self.person.act(
                    self.now,
                    &mut self.page,
                    &mut self.check,
                    &self.weather,
                    &mut self.rng,
                );
                self.agenda.add(next, Happening::PersonActs);
            }
            Happening::JobCounts(job) => {
                match self.server.job_counts(self.now, job, &mut self.rng) {
                    Some(when) => self.agenda.add(when, Happening::JobCounts(job)),
                    None => self.server.job_ends(self.now, job, &mut self.check),
                }
            }
            Happening::AudienceActs => {
                let (now, page, check) = (self.now, &mut self.page, &mut self.check);
                let next = if self.is_calm {
                    self.audience.read(now, page, check)
                } else {
                    self.audience.act(now, page, check, &self.weather, &mut self.rng)
                };
                self.agenda.add(next, Happening::AudienceActs);
            }
            Happening::Speech if !self.is_calm => {
                self.server.speak(&mut self.check);
                let next = self.now + up_to(&mut self.rng, self.weather.between_words * 2);
                self.agenda.add(next, Happening::Speech);
            }
            Happening::Reading => {
                self.server.news(self.now);
                if let Some(reading) = self.weather.reading {
                    self.agenda.add(self.now + reading, Happening::Reading);
                }
            }
            Happening::Fault if !self.is_calm => {
                self.strike();
                self.plan_fault();
            }
            Happening::ServerReturns => self.network.server_is_down = false,
            Happening::PersonActs | Happening::Speech | Happening::Fault => {}
        }
    }

    fn arrive(&mut self, parcel: Parcel) {
        if !self.network.delivers(&parcel) {
            return;
        }
        let Parcel { link, to, what } = parcel;
        self.trace.note(self.now, "arrives", &format_args!("{to:?} {link:?} {what:?}"));
        match (to, what) {
            (End::Client, what) => {
                let generation = self.network.generation(link);
                self.page.arrived(self.now, generation, what);
            }
            (End::Server, Arrival::Opened) => self.server.opened(self.now, link),
            (End::Server, Arrival::Message(message)) => {
                if let Some(session) = self.server.session_of(link) {
                    self.mirror.arrived(session, link, &message, &mut self.check);
                }
                self.server.received(self.now, link, &message);
            }
            (End::Server, Arrival::Closed { code, .. }) => self.server.gone(self.now, link, code),
        }
    }

    /// Does what the page and the server want, until they want nothing.
    fn carry_out(&mut self) {
        let (check, audience) = (&mut self.check, &mut self.audience);
        for wish in self.page.drain(self.now, check, audience, &mut self.trace) {
            self.grant(wish);
        }
        while self.weather.reading.is_none() && self.server.news(self.now) {}
        let effects = self.server.poll(self.now, &self.weather, &mut self.rng, &mut self.check);
        for effect in effects {
            match effect {
                Effect::Send(link, text) => self.send(link, End::Client, Arrival::Message(text)),
                Effect::Close(link, code, reason) => {
                    self.send(link, End::Client, Arrival::Closed { code, reason });
                }
                Effect::Reports(when, job) => self.agenda.add(when, Happening::JobReports(job)),
                Effect::Counts(when, job) => self.agenda.add(when, Happening::JobCounts(job)),
                Effect::Ends(when, job) => self.agenda.add(when, Happening::JobEnds(job)),
            }
        }
    }

    fn grant(&mut self, wish: Wish) {
        self.trace.note(self.now, "page", &format_args!("{wish:?}"));
        match wish {
            Wish::Dial(generation) => {
                self.check.dialled(self.now - START);
                let parcels = self.network.dial(
                    self.now,
                    generation,
                    &self.weather,
                    self.is_calm,
                    &mut self.rng,
                );
                self.post(parcels);
            }
            Wish::Send(generation, message) => {
                if message.contains("[20,") {
                    self.last_patch = self.now;
                }
                let link = self.network.link_of(generation);
                self.send(link, End::Server, Arrival::Message(message));
            }
            Wish::HangUp(generation, code, reason) => {
                let link = self.network.link_of(generation);
                self.send(link, End::Server, Arrival::Closed { code, reason });
            }
        }
    }

    fn send(&mut self, link: LinkId, to: End, what: Arrival) {
        let sent = self.network.send(self.now, link, to, what, &self.weather, &mut self.rng);
        self.post([sent]);
    }

    fn post(&mut self, parcels: impl IntoIterator<Item = (Instant, Parcel)>) {
        for (when, parcel) in parcels {
            self.agenda.add(when, Happening::Arrival(parcel));
        }
    }

    fn plan_fault(&mut self) {
        if let Some(mean) = self.weather.between_faults {
            let when = self.now + up_to(&mut self.rng, mean * 2);
            self.agenda.add(when, Happening::Fault);
        }
    }

    /// Something breaks.
    fn strike(&mut self) {
        let link = self.server.links().last().copied();
        match (self.rng.u8(..10), link) {
            (0, _) => {
                self.trace.note(self.now, "fault", &"the server crashes");
                for link in self.server.links() {
                    self.cut(link);
                }
                self.server.crash(&mut self.check);
                self.restart();
            }
            (1, _) => {
                self.trace.note(self.now, "fault", &"the server restarts");
                let after = Duration::from_millis(200);
                self.server.drain_clients(self.now, after, &mut self.check);
                self.restart();
            }
            (2, Some(link)) => {
                self.trace.note(self.now, "fault", &"the server is busy");
                let busy = Arrival::Closed { code: close::TRY_AGAIN_LATER, reason: "busy".into() };
                self.server.gone(self.now, link, close::TRY_AGAIN_LATER);
                self.send(link, End::Client, busy);
            }
            (3, _) => {
                self.trace.note(self.now, "fault", &"the server's network fails");
                for link in self.server.links() {
                    self.cut(link);
                }
                self.restart();
            }
            (_, Some(link)) => self.cut(link),
            (_, None) => {}
        }
    }

    fn cut(&mut self, link: LinkId) {
        self.trace.note(self.now, "fault", &format_args!("{link:?} is cut"));
        let notices = self.network.cut(self.now, link, &mut self.rng);
        self.post(notices);
    }

    /// The server takes nobody in for a while.
    fn restart(&mut self) {
        self.network.server_is_down = true;
        let back = self.now + up_to(&mut self.rng, Duration::from_secs(2));
        self.agenda.add(back, Happening::ServerReturns);
    }
}
