use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fader_core::Instant;
use fader_protocol::{ClientFrame, Limits, LivePatch, Phase, Rejection, json};
use fader_server::session::{
    Config, Input, Job, JobId, Names, Outcome, Output, Push, Session, Work,
};
use fastrand::Rng;

use super::super::network::LinkId;
use super::super::weather::{chance, pick};
use super::control::{Answer, Values, patch};
use super::tally::Rule;

/// The names of the live groups.
pub(super) const GROUPS: [&str; 3] = ["one", "two", "three"];

/// How long a handler hangs that does.
const HANGS: Duration = Duration::from_secs(12);

/// How the handlers are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    /// How long a computation takes on average.
    pub(super) service: Duration,
    /// How many of a thousand hang.
    pub(super) hang: u16,
    /// How many of a hundred fail.
    pub(super) fail: u8,
    /// Whether they end early when they are cancelled.
    pub(super) cooperative: bool,
}

/// The server, with handlers that answer what they computed from, and other
/// people who move the same controls.
#[derive(Debug)]
pub(super) struct Studio {
    manners: Manners,
    config: Arc<Config>,
    names: Arc<Names>,
    talks: BTreeMap<LinkId, Talk>,
    jobs: u64,
    /// The newest time until which a handler hangs.
    pub(super) hangs_until: Instant,
}

#[derive(Debug)]
struct Talk {
    session: Session,
    jobs: BTreeMap<JobId, AtWork>,
    documents: BTreeMap<String, Document>,
}

#[derive(Debug)]
struct AtWork {
    name: String,
    outcome: Outcome,
}

/// What is known of a live group, beside its mailbox.
#[derive(Debug, Default)]
struct Document {
    commits: BTreeSet<u64>,
    /// How many commits and cancels were computed.
    effects: usize,
    at_work: usize,
}

/// What the server wants done.
#[derive(Debug)]
pub(super) enum Wish {
    Send(LinkId, String),
    Close(LinkId, u16, String),
    Ends(Instant, LinkId, JobId),
    Broken(Rule, String),
}

impl Studio {
    pub(super) fn new(manners: Manners) -> Self {
        Self {
            manners,
            config: Arc::new(Config::default()),
            names: Arc::new(Names { methods: [].into(), groups: GROUPS.into() }),
            talks: BTreeMap::new(),
            jobs: 0,
            hangs_until: Instant::ZERO,
        }
    }

    /// Handlers do not hang or fail any more.
    pub(super) fn calm(&mut self, calm: bool, manners: Manners) {
        self.manners = if calm { Manners { hang: 0, fail: 0, ..manners } } else { manners };
    }

    pub(super) fn opened(&mut self, now: Instant, link: LinkId) {
        let (config, names) = (Arc::clone(&self.config), Arc::clone(&self.names));
        let session = Session::new(now, config, names, format!("{link:?}"));
        let talk = Talk { session, jobs: BTreeMap::new(), documents: BTreeMap::new() };
        self.talks.insert(link, talk);
    }

    pub(super) fn gone(&mut self, link: LinkId) {
        self.talks.remove(&link);
    }

    pub(super) fn links(&self) -> Vec<LinkId> {
        self.talks.keys().copied().collect()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.talks.values().filter_map(|talk| talk.session.deadline()).min()
    }

    pub(super) fn received(&mut self, now: Instant, link: LinkId, message: &str) {
        let Some(talk) = self.talks.get_mut(&link) else { return };
        for frame in json::decode(message, &Limits::default()).expect("a message") {
            if let Ok(ClientFrame::Live(live)) = frame {
                let LivePatch { name, commit, .. } = live;
                talk.documents.entry(name).or_default().commits.extend(commit);
            }
        }
        talk.session.handle(now, Input::Text(message));
    }

    /// A handler ended, if it did not do so earlier.
    pub(super) fn job_ends(&mut self, now: Instant, link: LinkId, job: JobId) -> bool {
        let Some(talk) = self.talks.get_mut(&link) else { return false };
        let Some(AtWork { name, outcome }) = talk.jobs.remove(&job) else { return false };
        talk.documents.entry(name).or_default().at_work -= 1;
        talk.session.handle(now, Input::Finished { job, outcome });
        true
    }

    /// Another person moves a control.
    pub(super) fn push(&mut self, now: Instant, value: i64, rng: &mut Rng) {
        let key = super::world::KEYS[rng.usize(..super::world::KEYS.len())];
        let values = patch(&Values::from([(key.into(), value)]));
        let push = Push { name: pick(rng, &GROUPS).into(), values };
        for talk in self.talks.values_mut() {
            talk.session.handle(now, Input::Push(push.clone()));
        }
    }

    /// Does what the sessions want, where time alone asks for it too.
    pub(super) fn poll(&mut self, now: Instant, rng: &mut Rng) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let links = self.links();
        for link in links {
            let Some(talk) = self.talks.get_mut(&link) else { continue };
            if talk.session.deadline().is_some_and(|due| due <= now) {
                talk.session.handle(now, Input::Timeout);
            }
            let mut runs = Vec::new();
            while let Some(output) = talk.session.poll() {
                match output {
                    Output::Send(message) => wishes.push(Wish::Send(link, message)),
                    Output::Run(job) => runs.push(job),
                    Output::Cancel(job) if self.manners.cooperative => {
                        wishes.push(Wish::Ends(now + Duration::from_millis(1), link, job));
                    }
                    Output::Cancel(_) => {}
                    Output::Close { code, reason } => wishes.push(Wish::Close(link, code, reason)),
                }
            }
            for job in runs {
                self.run(now, link, job, rng, &mut wishes);
            }
        }
        for wish in &wishes {
            if let Wish::Close(link, ..) = wish {
                self.gone(*link);
            }
        }
        wishes
    }

    fn run(&mut self, now: Instant, link: LinkId, job: Job, rng: &mut Rng, wishes: &mut Vec<Wish>) {
        let Work::Live { name, model, phase } = job.work else { return };
        let Some(talk) = self.talks.get_mut(&link) else { return };
        let document = talk.documents.entry(name.clone()).or_default();
        document.at_work += 1;
        if document.at_work > 1 {
            wishes.push(Wish::Broken(Rule::Bounded, "two jobs of one group at once".into()));
        }
        document.effects += usize::from(phase != Phase::Preview);
        if document.effects > document.commits.len() {
            let what = format!("{} effects of {:?}", document.effects, document.commits);
            wishes.push(Wish::Broken(Rule::CommitsOnce, what));
        }
        self.jobs += 1;
        let values: Values = serde_json::from_str(&model).expect("a model");
        let answer = json::to_raw(&Answer { job: self.jobs, values }).expect("an answer");
        let outcome = if chance(rng, self.manners.fail) {
            Err(Rejection { data: Some(answer), ..Rejection::new("failed", "by chance") })
        } else {
            Ok(answer)
        };
        talk.jobs.insert(job.id, AtWork { name, outcome });
        let service = if rng.u16(..1000) < self.manners.hang {
            self.hangs_until = now + HANGS;
            HANGS
        } else {
            self.manners.service.mul_f64(0.5 + rng.f64())
        };
        wishes.push(Wish::Ends(now + service, link, job.id));
    }
}
