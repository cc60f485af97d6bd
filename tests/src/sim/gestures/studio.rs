use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fader_core::Instant;
use fader_protocol::{ClientFrame, LivePatch, Message, MessageLimits, Phase, Rejection, json};
use fader_server::session::{Config, Names, Outcome, Push, Work};
use fastrand::Rng;

use super::super::network::LinkId;
use super::super::weather::{chance, pick};
use super::control::{Answer, Values, patch};
use super::tally::Rule;
use crate::host::{Effect, Host, TaskId};

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
    host: Host<LinkId>,
    /// How many servers there were before this one.
    restarts: u64,
    at_work: BTreeMap<JobId, AtWork>,
    /// By session and name.
    documents: BTreeMap<(String, String), Document>,
    jobs: u64,
    /// The newest time until which a handler hangs.
    pub(super) hangs_until: Instant,
}

/// One call of a handler of one of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JobId(u64, TaskId);

#[derive(Debug)]
struct AtWork {
    document: (String, String),
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
    Send(LinkId, Message),
    Close(LinkId, u16, String),
    Ends(Instant, JobId),
    Broken(Rule, String),
}

impl Studio {
    pub(super) fn new(manners: Manners) -> Self {
        Self {
            manners,
            host: host(0),
            restarts: 0,
            at_work: BTreeMap::new(),
            documents: BTreeMap::new(),
            jobs: 0,
            hangs_until: Instant::ZERO,
        }
    }

    /// Handlers do not hang or fail any more.
    pub(super) fn calm(&mut self, calm: bool, manners: Manners) {
        self.manners = if calm { Manners { hang: 0, fail: 0, ..manners } } else { manners };
    }

    pub(super) fn opened(&mut self, now: Instant, link: LinkId) {
        self.host.opened(now, link);
    }

    pub(super) fn gone(&mut self, now: Instant, link: LinkId, code: u16) {
        self.host.gone(now, link, code);
    }

    /// The server begins anew, and knows nothing of what was.
    pub(super) fn crash(&mut self) {
        self.restarts += 1;
        self.host = host(self.restarts);
        self.at_work.clear();
        self.documents.clear();
    }

    pub(super) fn links(&self) -> Vec<LinkId> {
        let mut links = self.host.links();
        links.sort_unstable();
        links
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.host.deadline()
    }

    pub(super) fn received(&mut self, now: Instant, link: LinkId, message: &Message) {
        if let Some(session) = self.host.session_of(link).map(str::to_owned) {
            for frame in json::decode(message, &MessageLimits::default()).expect("a message") {
                if let Ok(ClientFrame::Live(LivePatch { name, commit, .. })) = frame {
                    let document = self.documents.entry((session.clone(), name)).or_default();
                    document.commits.extend(commit);
                }
            }
        }
        self.host.received(now, link, message);
    }

    /// A handler ended, if it did not do so earlier.
    pub(super) fn job_ends(&mut self, now: Instant, job: JobId) -> bool {
        let Some(AtWork { document, outcome }) = self.at_work.remove(&job) else { return false };
        self.documents.entry(document).or_default().at_work -= 1;
        self.host.ended(now, job.1, outcome);
        true
    }

    /// Another person moves a control.
    pub(super) fn push(&mut self, now: Instant, value: i64, rng: &mut Rng) {
        let key = super::world::KEYS[rng.usize(..super::world::KEYS.len())];
        let values = patch(&Values::from([(key.into(), value)]));
        self.host.push(now, &Push { name: pick(rng, &GROUPS).into(), values });
    }

    /// Does what the sessions want, where time alone asks for it too.
    pub(super) fn poll(&mut self, now: Instant, rng: &mut Rng) -> Vec<Wish> {
        if self.host.deadline().is_some_and(|due| due <= now) {
            self.host.tick(now);
        }
        let mut wishes = Vec::new();
        while let Some(effect) = self.host.poll() {
            match effect {
                Effect::Send(link, message) => wishes.push(Wish::Send(link, message)),
                Effect::Close(link, code, reason) => wishes.push(Wish::Close(link, code, reason)),
                Effect::Run(task, session, work) => {
                    self.run(now, JobId(self.restarts, task), session, work, rng, &mut wishes);
                }
                Effect::Stop(task) if self.manners.cooperative => {
                    let soon = now + Duration::from_millis(1);
                    wishes.push(Wish::Ends(soon, JobId(self.restarts, task)));
                }
                Effect::Stop(_) => {}
                Effect::Over(session) => {
                    self.at_work.retain(|_, job| job.document.0 != session);
                    self.documents.retain(|(of, _), _| *of != session);
                }
            }
        }
        wishes
    }

    fn run(
        &mut self,
        now: Instant,
        job: JobId,
        session: String,
        work: Work,
        rng: &mut Rng,
        wishes: &mut Vec<Wish>,
    ) {
        let Work::Live { name, model, phase } = work else { return };
        let key = (session, name);
        let document = self.documents.entry(key.clone()).or_default();
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
        self.at_work.insert(job, AtWork { document: key, outcome });
        let service = if rng.u16(..1000) < self.manners.hang {
            self.hangs_until = now + HANGS;
            HANGS
        } else {
            self.manners.service.mul_f64(0.5 + rng.f64())
        };
        wishes.push(Wish::Ends(now + service, job));
    }
}

/// A server that nobody knows.
fn host(number: u64) -> Host<LinkId> {
    let names = Names { groups: GROUPS.into(), ..Names::default() };
    Host::new(&format!("server {number}"), Config::default(), names)
}
