use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fader_core::Instant;
use fader_protocol::{Goodbye, Limits, RawJson, Rejection, json};
use fader_server::session::{Config, Input, JobId, Names, Outcome, Output, Session, Work};
use fastrand::Rng;

use super::check::Check;
use super::network::LinkId;
use super::weather::{Weather, chance, up_to};

/// The method whose reply is its parameters.
pub(super) const ECHO: &str = "echo";
/// The live group whose result is its model.
pub(super) const MIRROR: &str = "mirror";

/// A server: a session for each link, and handlers that take their time.
#[derive(Debug)]
pub(super) struct Server {
    config: Arc<Config>,
    names: Arc<Names>,
    conversations: BTreeMap<LinkId, Conversation>,
}

#[derive(Debug)]
struct Conversation {
    session: Session,
    /// What comes of each job at work.
    jobs: BTreeMap<JobId, (Work, Outcome)>,
}

/// What a server wants done.
#[derive(Debug)]
pub(super) enum Effect {
    Send(LinkId, String),
    Close(LinkId, u16, String),
    /// A handler has a coarse result then.
    Reports(Instant, LinkId, JobId),
    /// A handler ends then.
    Ends(Instant, LinkId, JobId),
}

impl Server {
    pub(super) fn new(weather: &Weather) -> Self {
        let accepts = Limits { message_bytes: weather.message_bytes, ..Limits::default() };
        Self {
            config: Arc::new(Config { accepts, ..Config::default() }),
            names: Arc::new(Names { methods: [ECHO].into(), groups: [MIRROR].into() }),
            conversations: BTreeMap::new(),
        }
    }

    pub(super) fn opened(&mut self, now: Instant, link: LinkId) {
        let (config, names) = (Arc::clone(&self.config), Arc::clone(&self.names));
        let session = Session::new(now, config, names, format!("{link:?}"));
        self.conversations.insert(link, Conversation { session, jobs: BTreeMap::new() });
    }

    /// The link is gone, and with it the session and its jobs.
    pub(super) fn gone(&mut self, link: LinkId, check: &mut Check) {
        self.conversations.remove(&link);
        check.session_ended(link);
    }

    /// All links are gone: the machine restarts.
    pub(super) fn crash(&mut self, check: &mut Check) {
        for link in self.links() {
            self.gone(link, check);
        }
    }

    pub(super) fn links(&self) -> Vec<LinkId> {
        self.conversations.keys().copied().collect()
    }

    pub(super) fn received(&mut self, now: Instant, link: LinkId, text: &str) {
        self.handle(now, link, Input::Text(text));
    }

    pub(super) fn drain_clients(&mut self, now: Instant, after: Duration) {
        let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        for link in self.links() {
            let goodbye = Goodbye { after_ms, spread_ms: 500, reason: "restart".into() };
            self.handle(now, link, Input::Drain(goodbye));
        }
    }

    /// A handler ended, if it did not do so earlier.
    pub(super) fn job_ends(&mut self, now: Instant, link: LinkId, job: JobId, check: &mut Check) {
        let Some(conversation) = self.conversations.get_mut(&link) else { return };
        let Some((work, outcome)) = conversation.jobs.remove(&job) else { return };
        check.handler_ended(link, &work);
        self.handle(now, link, Input::Finished { job, outcome });
    }

    /// A handler has a coarse result, if it is still at work.
    pub(super) fn job_reports(&mut self, now: Instant, link: LinkId, job: JobId) {
        let work = self.conversations.get(&link).and_then(|talk| talk.jobs.get(&job));
        if let Some((work, _)) = work
            && let Ok(result) = outcome(work, false)
        {
            self.handle(now, link, Input::Partial { job, result });
        }
    }

    fn handle(&mut self, now: Instant, link: LinkId, input: Input<'_>) {
        if let Some(conversation) = self.conversations.get_mut(&link) {
            conversation.session.handle(now, input);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.conversations.values().filter_map(|talk| talk.session.deadline()).min()
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
        for (link, conversation) in &mut self.conversations {
            if conversation.session.deadline().is_some_and(|due| due <= now) {
                conversation.session.handle(now, Input::Timeout);
            }
            while let Some(output) = conversation.session.poll() {
                match output {
                    Output::Send(message) => effects.push(Effect::Send(*link, message)),
                    Output::Run(job) => {
                        check.handler_started(*link, &job.work);
                        let outcome = outcome(&job.work, chance(rng, weather.errors));
                        let is_live = matches!(job.work, Work::Live { .. });
                        conversation.jobs.insert(job.id, (job.work, outcome));
                        let service = up_to(rng, weather.service);
                        if is_live && chance(rng, weather.coarse) {
                            let soon = up_to(rng, service);
                            effects.push(Effect::Reports(now + soon, *link, job.id));
                        }
                        effects.push(Effect::Ends(now + service, *link, job.id));
                    }
                    Output::Cancel(job) => {
                        if weather.cooperative
                            && let Some((_, outcome)) = conversation.jobs.get_mut(&job)
                        {
                            // Nobody may ever see this.
                            *outcome = Err(Rejection::new("cancelled", "it ended early"));
                            let soon = Duration::from_millis(1);
                            effects.push(Effect::Ends(now + soon, *link, job));
                        }
                    }
                    Output::Close { code, reason } => {
                        effects.push(Effect::Close(*link, code, reason));
                    }
                }
            }
        }
        for effect in &effects {
            if let Effect::Close(link, ..) = effect {
                self.gone(*link, check);
            }
        }
        effects
    }
}

/// What a handler says. An error says for which model it is, too.
fn outcome(work: &Work, fails: bool) -> Outcome {
    let payload: RawJson = match work {
        Work::Request { params, .. } => params.clone(),
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
