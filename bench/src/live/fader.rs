use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fader_core::{
    Client, Config, Event as AppEvent, Fader, Generation, GroupId, Input, Instant, JsonCodec,
    Output, Patch, Policy, RawJson, Rejection,
};
use fader_protocol::{ClientFrame, Limits, code, json};
use fader_server::session::{self, JobId, Names, Session, Work};

use super::clock::Clock;
use super::gesture::Gesture;
use super::line::Line;
use super::record::{Record, Shown};
use super::scenario::Scenario;
use super::worker::Worker;

/// The one key of each group.
const KEY: &str = "x";

const NAMES: [&str; 4] = ["one", "two", "three", "four"];

/// When a warm drag begins; the group is opened at the start of time.
const WARM: Instant = Instant::from_millis(100_000);

/// After the drag, how long to wait for what is still to come.
const PATIENCE: Duration = Duration::from_secs(60);

enum Event {
    /// The person moved the control of every group.
    Input(u64),
    Open,
    Practice(u64, bool, bool),
    Timer(u64),
    SessionTimer,
    AtServer { message: String, left: Instant },
    Finished { group: usize, run: u64 },
    AtPage { message: String, left: Instant },
}

/// One drag with the real client and the real server, over JSON messages; a
/// record for each group.
pub(crate) fn drag(scenario: &Scenario, policy: Policy, seed: u64) -> Result<Vec<Record>> {
    let from = if scenario.warm { WARM } else { Instant::from_millis(1_000) };
    let gesture = Gesture::seeded(from, scenario.input, seed);
    let mut rng = fastrand::Rng::with_seed(seed);
    let names = Names { methods: [].into(), groups: NAMES.into() };
    let mut page = Page {
        clock: Clock::new(),
        policy,
        client: Client::new(Config::default(), Fader::new(JsonCodec::default()), seed)?,
        session: Session::new(
            Instant::ZERO,
            Arc::new(session::Config::default()),
            Arc::new(names),
            "bench".into(),
        ),
        up: scenario.line(&mut rng),
        down: scenario.line(&mut rng),
        generation: None,
        gesture,
        groups: (0..scenario.groups.min(NAMES.len()))
            .map(|_| Group {
                id: None,
                worker: scenario.worker(gesture.first, &mut rng),
                jobs: BTreeMap::new(),
                arrivals: BTreeMap::new(),
                done: BTreeMap::new(),
                record: Record::new(gesture),
            })
            .collect(),
        lateness: scenario.lateness,
        rng,
        timer: None,
        timers: 0,
    };
    page.client.handle(Instant::ZERO, Input::Connect);
    page.drain()?;
    let open = if scenario.warm { Instant::from_millis(1_000) } else { gesture.first };
    page.clock.schedule(open, Event::Open);
    let practice: u64 = std::env::var("PRACTICE").ok().and_then(|v| v.parse().ok()).unwrap_or(0);
    for d in 0..practice { for i in 0..=2300u64 {
        page.clock.schedule(Instant::from_millis(5000 + d*5000 + i), Event::Practice(i + 1_000_000 + d*10000, i==0, i == 2300));
    } }
    page.clock.schedule(gesture.first, Event::Input(1));
    while let Some(event) = page.clock.advance() {
        if page.is_over() {
            break;
        }
        page.handle(event)?;
    }
    Ok(page.groups.into_iter().map(|group| group.record).collect())
}

struct Page {
    clock: Clock<Event>,
    policy: Policy,
    client: Client<Fader<JsonCodec>>,
    session: Session,
    up: Line,
    down: Line,
    generation: Option<Generation>,
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
    /// By input, how long it was under way and how long the job takes that ran when it arrived.
    arrivals: BTreeMap<u64, (Duration, Duration)>,
    /// By input, how long its job took and the one before.
    done: BTreeMap<u64, (Duration, Duration)>,
    record: Record,
}

impl Page {
    fn is_over(&self) -> bool {
        self.groups.iter().all(|group| group.record.last_shown().is_some())
            || self.clock.now() > self.gesture.last() + PATIENCE
    }

    fn handle(&mut self, event: Event) -> Result<()> {
        let now = self.clock.now();
        match event {
            Event::Open => {
                for (group, name) in self.groups.iter_mut().zip(NAMES) {
                    group.id = Some(self.client.live_open(now, name, model(0)?, self.policy)?);
                }
            }
            Event::Input(input) => self.input(input)?,
            Event::Practice(input, first, last) => {
                for group in &self.groups {
                    let id = group.id.context("the group is open")?;
                    if first { self.client.live_begin(now, id, &[])?; }
                    self.client.live_set(now, id, model(input)?)?;
                    if last { self.client.live_commit(now, id); }
                }
            }
            Event::Timer(timer) => {
                if timer == self.timers {
                    self.timer = None;
                    self.client.handle(now, Input::Tick);
                }
            }
            Event::AtPage { message, left } => {
                let generation = self.generation.context("a message before the connection")?;
                self.client.handle(now, Input::Message { generation, message });
                self.drain_at_page(now - left)?;
            }
            Event::AtServer { message, left } => self.at_server(&message, now - left)?,
            Event::Finished { group, run } => self.finished(group, run)?,
            Event::SessionTimer => self.session.handle(now, session::Input::Timeout),
        }
        self.drain_session()?;
        self.drain()
    }

    fn input(&mut self, input: u64) -> Result<()> {
        let now = self.clock.now();
        let is_last = input == self.gesture.inputs;
        for group in &self.groups {
            let id = group.id.context("the group is open")?;
            if input == 1 {
                self.client.live_begin(now, id, &[])?;
            }
            self.client.live_set(now, id, model(input)?)?;
            if is_last {
                self.client.live_commit(now, id);
            }
        }
        if !is_last {
            self.clock.schedule(self.gesture.at(input + 1), Event::Input(input + 1));
        }
        Ok(())
    }

    fn at_server(&mut self, message: &str, trip: Duration) -> Result<()> {
        for (group, input) in inputs(message)? {
            let group = &mut self.groups[group];
            group.arrivals.insert(input, (trip, group.worker.busy()));
        }
        self.session.handle(self.clock.now(), session::Input::Text(message));
        Ok(())
    }

    fn finished(&mut self, group: usize, run: u64) -> Result<()> {
        let group = &mut self.groups[group];
        let Some(done) = group.worker.finish(run) else { return Ok(()) };
        let input = group.jobs.remove(&done.task).context("a job that was run")?;
        group.done.insert(input, (done.service, done.before));
        let outcome = Ok(json::to_raw(&input)?);
        let input = session::Input::Finished { job: done.task, outcome };
        self.session.handle(self.clock.now(), input);
        Ok(())
    }

    /// Does what the server wants done.
    fn drain_session(&mut self) -> Result<()> {
        let now = self.clock.now();
        while let Some(output) = self.session.poll() {
            match output {
                session::Output::Send(message) => {
                    let at = self.down.send(now);
                    self.clock.schedule(at, Event::AtPage { message, left: now });
                }
                session::Output::Run(job) => {
                    let Work::Live { name, model, .. } = job.work else {
                        bail!("nothing but live groups")
                    };
                    let index = index_of(&name)?;
                    let group = &mut self.groups[index];
                    group.jobs.insert(job.id, input_in(&model)?);
                    group.worker.submit(job.id);
                    if let Some(start) = group.worker.start(now) {
                        let event = Event::Finished { group: index, run: start.run };
                        self.clock.schedule(start.ends, event);
                    }
                }
                session::Output::Cancel(job) => {
                    if self.groups.iter_mut().any(|group| group.worker.cancel(&job)) {
                        let outcome = Err(Rejection::new(code::INTERNAL, "cancelled"));
                        self.session.handle(now, session::Input::Finished { job, outcome });
                    }
                }
                session::Output::Close { reason, .. } => bail!("the server closed: {reason}"),
            }
        }
        if let Some(at) = self.session.deadline()
            && at > now
            && self.rng.u8(..) == 0
        {
            self.clock.schedule(at, Event::SessionTimer);
        }
        Ok(())
    }

    fn drain(&mut self) -> Result<()> {
        self.drain_at_page(Duration::ZERO)
    }

    /// Does what the client wants done. What it shows came by a message that
    /// was under way for `trip`.
    fn drain_at_page(&mut self, trip: Duration) -> Result<()> {
        let now = self.clock.now();
        while let Some(output) = self.client.poll() {
            match output {
                Output::Dial { generation } => {
                    self.generation = Some(generation);
                    self.client.handle(now, Input::Opened { generation });
                }
                Output::Send { message, .. } => {
                    if now >= self.gesture.first {
                        for (group, _) in inputs(&message)? {
                            self.groups[group].record.frames.push(now);
                        }
                    }
                    let at = self.up.send(now);
                    self.clock.schedule(at, Event::AtServer { message, left: now });
                }
                Output::HangUp { reason, .. } => bail!("the client hung up: {reason}"),
                Output::Event(AppEvent::LiveResult { group, outcome, .. }) => {
                    let outcome = outcome.map_err(|why| anyhow::anyhow!("{why}"))?;
                    self.show(group, json::from_raw(&outcome)?, trip);
                }
                Output::Event(_) => {}
            }
        }
        self.set_timer();
        Ok(())
    }

    fn show(&mut self, id: GroupId, input: u64, down: Duration) {
        let at = self.clock.now();
        // The group's first result contains no input.
        if input == 0 || input >= 1_000_000 {
            return;
        }
        for group in self.groups.iter_mut().filter(|group| group.id == Some(id)) {
            let (up, behind) = group.arrivals.get(&input).copied().unwrap_or_default();
            let (service, before) = group.done.get(&input).copied().unwrap_or_default();
            let shown = Shown { at, input, trip: up + down, service, before, behind };
            group.record.shown.push(shown);
        }
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
}

fn model(input: u64) -> Result<Patch<RawJson>> {
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
fn inputs(message: &str) -> Result<Vec<(usize, u64)>> {
    let mut inputs = Vec::new();
    for frame in json::decode(message, &Limits::default())? {
        if let Ok(ClientFrame::Live(live)) = frame
            && let Some(value) = live.patch.get(KEY)
        {
            inputs.push((index_of(&live.name)?, json::from_raw(value)?));
        }
    }
    Ok(inputs)
}
