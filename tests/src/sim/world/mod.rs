mod faults;

use std::collections::BTreeSet;
use std::time::Duration;

use fader_core::{Generation, Instant, State};
use fader_protocol::{Message, MessageLimits, RawPayload, ServerFrame, close, json};
use fader_server::session::WindowConfig;
use fastrand::Rng;

use super::agenda::Agenda;
use super::audience::Audience;
use super::check::Check;
use super::machine::Machine;
use super::mirror::Mirror;
use super::network::{Arrival, End, LinkId, Network, Parcel};
use super::page::{Page, Wish};
use super::person::{Next, Person};
use super::script::{Act, Deed, Script};
use super::server::{Effect, JobId, Server};
use super::stranger;
use super::summary::Summary;
use super::trace::Trace;
use super::weather::{Weather, chance};

/// When a world begins.
const START: Instant = Instant::from_millis(1000);

/// How long everything may take to come right after the storm: a stalled link (20 s),
/// a dead socket to be noticed (3 s, since there is evidence), a hung attempt (10 s),
/// a wait (30 s), the budget of attempts (5 s), and all of it once more if the first
/// attempt ran into what was left of the storm.
const CONVALESCENCE: Duration = Duration::from_secs(120);

/// How long a server can send its clients away, whatever it says.
const LONGEST_GOODBYE: Duration = Duration::from_secs(600);

/// How long what the storm broke may still come to light afterwards, such as a
/// socket that nobody closed.
const AFTERMATH: Duration = Duration::from_secs(60);

/// How long it is watched then that nothing happens any more.
const REST: Duration = Duration::from_secs(60);

/// How long after a close a server may take to find out and to forget: silence is
/// noticed after 90 s, and a session without a connection kept for 120 s.
const OBLIVION: Duration = Duration::from_secs(300);

/// All there is, and the order in which it happens.
#[derive(Debug)]
pub(super) struct World {
    now: Instant,
    rng: Rng,
    weather: Weather,
    agenda: Agenda<Happening>,
    end_of_storm: Instant,
    network: Network,
    server: Server,
    page: Page,
    machine: Machine,
    person: Person,
    audience: Audience,
    check: Check,
    trace: Trace,
    /// The storm is over: nobody acts and nothing breaks.
    is_calm: bool,
    mirror: Mirror,
    /// When a live patch was last sent.
    last_patch: Instant,
    /// The links of clones of the page.
    clones: BTreeSet<LinkId>,
    /// The links that the server closed because the client reads too slowly.
    too_slow: BTreeSet<LinkId>,
    faults: u64,
}

#[derive(Debug)]
enum Happening {
    Arrival(Parcel),
    JobReports(JobId),
    JobCounts(JobId),
    JobEnds(JobId),
    /// The client reads topics and streams.
    Reading(Duration),
    /// The app takes what waits of its streams.
    Taking,
    Act(Act),
    /// The next input of a gesture.
    Input,
    ComesBack,
    Wakes,
    /// Whoever cuts idle links looks for them.
    IdleLinks(Duration),
    StrangerLeaves(LinkId),
    /// The app gives credentials, or has none.
    Token(Generation, Option<String>),
    ServerReturns,
}

impl World {
    /// A world in which of the script that the seed decides only `acts` happen, if
    /// there are any.
    pub(super) fn new(seed: u64, acts: Option<&[usize]>, aloud: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let mut script = Script::drawn(&mut rng);
        if let Some(acts) = acts {
            script.keep(acts);
        }
        let Script { weather, acts, length } = script;
        let mut agenda = Agenda::new();
        for act in acts {
            agenda.add(START + act.at, Happening::Act(act));
        }
        if let Some(time) = weather.idle_cut {
            agenda.add(START + time, Happening::IdleLinks(time));
        }
        if let Some(time) = weather.reading {
            agenda.add(START + time, Happening::Reading(time));
        }
        let is_lied_to = weather.lies > 0;
        let mut check = Check::new(is_lied_to);
        let forgets_early = weather.outcomes < WindowConfig::default().requests_per_payer;
        check.requests.forgets_early = forgets_early;
        check.topics.forgets_early = forgets_early;
        Self {
            now: START,
            agenda,
            end_of_storm: START + length,
            network: Network::default(),
            server: Server::new(&weather, &mut check),
            page: Page::new(rng.u64(..), is_lied_to, &weather),
            machine: Machine::default(),
            person: Person::default(),
            audience: Audience::default(),
            check,
            trace: Trace::new(aloud),
            is_calm: false,
            mirror: Mirror::default(),
            last_patch: Instant::ZERO,
            clones: BTreeSet::new(),
            too_slow: BTreeSet::new(),
            faults: 0,
            weather,
            rng,
        }
    }

    pub(super) fn run(mut self) -> Summary {
        self.trace.note(self.now, "weather", &format_args!("{:?}", self.weather));
        self.page.connect(self.now);
        self.carry_out();
        self.live_until(self.end_of_storm, |_| false);
        self.is_calm = true;
        self.network.server_is_down = false;
        self.machine.show();
        self.trace.note(self.now, "weather", &"calm");
        self.wake(None);
        if !self.weather.closes && !matches!(self.page.state(), State::Closed(_)) {
            self.recover();
        }
        self.close();
        Summary {
            sessions: self.server.begun(),
            faults: self.faults,
            time: self.now - START,
            lines: self.trace.lines(),
            digest: self.trace.digest(),
        }
    }

    /// Everything comes right by itself, and then nothing happens any more.
    fn recover(&mut self) {
        let mut patience = CONVALESCENCE;
        if self.weather.lies > 0 {
            // Whoever comes now is told the truth, but may have been sent away before.
            self.crash();
            patience += LONGEST_GOODBYE;
        }
        self.person.calm_down(self.now, &mut self.page);
        self.agenda.add(self.now, Happening::Taking);
        self.carry_out();
        self.live_until(self.now + patience, Self::is_well);
        if self.weather.lies > 0 && matches!(self.page.state(), State::Closed(_)) {
            return;
        }
        assert_eq!(*self.page.state(), State::Open, "not connected");
        self.check.assert_all_settled(self.session());

        self.live_until(self.now + AFTERMATH, |_| false);
        self.check.assert_all_settled(self.session());
        let rested = self.now;
        self.live_until(rested + REST, |_| false);
        assert!(self.last_patch <= rested, "a patch leaves though nothing is set");
    }

    /// The app closes the client, and nothing follows. The server forgets it.
    fn close(&mut self) {
        self.trace.note(self.now, "page", &"closes");
        self.check.closes();
        self.page.close(self.now);
        self.carry_out();
        self.check.assert_all_settled(None);
        assert_eq!(self.page.generation(), None, "a transport is left");
        self.live_until(self.now + OBLIVION, |_| false);
        assert_eq!(self.page.deadline(), None, "a timer is left");
        assert_eq!(self.server.sessions(), 0, "a session is left");
    }

    fn is_well(&self) -> bool {
        *self.page.state() == State::Open
            && self.check.all_settled(self.session())
            && self.check.open_groups().all(|group| !self.page.is_pending(self.now, group))
    }

    /// The page's session, as the server knows it.
    fn session(&self) -> Option<&str> {
        self.server.session_of(self.network.link_of(self.page.generation()?))
    }

    fn live_until(&mut self, end: Instant, is_enough: impl Fn(&Self) -> bool) {
        let mut at_once = 0;
        while !is_enough(self) {
            let late = if self.is_calm { Duration::ZERO } else { self.weather.late_timers };
            let timer = self.machine.fires(self.page.deadline(), late, &mut self.rng);
            let due = [self.agenda.next(), timer, self.server.deadline()];
            let Some(next) = due.into_iter().flatten().min().filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            at_once = if next > self.now { 0 } else { at_once + 1 };
            assert!(at_once < 1000, "time stands still at {:?}", self.now);
            self.now = self.now.max(next);
            if let Some(happening) = self.agenda.pop(self.now) {
                self.happen(happening);
            } else if timer.is_some_and(|timer| timer <= self.now) {
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
            Happening::JobCounts(job) => {
                match self.server.job_counts(self.now, job, &mut self.rng) {
                    Some(when) => self.agenda.add(when, Happening::JobCounts(job)),
                    None => self.server.job_ends(self.now, job, &mut self.check),
                }
            }
            Happening::Reading(time) => {
                self.server.news(self.now);
                self.agenda.add(self.now + time, Happening::Reading(time));
            }
            Happening::Taking => {
                self.audience.read(self.now, &mut self.page, &mut self.check);
                if self.check.streams.unended().is_some() {
                    self.agenda.add(self.now + Duration::from_millis(20), Happening::Taking);
                }
            }
            Happening::Act(act) => self.act(act),
            Happening::Input if !self.is_calm && !matches!(self.page.state(), State::Closed(_)) => {
                // A page that sleeps does nothing, nor does whoever uses it.
                let goes_on = self.machine.is_asleep()
                    || self.person.drag(self.now, &mut self.page, &mut self.check);
                if goes_on {
                    self.agenda.add(self.now + self.weather.between_inputs, Happening::Input);
                }
            }
            Happening::ComesBack if self.machine.is_asleep() => {
                self.agenda.add(self.now + Duration::from_secs(1), Happening::ComesBack);
            }
            Happening::ComesBack if !self.is_calm => {
                self.person.come_back(self.now, &mut self.page);
            }
            Happening::Wakes => self.wake(Some(self.now)),
            Happening::IdleLinks(time) => self.cut_idle_links(time),
            Happening::StrangerLeaves(link) => {
                self.server.gone(self.now, link, close::ABNORMAL);
            }
            Happening::Token(generation, token) if self.machine.is_asleep() => {
                // It comes when the page can do something with it.
                let later = self.now + Duration::from_secs(1);
                self.agenda.add(later, Happening::Token(generation, token));
            }
            Happening::Token(generation, token) => {
                self.page.authorized(self.now, generation, token);
            }
            Happening::ServerReturns => self.network.server_is_down = false,
            Happening::Input | Happening::ComesBack => {}
        }
    }

    fn act(&mut self, act: Act) {
        self.trace.note(self.now, "act", &act);
        let is_over = matches!(self.page.state(), State::Closed(_));
        let deed = match act.deed {
            Deed::Fault(fault) => return self.strike(fault),
            Deed::Speech => return self.server.speak(&mut self.check),
            Deed::Person(_) | Deed::Audience(_) if self.machine.is_asleep() || is_over => return,
            Deed::Audience(deed) => {
                return self.audience.act(self.now, deed, &mut self.page, &mut self.check);
            }
            Deed::Person(deed) => deed,
        };
        match self.person.act(self.now, deed, &mut self.page, &mut self.check) {
            Next::Nothing => {}
            Next::Input => {
                self.agenda.add(self.now + self.weather.between_inputs, Happening::Input);
            }
            Next::ComesBack(away) => self.agenda.add(self.now + away, Happening::ComesBack),
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
                if self.machine.is_asleep() {
                    self.machine.hold(generation, what);
                } else {
                    self.arrive_at_page(generation, what);
                }
            }
            (End::Server, Arrival::Opened) => self.server.opened(self.now, link),
            (End::Server, Arrival::Message(message)) => {
                if let Some(session) = self.server.session_of(link) {
                    self.mirror.arrived(session, link, &message, &mut self.check);
                    self.check.wire.arrives_at_server(session, &message);
                }
                self.check.wire.credentials_arrive(link, &message);
                self.server.received(self.now, link, &message);
            }
            (End::Server, Arrival::Closed { code, .. }) => self.server.gone(self.now, link, code),
        }
    }

    fn arrive_at_page(&mut self, generation: Generation, what: Arrival) {
        if let Arrival::Message(message) = &what
            && self.page.hears(generation)
        {
            let link = self.network.link_of(generation);
            if let Some(after) = self.check.wire.arrives_at_client(link, message) {
                self.check.connection.sent_away(self.now, after);
            }
        }
        self.page.arrived(self.now, generation, what);
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
                Effect::Send(link, message) => self.send_to_client(link, message),
                Effect::Close(link, code, reason) => {
                    if self.network.generation_of(link).is_some() {
                        self.send(link, End::Client, Arrival::Closed { code, reason });
                    }
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
                self.check.connection.dialled(self.now, self.now - START);
                let parcels = self.network.dial(
                    self.now,
                    generation,
                    &self.weather,
                    self.is_calm,
                    &mut self.rng,
                );
                self.faults += u64::from(parcels.len() < 2);
                self.post(parcels);
            }
            Wish::Authorize(generation) => self.look_for_token(generation),
            Wish::Send(generation, message) => {
                if message.text().is_some_and(|text| text.contains("[20,")) {
                    self.last_patch = self.now;
                }
                let link = self.network.link_of(generation);
                self.check.wire.client_sends(link, &message);
                self.send(link, End::Server, Arrival::Message(message));
            }
            Wish::HangUp(generation, code, reason) => {
                let link = self.network.link_of(generation);
                self.send(link, End::Server, Arrival::Closed { code, reason });
            }
        }
    }

    fn send_to_client(&mut self, link: LinkId, message: Message) {
        if self.weather.tokens.is_some() {
            self.check.wire.only_who_is_known_is_served(link, &message);
        }
        if self.network.generation_of(link).is_none() {
            let frames =
                json::decode::<ServerFrame<RawPayload>>(&message, &MessageLimits::of_client());
            let is_trusted = frames
                .expect("a message")
                .iter()
                .any(|frame| matches!(frame, Ok(ServerFrame::Welcome(welcome)) if welcome.resumed));
            assert!(!is_trusted || self.clones.contains(&link), "a stranger has a session");
            return;
        }
        if self.too_slow.contains(&link) {
            return;
        }
        self.check.wire.server_sends(self.now, link, &message);
        let unread = self.network.unread(link, End::Client) + message.size();
        if unread > self.weather.unread_bytes && !self.is_calm {
            self.fault(&"the client reads too slowly");
            self.too_slow.insert(link);
            self.server.gone(self.now, link, close::TOO_SLOW);
            let closed = Arrival::Closed { code: close::TOO_SLOW, reason: String::new() };
            return self.send(link, End::Client, closed);
        }
        if !self.is_calm && chance(&mut self.rng, self.weather.lies) {
            let lie = stranger::lie(&mut self.rng);
            self.fault(&format_args!("a lie: {lie:?}"));
            self.send(link, End::Client, Arrival::Message(lie));
            if self.rng.bool() {
                return;
            }
        }
        self.send(link, End::Client, Arrival::Message(message));
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
}
