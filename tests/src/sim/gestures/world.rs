use std::time::Duration;

use fader_core::{
    Client, Config, Event, Fader, Generation, Input, Instant, JsonCodec, Lifecycle, Output, Policy,
    State,
};
use fader_protocol::{ClientFrame, Limits, ServerFrame, close, json};
use fader_server::session::JobId;
use fastrand::Rng;

use super::super::agenda::Agenda;
use super::super::network::{Arrival, End, LinkId, Network, Parcel};
use super::super::weather::{Weather, chance, pick, up_to};
use super::control::{Answer, Broken, Control, Values, patch};
use super::studio::{GROUPS, Manners, Studio, Wish};
use super::tally::{Rule, Tally, Violation};

/// The keys of each live group.
pub(super) const KEYS: [&str; 3] = ["x", "y", "z"];

/// When a world begins.
const START: Instant = Instant::from_millis(1000);

/// How long everything may take to come right: a dead socket to be noticed, a
/// server to be believed back, a budget of attempts to refill.
const CONVALESCENCE: Duration = Duration::from_secs(150);

/// How long it is watched in the end that nothing happens any more.
const REST: Duration = Duration::from_secs(60);

/// A window's worth of patches.
const IN_FLIGHT: usize = 64;

/// What a seed decides once.
#[derive(Debug)]
struct Climate {
    weather: Weather,
    manners: Manners,
    policy: Policy,
    gestures: u64,
    /// How often other people move a control, on average; never where there is none.
    between_pushes: Option<Duration>,
    /// Some inputs are single steps of no gesture, and some gestures are
    /// interrupted by leaving the page.
    unruly: bool,
}

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
    JobEnds(LinkId, JobId),
    Fault,
    Push,
    ServerReturns,
}

impl World {
    pub(super) fn new(seed: u64, aloud: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let climate = Climate::new(&mut rng);
        let dialect = Fader::new(JsonCodec::default());
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

    // The person.

    fn gesture(&mut self) {
        self.tally.gestures += 1;
        let control = self.rng.usize(..self.controls.len());
        let keys = &KEYS[..self.rng.usize(1..=KEYS.len())];
        let is_gesture = !self.climate.unruly || chance(&mut self.rng, 70);
        if is_gesture {
            let held = if keys.len() == KEYS.len() { &[] } else { keys };
            let id = self.controls[control].id;
            self.client.live_begin(self.now, id, held).expect("an open group");
            self.controls[control].begin(self.now, held);
        }
        let interval = pick(&mut self.rng, &[1, 4, 16, 16, 100].map(Duration::from_millis));
        for _ in 0..self.rng.u32(1..=60) {
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
        let id = self.controls[control].id;
        self.note("lets go");
        if chance(&mut self.rng, 20) {
            self.client.live_cancel(self.now, id);
            self.controls[control].cancel();
        } else {
            self.client.live_commit(self.now, id);
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

    fn note(&self, what: impl std::fmt::Display) {
        if self.aloud {
            let micros = self.now.as_micros();
            println!("{:>9}.{:03} {what}", micros / 1000, micros % 1000);
        }
    }

    // What must hold.

    fn check_progress(&mut self, control: usize, interval: Duration) {
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
    fn settle(&mut self) {
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

    fn rest(&mut self) {
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

    fn judge(&mut self, broken: Broken) {
        if let Err((rule, what)) = broken {
            self.note(format_args!("{rule:?} does not hold: {what}"));
            let violation = Violation { seed: self.seed, at: self.now, rule, what };
            self.tally.violations.push(violation);
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
            Happening::JobEnds(link, job) => {
                let ended = self.studio.job_ends(self.now, link, job);
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
            (End::Server, Arrival::Closed { .. }) => self.studio.gone(link),
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

    fn look_for_answers(&mut self, message: &str) {
        for frame in json::decode(message, &Limits::default()).expect("a message") {
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
                Wish::Ends(at, link, job) => self.agenda.add(at, Happening::JobEnds(link, job)),
                Wish::Broken(rule, what) => self.judge(Err((rule, what))),
            }
        }
    }

    fn told(&mut self, event: Event<fader_core::RawJson>) {
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
            Event::Settled { .. } | Event::Notice(_) => unreachable!("{event:?}"),
        }
    }

    fn control(&mut self, id: fader_core::GroupId) -> &mut Control {
        self.controls.iter_mut().find(|control| control.id == id).expect("an open group")
    }

    fn look_for_patches(&mut self, message: &str) {
        self.note(format_args!("sends {message}"));
        for frame in json::decode(message, &Limits::default()).expect("a message") {
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

    // What breaks.

    fn has_faults(&self) -> bool {
        self.climate.weather.between_faults.is_some()
    }

    fn plan_fault(&mut self) {
        if let Some(mean) = self.climate.weather.between_faults {
            let when = self.now + up_to(&mut self.rng, mean * 2);
            self.agenda.add(when, Happening::Fault);
        }
    }

    fn plan_push(&mut self) {
        if let Some(mean) = self.climate.between_pushes {
            let when = self.now + up_to(&mut self.rng, mean * 2);
            self.agenda.add(when, Happening::Push);
        }
    }

    /// Something breaks.
    fn strike(&mut self) {
        self.healthy_since = None;
        match (self.rng.u8(..5), self.studio.links().last().copied()) {
            (0, _) => self.crash(),
            (1, Some(link)) => {
                self.studio.gone(link);
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

    fn crash(&mut self) {
        self.note("the server crashes");
        self.tally.crashes += 1;
        self.healthy_since = None;
        for link in self.studio.links() {
            self.cut(link);
            self.studio.gone(link);
        }
        self.network.server_is_down = true;
        let back = self.now + up_to(&mut self.rng, Duration::from_secs(2));
        self.agenda.add(back, Happening::ServerReturns);
    }
}

impl Climate {
    fn new(rng: &mut Rng) -> Self {
        let ms = Duration::from_millis;
        let faults = [None, Some(ms(5000)), Some(ms(1500)), Some(ms(400))];
        let weather = Weather { between_faults: pick(rng, &faults), ..Weather::new(rng) };
        let policies = [
            Policy::Adaptive,
            Policy::Adaptive,
            Policy::Adaptive,
            Policy::EveryFrame,
            Policy::Throttle(ms(rng.u64(1..200))),
            Policy::Debounce(ms(rng.u64(1..200))),
            Policy::OnCommit,
        ];
        Self {
            weather,
            manners: Manners {
                service: pick(rng, &[ms(0), ms(1), ms(10), ms(50), ms(500)]),
                hang: pick(rng, &[0, 0, 5]),
                fail: pick(rng, &[0, 0, 10]),
                cooperative: rng.bool(),
            },
            policy: pick(rng, &policies),
            gestures: rng.u64(1..=12),
            between_pushes: pick(rng, &[None, Some(ms(2000)), Some(ms(200))]),
            unruly: rng.bool(),
        }
    }
}
