use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fader_core::Instant;
use fader_protocol::{Bytes, Goodbye, Message, MessageLimits, RawPayload, Rejection, json};
use fader_server::session::{Config, Names, NotTaken, Outcome, WindowConfig, Work};
use fader_server::topics::TopicConfig;
use fastrand::Rng;

use super::check::Check;
use super::network::LinkId;
use super::token;
use super::weather::{Weather, chance, up_to};
use crate::host::{self, Host, TaskId};

/// The method whose reply is its parameters.
pub(super) const ECHO: &str = "echo";
/// The method that counts from one up to its parameter.
pub(super) const COUNT: &str = "count";
/// The topic.
pub(super) const NEWS: &str = "news";
/// The live group whose result is its model.
pub(super) const MIRROR: &str = "mirror";

/// A server, and those before it that have not let go of all their clients yet.
/// Their handlers take their time.
#[derive(Debug)]
pub(super) struct Server {
    config: Config,
    topic: TopicConfig,
    /// How many events came from elsewhere.
    spoken: u64,
    hosts: BTreeMap<HostId, Host<LinkId>>,
    newest: HostId,
    lines: BTreeMap<LinkId, HostId>,
    jobs: BTreeMap<JobId, Job>,
    /// The sessions of others than the page.
    strangers: BTreeSet<String>,
    /// Clients must have credentials.
    asks_for_credentials: bool,
    /// How many sessions began at servers that are no more.
    begun: u64,
}

/// One process.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct HostId(u64);

/// One call of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JobId(HostId, TaskId);

#[derive(Debug)]
struct Job {
    session: String,
    work: Work,
    /// What will come of it.
    outcome: Outcome,
    /// How far a stream is.
    counted: u64,
}

/// What a server wants done.
#[derive(Debug)]
pub(super) enum Effect {
    Send(LinkId, Message),
    Close(LinkId, u16, String),
    /// A handler has a coarse result then.
    Reports(Instant, JobId),
    /// A stream's handler may go on then.
    Counts(Instant, JobId),
    /// A handler ends then.
    Ends(Instant, JobId),
}

impl Server {
    pub(super) fn new(weather: &Weather, check: &mut Check) -> Self {
        let accepts =
            MessageLimits { message_bytes: weather.message_bytes, ..MessageLimits::default() };
        let (keep, link) = (weather.keep, weather.link);
        let requests_per_payer = weather.outcomes;
        let window = WindowConfig { requests_per_payer, ..WindowConfig::default() };
        let mut server = Self {
            config: Config { accepts, keep, link, window, ..Config::default() },
            topic: TopicConfig { events: weather.topic_events, ..TopicConfig::default() },
            spoken: 0,
            hosts: BTreeMap::new(),
            newest: HostId::default(),
            lines: BTreeMap::new(),
            jobs: BTreeMap::new(),
            strangers: BTreeSet::new(),
            asks_for_credentials: weather.tokens.is_some(),
            begun: 0,
        };
        server.replace(check);
        server
    }

    /// From now on, clients come to a server that knows nothing of what was.
    fn replace(&mut self, check: &mut Check) {
        self.newest.0 += 1;
        let names =
            Names { methods: [ECHO].into(), streams: [COUNT].into(), groups: [MIRROR].into() };
        let mut host = Host::new(&format!("{:?}", self.newest), self.config.clone(), names)
            .with_topics([(NEWS, self.topic.clone())]);
        if self.asks_for_credentials {
            host = host.asking_for_credentials(token::principal);
        }
        check.topics.server_began(host.epoch(), self.topic.events);
        self.hosts.insert(self.newest, host);
    }

    pub(super) fn opened(&mut self, now: Instant, link: LinkId) {
        self.lines.insert(link, self.newest);
        self.host(self.newest).opened(now, link);
    }

    /// The link is gone.
    pub(super) fn gone(&mut self, now: Instant, link: LinkId, code: u16) {
        if let Some(host) = self.lines.remove(&link) {
            self.host(host).gone(now, link, code);
        }
    }

    /// Somebody else than the page says something over a link of theirs.
    pub(super) fn hears_stranger(&mut self, now: Instant, link: LinkId, message: &Message) {
        self.received(now, link, message);
        let session = self.session_of(link).map(str::to_owned);
        self.strangers.extend(session);
    }

    /// How many sessions there ever were.
    pub(super) fn begun(&self) -> u64 {
        self.begun + self.hosts.values().map(Host::begun).sum::<u64>()
    }

    /// How many sessions there are.
    pub(super) fn sessions(&self) -> usize {
        self.hosts.values().map(Host::sessions).sum()
    }

    /// The machine restarts, and nobody knows of anything any more.
    pub(super) fn crash(&mut self, check: &mut Check) {
        self.begun = self.begun();
        self.hosts.clear();
        self.lines.clear();
        self.jobs.clear();
        check.server_forgot_everything();
        self.replace(check);
    }

    /// The links that are open, as far as the server knows.
    pub(super) fn links(&self) -> Vec<LinkId> {
        let mut links: Vec<_> = self.hosts.values().flat_map(Host::links).collect();
        links.sort_unstable();
        links
    }

    /// The session whose newest link this is.
    pub(super) fn session_of(&self, link: LinkId) -> Option<&str> {
        self.hosts.get(self.lines.get(&link)?)?.session_of(link)
    }

    pub(super) fn received(&mut self, now: Instant, link: LinkId, message: &Message) {
        if let Some(host) = self.lines.get(&link).copied() {
            self.host(host).received(now, link, message);
        }
    }

    /// The server is replaced: it sends its clients off, and lets them finish.
    pub(super) fn drain_clients(&mut self, now: Instant, after: Duration, check: &mut Check) {
        let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        let goodbye = Goodbye { after_ms, spread_ms: 500, reason: "restart".into() };
        self.host(self.newest).drain(now, &goodbye);
        check.window_lost();
        self.replace(check);
    }

    /// A handler ended, if it did not do so earlier.
    pub(super) fn job_ends(&mut self, now: Instant, job: JobId, check: &mut Check) {
        let Some(Job { session, work, outcome, .. }) = self.jobs.remove(&job) else { return };
        if !self.strangers.contains(&session) {
            check.handler_ended(&session, &work);
        }
        let host = self.host(job.0);
        host.ended(now, job.1, outcome);
        for (position, event) in host.take_published() {
            check.topics.published(&position, &event);
        }
    }

    /// A handler has a coarse result, if it is still at work.
    pub(super) fn job_reports(&mut self, now: Instant, job: JobId) {
        if let Some(Job { work, .. }) = self.jobs.get(&job)
            && let Ok(result) = outcome(work, false)
        {
            self.host(job.0).reported(now, job.1, result);
        }
    }

    /// A stream's handler counts as far as it can. Says when to go on, unless it has ended.
    pub(super) fn job_counts(
        &mut self,
        now: Instant,
        job: JobId,
        rng: &mut Rng,
    ) -> Option<Instant> {
        let job = self.jobs.get_mut(&job)?;
        let Work::Stream { params, feed, .. } = &job.work else { return None };
        let to: u64 = json::from_raw(params).expect("a number");
        while job.counted < to {
            let item = payload(job.counted + 1);
            match feed.offer(item) {
                Ok(()) => job.counted += 1,
                Err(NotTaken::Full(_)) => return Some(now + up_to(rng, Duration::from_millis(50))),
                Err(NotTaken::Over) => break,
            }
        }
        None
    }

    /// Something is published that no client said.
    pub(super) fn speak(&mut self, check: &mut Check) {
        self.spoken += 1;
        let event = payload(self.spoken);
        let topics = self.host(self.newest).topics();
        let position = topics.publish(NEWS, event.clone()).expect("published");
        check.topics.published(&position, &event);
    }

    /// Clients read what is new in topics and streams. Says whether there was anything.
    pub(super) fn news(&mut self, now: Instant) -> bool {
        let mut was_any = false;
        for host in self.hosts.values_mut() {
            was_any |= host.news(now, |_| true);
        }
        was_any
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.hosts.values().filter_map(Host::deadline).min()
    }

    /// Does what the sessions want, where time alone asks for it too.
    pub(super) fn poll(
        &mut self,
        now: Instant,
        weather: &Weather,
        rng: &mut Rng,
        check: &mut Check,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (id, host) in &mut self.hosts {
            if host.deadline().is_some_and(|due| due <= now) {
                host.tick(now);
            }
            while let Some(effect) = host.poll() {
                match effect {
                    host::Effect::Send(link, message) => effects.push(Effect::Send(link, message)),
                    host::Effect::Close(link, code, reason) => {
                        effects.push(Effect::Close(link, code, reason));
                    }
                    host::Effect::Run(task, session, work) => {
                        if !self.strangers.contains(&session) {
                            check.handler_started(now, &session, &work);
                        }
                        let job = JobId(*id, task);
                        let service = up_to(rng, weather.service);
                        if matches!(work, Work::Live { .. }) && chance(rng, weather.coarse) {
                            effects.push(Effect::Reports(now + up_to(rng, service), job));
                        }
                        effects.push(match work {
                            Work::Stream { .. } => Effect::Counts(now + service, job),
                            _ => Effect::Ends(now + service, job),
                        });
                        let outcome = outcome(&work, chance(rng, weather.errors));
                        self.jobs.insert(job, Job { session, work, outcome, counted: 0 });
                    }
                    host::Effect::Stop(task) => {
                        if weather.cooperative {
                            let soon = Duration::from_millis(1);
                            effects.push(Effect::Ends(now + soon, JobId(*id, task)));
                        }
                    }
                    host::Effect::Over(session) => {
                        check.live.session_ended(&session);
                        // Work with an idempotency key goes on.
                        self.jobs.retain(|_, job| job.session != session || is_keyed(&job.work));
                    }
                }
            }
        }
        self.forget_empty_hosts();
        effects
    }

    /// A server that was replaced ends when all its clients are gone.
    fn forget_empty_hosts(&mut self) {
        let newest = self.newest;
        let mut ended = 0;
        self.hosts.retain(|id, host| {
            let is_kept = *id == newest || host.sessions() > 0;
            ended += if is_kept { 0 } else { host.begun() };
            is_kept
        });
        self.begun += ended;
        let hosts = &self.hosts;
        self.jobs.retain(|job, _| hosts.contains_key(&job.0));
        self.lines.retain(|_, host| hosts.contains_key(host));
    }

    fn host(&mut self, id: HostId) -> &mut Host<LinkId> {
        self.hosts.get_mut(&id).expect("a server that has not ended")
    }
}

fn is_keyed(work: &Work) -> bool {
    work.key().is_some()
}

/// A number as a payload: as JSON, or every third as bytes of some length.
pub(super) fn payload(number: u64) -> RawPayload {
    if number.is_multiple_of(3) {
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.resize(8 + (number % 100) as usize, 0);
        return Bytes(bytes).into();
    }
    json::to_raw(&number).expect("a number has a JSON form")
}

/// What a handler says. An error says for which model it is, too.
fn outcome(work: &Work, fails: bool) -> Outcome {
    let payload: RawPayload = match work {
        Work::Request { params: payload, .. }
        | Work::Stream { params: payload, .. }
        | Work::Publish { event: payload, .. } => payload.clone(),
        Work::Subscribe { .. } => json::to_raw(&()).expect("null"),
        Work::Live { model, .. } => {
            let model: serde_json::Value = serde_json::from_str(model).expect("a JSON object");
            json::to_raw(&model).expect("a JSON value has a JSON form")
        }
    };
    if fails {
        return Err(Rejection { data: Some(payload), ..Rejection::new("failed", "by chance") });
    }
    Ok(payload)
}
