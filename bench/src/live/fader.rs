use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use fader_core::{
    Client, Config, Event as AppEvent, Fader, Generation, GroupId, Holder, Input, Instant,
    JsonCodec, Output, Patch, Policy, RawPayload, Rejection,
};
use fader_protocol::{ClientFrame, Message, MessageLimits, code, json};
use fader_server::session::{self, Common, Credentials, Job, JobId, Names, Opening, Session, Work};

use super::clock::Clock;
use super::gesture::Gesture;
use super::line::Line;
use super::record::{Record, Shown};
use super::scenario::{Scenario, Start};
use super::worker::Worker;

/// The one key of each group. It holds the number of the newest input, or 0.
const KEY: &str = "x";

const NAMES: [&str; 4] = ["one", "two", "three", "four"];

/// After the drag, how long to wait for what is still to come.
const PATIENCE: Duration = Duration::from_secs(60);

enum Event {
    /// The page opens its live groups.
    Open,
    /// The person moved the control of every group, in the drag before the one that counts.
    Practice(Gesture, u64),
    /// The same in the drag that counts.
    Input(u64),
    Timer(u64),
    AtServer {
        message: Message,
        left: Instant,
    },
    SessionTimer,
    Finished {
        group: usize,
        run: u64,
    },
    AtPage {
        message: Message,
        left: Instant,
    },
}

/// One drag with the real client and the real server, over JSON messages. Gives
/// a record for each group.
pub(crate) fn drag(scenario: &Scenario, seed: u64) -> Result<Vec<Record>> {
    let mut world = World::new(scenario, seed)?;
    while !world.is_over()
        && let Some(event) = world.clock.advance()
    {
        world.handle(event)?;
    }
    Ok(world.groups.into_iter().map(|group| group.record).collect())
}

struct World {
    clock: Clock<Event>,
    client: Client<Fader<JsonCodec>>,
    generation: Option<Generation>,
    /// Once the client has said hello.
    session: Option<Session>,
    session_timer: Option<Instant>,
    up: Line,
    down: Line,
    gesture: Gesture,
    groups: Vec<Group>,
    lateness: Duration,
    rng: fastrand::Rng,
    timer: Option<Instant>,
    timers: u64,
}

/// A live group, at both ends.
struct Group {
    id: Option<GroupId>,
    worker: Worker<JobId>,
    /// The input that each job computes from.
    jobs: BTreeMap<JobId, u64>,
    /// By input, how long it was under way, and how long the job takes that ran when it arrived.
    arrivals: BTreeMap<u64, (Duration, Duration)>,
    /// By input, how long its job took and the one before.
    done: BTreeMap<u64, (Duration, Duration)>,
    record: Record,
}

impl World {
    fn new(scenario: &Scenario, seed: u64) -> Result<Self> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let gesture = Gesture::seeded(Instant::from_millis(10_000), scenario.input, seed);
        let mut clock = Clock::new();
        let open = match scenario.start {
            Start::Cold => gesture.first,
            Start::Answered | Start::Practised => Instant::from_millis(1_000),
        };
        clock.schedule(open, Event::Open);
        if scenario.start == Start::Practised {
            let practice = Gesture::seeded(Instant::from_millis(3_000), scenario.input, !seed);
            clock.schedule(practice.first, Event::Practice(practice, 1));
        }
        clock.schedule(gesture.first, Event::Input(1));
        let mut world = Self {
            clock,
            client: Client::new(Config::default(), Fader::<JsonCodec>::default(), seed)?,
            generation: None,
            session: None,
            session_timer: None,
            up: scenario.line(&mut rng),
            down: scenario.line(&mut rng),
            gesture,
            groups: (0..scenario.groups.min(NAMES.len()))
                .map(|_| Group::new(scenario.worker(gesture.first, &mut rng), gesture))
                .collect(),
            lateness: scenario.lateness,
            rng,
            timer: None,
            timers: 0,
        };
        world.client.handle(Instant::ZERO, Input::Connect);
        world.drain_client(Duration::ZERO)?;
        Ok(world)
    }

    fn is_over(&self) -> bool {
        self.groups.iter().all(|group| group.record.last_shown().is_some())
            || self.clock.now() > self.gesture.last() + PATIENCE
    }

    fn handle(&mut self, event: Event) -> Result<()> {
        let now = self.clock.now();
        let mut trip = Duration::ZERO;
        match event {
            Event::Open => {
                for (group, name) in self.groups.iter_mut().zip(NAMES) {
                    let id = self.client.live_open(now, name, model(0)?, Policy::default())?;
                    group.id = Some(id);
                }
            }
            Event::Practice(gesture, input) => {
                self.set(0, input == 1, input == gesture.inputs)?;
                if input < gesture.inputs {
                    let next = Event::Practice(gesture, input + 1);
                    self.clock.schedule(gesture.at(input + 1), next);
                }
            }
            Event::Input(input) => {
                self.set(input, input == 1, input == self.gesture.inputs)?;
                if input < self.gesture.inputs {
                    self.clock.schedule(self.gesture.at(input + 1), Event::Input(input + 1));
                }
            }
            Event::Timer(timer) => {
                if timer == self.timers {
                    self.timer = None;
                    self.client.handle(now, Input::Tick);
                }
            }
            Event::AtServer { message, left } => self.at_server(&message, now - left)?,
            Event::SessionTimer => self.tell_session(session::Input::Timeout),
            Event::Finished { group, run } => self.finished(group, run)?,
            Event::AtPage { message, left } => {
                trip = now - left;
                let generation = self.generation.context("a message before the connection")?;
                self.client.handle(now, Input::Message { generation, message });
            }
        }
        self.drain_session()?;
        self.drain_client(trip)
    }

    // The page.

    fn set(&mut self, input: u64, begins: bool, ends: bool) -> Result<()> {
        let now = self.clock.now();
        for group in &self.groups {
            let id = group.id.context("the group is open")?;
            if begins {
                self.client.live_begin(now, id, Holder::APP, &[], None)?;
            }
            self.client.live_set(now, id, model(input)?)?;
            if ends {
                self.client.live_commit(now, id, Holder::APP);
            }
        }
        Ok(())
    }

    /// Does what the client wants done. What it shows came by a message that
    /// was under way for `trip`.
    fn drain_client(&mut self, trip: Duration) -> Result<()> {
        let now = self.clock.now();
        while let Some(output) = self.client.poll() {
            match output {
                Output::Dial { generation } => {
                    self.generation = Some(generation);
                    self.client.handle(now, Input::Opened { generation });
                }
                Output::Send { message, .. } => {
                    for (group, _) in inputs(&message)? {
                        if now >= self.gesture.first {
                            self.groups[group].record.frames.push(now);
                        }
                    }
                    let at = self.up.send(now);
                    self.clock.schedule(at, Event::AtServer { message, left: now });
                }
                Output::HangUp { reason, .. } => bail!("the client hung up: {reason}"),
                Output::Event(AppEvent::LiveResult { group, outcome, .. }) => {
                    let result = outcome.map_err(|why| anyhow!("{why}"))?;
                    let input = json::from_raw(&result)?;
                    for known in self.groups.iter_mut().filter(|known| known.id == Some(group)) {
                        known.show(now, input, trip);
                    }
                }
                Output::Authorize { .. } => bail!("no credentials are configured"),
                Output::Event(_) => {}
            }
        }
        self.set_timer();
        Ok(())
    }

    fn set_timer(&mut self) {
        let deadline = self.client.deadline();
        if deadline == self.timer {
            return;
        }
        self.timer = deadline;
        self.timers += 1;
        if let Some(at) = deadline {
            let late = self.lateness.mul_f64(self.rng.f64());
            self.clock.schedule(at.max(self.clock.now()) + late, Event::Timer(self.timers));
        }
    }

    // The server.

    fn at_server(&mut self, message: &Message, trip: Duration) -> Result<()> {
        for (group, input) in inputs(message)? {
            let group = &mut self.groups[group];
            let busy = group.worker.busy();
            // What was sent again had arrived before.
            group.arrivals.entry(input).or_insert((trip, busy));
        }
        let Some(session) = &self.session else { return self.begin_session(message) };
        let connection = session.connection();
        let message = message.into();
        self.tell_session(session::Input::Message { connection, message });
        Ok(())
    }

    fn begin_session(&mut self, message: &Message) -> Result<()> {
        let names = Names { groups: NAMES.into(), ..Names::default() };
        let common = Arc::new(Common { names, ..Common::default() });
        let opening = Opening::read(message, &common.config.accepts)
            .map_err(|refusal| anyhow!("the server closed: {}", refusal.reason))?
            .context("a hello")?;
        let credentials = Credentials::new("bench".into(), "secret".into());
        self.session = Some(Session::begin(self.clock.now(), common, credentials, opening));
        Ok(())
    }

    fn tell_session(&mut self, input: session::Input<'_>) {
        if let Some(session) = &mut self.session {
            session.handle(self.clock.now(), input);
        }
    }

    /// Does what the server wants done.
    fn drain_session(&mut self) -> Result<()> {
        let now = self.clock.now();
        while let Some(output) = self.session.as_mut().and_then(Session::poll) {
            match output {
                session::Output::Send(message) => {
                    let at = self.down.send(now);
                    self.clock.schedule(at, Event::AtPage { message, left: now });
                }
                session::Output::Run(job) => self.run(job)?,
                session::Output::Cancel(job) => {
                    if self.groups.iter_mut().any(|group| group.worker.cancel(&job)) {
                        let outcome = Err(Rejection::new(code::INTERNAL, "cancelled"));
                        self.tell_session(session::Input::Finished { job, outcome });
                    }
                }
                session::Output::Close { reason, .. } => bail!("the server closed: {reason}"),
                session::Output::Authenticate { .. } => bail!("nobody has credentials"),
                session::Output::End => bail!("the session is over"),
            }
        }
        let deadline = self.session.as_ref().and_then(Session::deadline);
        if deadline != self.session_timer {
            self.session_timer = deadline;
            if let Some(at) = deadline {
                self.clock.schedule(at, Event::SessionTimer);
            }
        }
        Ok(())
    }

    fn run(&mut self, job: Job) -> Result<()> {
        let Work::Live { name, model, .. } = job.work else { bail!("nothing but live groups") };
        let index = index_of(&name)?;
        let group = &mut self.groups[index];
        group.jobs.insert(job.id, input_in(&model)?);
        group.worker.submit(job.id);
        if let Some(start) = group.worker.start(self.clock.now()) {
            self.clock.schedule(start.ends, Event::Finished { group: index, run: start.run });
        }
        Ok(())
    }

    fn finished(&mut self, group: usize, run: u64) -> Result<()> {
        let group = &mut self.groups[group];
        let Some(done) = group.worker.finish(run) else { return Ok(()) };
        let input = group.jobs.remove(&done.task).context("a job that was run")?;
        group.done.insert(input, (done.service, done.before));
        let outcome = Ok(json::to_raw(&input)?);
        let input = session::Input::Finished { job: done.task, outcome };
        self.tell_session(input);
        Ok(())
    }
}

impl Group {
    fn new(worker: Worker<JobId>, gesture: Gesture) -> Self {
        Self {
            id: None,
            worker,
            jobs: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            done: BTreeMap::new(),
            record: Record::new(gesture),
        }
    }

    fn show(&mut self, at: Instant, input: u64, down: Duration) {
        if input == 0 {
            return;
        }
        let (up, behind) = self.arrivals.get(&input).copied().unwrap_or_default();
        let (service, before) = self.done.get(&input).copied().unwrap_or_default();
        self.record.shown.push(Shown { at, input, trip: up + down, service, before, behind });
    }
}

fn model(input: u64) -> Result<Patch<RawPayload>> {
    Ok(Patch::from([(KEY.into(), json::to_raw(&input)?)]))
}

fn input_in(model: &str) -> Result<u64> {
    let model: BTreeMap<String, u64> = serde_json::from_str(model)?;
    model.get(KEY).copied().context("a model with the key")
}

fn index_of(name: &str) -> Result<usize> {
    NAMES.iter().position(|known| *known == name).with_context(|| format!("a group {name:?}"))
}

/// The groups that a client's message has patches for, and the inputs that these end with.
fn inputs(message: &Message) -> Result<Vec<(usize, u64)>> {
    let mut inputs = Vec::new();
    for frame in json::decode(message, &MessageLimits::default())? {
        if let Ok(ClientFrame::Live(live)) = frame
            && let Some(value) = live.patch.get(KEY)
        {
            inputs.push((index_of(&live.name)?, json::from_raw(value)?));
        }
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests {
    use super::super::compute::Compute;
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn scenario() -> Scenario {
        Scenario::new(MS * 50, Compute::steady(MS * 50, 0.3), true)
    }

    #[test]
    fn the_same_seed_gives_the_same_drag() {
        let drag = |seed| format!("{:?}", drag(&scenario(), seed).unwrap());
        assert_eq!(drag(1), drag(1));
        assert_ne!(drag(1), drag(2));
    }

    #[test]
    fn each_group_shows_ever_newer_inputs_and_at_last_the_last() {
        let records = drag(&Scenario { groups: 3, ..scenario() }, 3).unwrap();
        assert_eq!(records.len(), 3);
        for record in records {
            let inputs: Vec<u64> = record.shown.iter().map(|shown| shown.input).collect();
            assert!(inputs.is_sorted_by(|a, b| a < b), "{inputs:?}");
            assert_eq!(inputs.last(), Some(&record.gesture.inputs));
            assert!(inputs.len() > 30, "{inputs:?}");
        }
    }

    #[test]
    fn the_final_result_takes_the_round_trip_and_the_computation() {
        let fixed = Scenario { compute: Compute::steady(MS * 50, 0.0), ..scenario() };
        for record in drag(&fixed, 4).unwrap() {
            assert_eq!(record.last_shown().unwrap().at - record.gesture.last(), MS * 100);
        }
    }
}
