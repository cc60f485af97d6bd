mod climate;
mod faults;
mod person;
mod rules;

use std::time::Duration;

use fader_core::{
    Client, Config, Event, Fader, Generation, Input, Instant, JsonCodec, Output, State,
};
use fader_protocol::{ClientFrame, Message, MessageLimits, ServerFrame, json};
use fastrand::Rng;

use self::climate::Climate;
use super::control::{Answer, Control, Values, patch};
use super::studio::{GROUPS, JobId, Studio, Wish};
use super::tally::{Rule, Tally};
use crate::sim::agenda::Agenda;
use crate::sim::network::{Arrival, End, LinkId, Network, Parcel};
use crate::sim::weather::{chance, up_to};

/// The keys of each live group.
pub(super) const KEYS: [&str; 3] = ["x", "y", "z"];

/// When a world begins.
const START: Instant = Instant::from_millis(1000);

/// A window's worth of patches.
const IN_FLIGHT: usize = 64;

/// All there is.
#[derive(Debug)]
pub(super) struct World {
    now: Instant,
    seed: u64,
    rng: Rng,
    climate: Climate,
    agenda: Agenda<Happening>,
    network: Network,
    studio: Studio,
    client: Client<Fader<JsonCodec>>,
    line: Option<Generation>,
    controls: Vec<Control>,
    /// Every value that is set is another one, below zero if from elsewhere.
    values: i64,
    /// Nothing breaks.
    is_calm: bool,
    /// Since when client and server have had a connection that nothing is wrong with.
    healthy_since: Option<Instant>,
    last_patch: Instant,
    ticks: u64,
    tally: Tally,
    /// Everything that happens is printed.
    aloud: bool,
}

#[derive(Debug)]
enum Happening {
    Arrival(Parcel),
    JobEnds(JobId),
    Fault,
    Push,
    ServerReturns,
}

impl World {
    pub(super) fn new(seed: u64, aloud: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let climate = Climate::new(&mut rng);
        let dialect = Fader::<JsonCodec>::default();
        let client = Client::new(Config::default(), dialect, rng.u64(..)).expect("a client");
        Self {
            now: START,
            seed,
            agenda: Agenda::new(),
            network: Network::default(),
            studio: Studio::new(climate.manners),
            client,
            line: None,
            controls: Vec::new(),
            values: 0,
            is_calm: false,
            healthy_since: None,
            last_patch: START,
            ticks: 0,
            tally: Tally { worlds: 1, ..Tally::default() },
            climate,
            rng,
            aloud,
        }
    }

    pub(super) fn run(mut self) -> Tally {
        self.client.handle(self.now, Input::Connect);
        for name in &GROUPS[..self.rng.usize(1..=GROUPS.len())] {
            let thumbs: Values = KEYS.iter().map(|key| ((*key).to_owned(), 0)).collect();
            let id = self.client.live_open(self.now, name, patch(&thumbs), self.climate.policy);
            self.controls.push(Control::new(self.now, id.expect("a group"), name, thumbs));
        }
        self.carry_out();
        self.settle();
        self.plan_fault();
        self.plan_push();
        for _ in 0..self.climate.gestures {
            self.gesture();
            if chance(&mut self.rng, 50) {
                self.settle();
            } else {
                let pause = up_to(&mut self.rng, Duration::from_millis(400));
                self.pass(pause);
            }
        }
        self.settle();
        self.rest();
        self.tally
    }

    fn note(&self, what: impl std::fmt::Display) {
        if self.aloud {
            let micros = self.now.as_micros();
            println!("{:>9}.{:03} {what}", micros / 1000, micros % 1000);
        }
    }

    // Time.

    fn pass(&mut self, time: Duration) {
        self.live_until(self.now + time, |_| false);
    }

    fn live_until(&mut self, end: Instant, is_enough: impl Fn(&Self) -> bool) {
        let mut at_once = 0;
        while !is_enough(self) {
            let due = [self.agenda.next(), self.client.deadline(), self.studio.deadline()];
            let Some(next) = due.into_iter().flatten().min().filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            at_once = if next > self.now { 0 } else { at_once + 1 };
            assert!(at_once < 1000, "seed {}: time stands still at {:?}", self.seed, self.now);
            self.now = self.now.max(next);
            if let Some(happening) = self.agenda.pop(self.now) {
                self.happen(happening);
            } else if self.client.deadline().is_some_and(|due| due <= self.now) {
                self.ticks += 1;
                self.client.handle(self.now, Input::Tick);
            }
            self.carry_out();
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrival(parcel) => {
                if self.network.delivers(&parcel) {
                    self.arrive(parcel);
                }
            }
            Happening::JobEnds(job) => {
                let ended = self.studio.job_ends(self.now, job);
                // Between the effect and the answer.
                if ended && !self.is_calm && self.has_faults() && chance(&mut self.rng, 1) {
                    self.crash();
                }
            }
            Happening::Fault => {
                if !self.is_calm {
                    self.strike();
                }
                self.plan_fault();
            }
            Happening::Push => {
                if !self.is_calm {
                    self.values += 1;
                    self.studio.push(self.now, -self.values, &mut self.rng);
                }
                self.plan_push();
            }
            Happening::ServerReturns => self.network.server_is_down = false,
        }
    }

    fn arrive(&mut self, Parcel { link, to, what }: Parcel) {
        self.note(format_args!("arrives at {to:?} {link:?}: {what:?}"));
        let now = self.now;
        match (to, what) {
            (End::Server, Arrival::Opened) => self.studio.opened(now, link),
            (End::Server, Arrival::Message(message)) => self.studio.received(now, link, &message),
            (End::Server, Arrival::Closed { code, .. }) => self.studio.gone(now, link, code),
            (End::Client, what) => {
                let generation = self.network.generation(link);
                let is_present = self.line == Some(generation);
                let input = match what {
                    Arrival::Opened => Input::Opened { generation },
                    Arrival::Message(message) => {
                        if is_present {
                            self.look_for_answers(&message);
                        }
                        Input::Message { generation, message }
                    }
                    Arrival::Closed { code, reason } => {
                        if is_present {
                            self.disconnected();
                        }
                        Input::Closed { generation, code, reason }
                    }
                };
                self.client.handle(now, input);
            }
        }
    }

    fn look_for_answers(&mut self, message: &Message) {
        for frame in json::decode(message, &MessageLimits::default()).expect("a message") {
            if let Ok(ServerFrame::LiveAck(ack)) = frame {
                for control in &mut self.controls {
                    control.answered(&ack);
                }
            }
        }
    }

    fn disconnected(&mut self) {
        self.line = None;
        for control in &mut self.controls {
            control.disconnected();
        }
    }

    // What follows.

    fn carry_out(&mut self) {
        while let Some(output) = self.client.poll() {
            match output {
                Output::Dial { generation } => {
                    self.line = Some(generation);
                    let weather = &self.climate.weather;
                    let parcels = self.network.dial(
                        self.now,
                        generation,
                        weather,
                        self.is_calm,
                        &mut self.rng,
                    );
                    self.post(parcels);
                }
                Output::Send { generation, message } => {
                    self.look_for_patches(&message);
                    let link = self.network.link_of(generation);
                    self.send(link, End::Server, Arrival::Message(message));
                }
                Output::HangUp { generation, code, reason } => {
                    self.disconnected();
                    let link = self.network.link_of(generation);
                    self.send(link, End::Server, Arrival::Closed { code, reason });
                }
                Output::Authorize { .. } => unreachable!("no credentials are configured"),
                Output::Event(event) => self.told(event),
            }
        }
        for wish in self.studio.poll(self.now, &mut self.rng) {
            match wish {
                Wish::Send(link, message) => {
                    self.send(link, End::Client, Arrival::Message(message));
                }
                Wish::Close(link, code, reason) => {
                    self.send(link, End::Client, Arrival::Closed { code, reason });
                }
                Wish::Ends(at, job) => self.agenda.add(at, Happening::JobEnds(job)),
                Wish::Broken(rule, what) => self.judge(Err((rule, what))),
            }
        }
    }

    fn told(&mut self, event: Event<fader_core::RawPayload>) {
        self.note(format_args!("told {event:?}"));
        match event {
            Event::State(state) => self.healthy_since = (state == State::Open).then_some(self.now),
            Event::LiveResult { group, outcome, .. } => {
                self.tally.results += 1;
                let payload = match outcome {
                    Ok(result) => result,
                    Err(rejection) => rejection.data.expect("the answer that failed"),
                };
                let answer: Answer = json::from_raw(&payload).expect("an answer");
                let now = self.now;
                let broken = self.control(group).show(now, &answer);
                self.judge(broken);
            }
            Event::LivePushed { group, patch } => {
                self.tally.pushed += 1;
                let broken = self.control(group).pushed(&patch);
                self.judge(broken);
            }
            Event::LiveStatus { group } => {
                let status = self.client.live_status(self.now, group).expect("an open group");
                if status.in_flight > IN_FLIGHT {
                    let what = format!("{} in flight", status.in_flight);
                    self.judge(Err((Rule::Bounded, what)));
                }
            }
            Event::Disconnected { .. } => {}
            Event::Settled { .. }
            | Event::Item { .. }
            | Event::StreamEnded { .. }
            | Event::Topic { .. }
            | Event::Notice(_) => unreachable!("{event:?}"),
        }
    }

    fn control(&mut self, id: fader_core::GroupId) -> &mut Control {
        self.controls.iter_mut().find(|control| control.id == id).expect("an open group")
    }

    fn look_for_patches(&mut self, message: &Message) {
        self.note(format_args!("sends {message:?}"));
        for frame in json::decode(message, &MessageLimits::default()).expect("a message") {
            if let Ok(ClientFrame::Live(live)) = frame {
                self.tally.patches += 1;
                self.last_patch = self.now;
                let control = self.controls.iter_mut().find(|control| control.name == live.name);
                let broken = control.expect("an open group").sent(&live);
                self.judge(broken);
            }
        }
    }

    fn send(&mut self, link: LinkId, to: End, what: Arrival) {
        let weather = &self.climate.weather;
        let sent = self.network.send(self.now, link, to, what, weather, &mut self.rng);
        self.post([sent]);
    }

    fn post(&mut self, parcels: impl IntoIterator<Item = (Instant, Parcel)>) {
        for (when, parcel) in parcels {
            self.agenda.add(when, Happening::Arrival(parcel));
        }
    }
}
