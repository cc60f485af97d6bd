use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fader_protocol::{Goodbye, Instant, Patch, RawJson, Rejection, code, json};
use fader_server::session::{Config, Input, Job, JobId, Names, Output, Push, Session, Work};

/// One session in virtual time, between a client and handlers that do what the test says.
pub(crate) struct Driver {
    pub(crate) now: Instant,
    pub(crate) session: Session,
    /// The jobs that were started and have not ended, and whether they were cancelled.
    pub(crate) jobs: BTreeMap<JobId, (Work, bool)>,
    pub(crate) close: Option<(u16, String)>,
    /// What was given to other sessions.
    pub(crate) pushes: Vec<Push>,
    sent: Vec<String>,
}

pub(crate) const HELLO: &str = r#"[[0,{"version":1}]]"#;

impl Driver {
    /// A session that waits for its hello.
    pub(crate) fn new(config: Config) -> Self {
        let names =
            Names { methods: ["sum", "slow"].into(), groups: ["equaliser", "other"].into() };
        let now = Instant::from_millis(1_000_000);
        let session = Session::new(now, Arc::new(config), Arc::new(names), "s1".into());
        let (jobs, pushes, sent) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { now, session, jobs, close: None, pushes, sent }
    }

    /// A session that is open.
    pub(crate) fn open(config: Config) -> Self {
        let mut driver = Self::new(config);
        driver.say(HELLO);
        assert_eq!(driver.sent().len(), 1);
        driver
    }

    /// The client sends a message.
    pub(crate) fn say(&mut self, text: &str) {
        self.handle(Input::Text(text));
    }

    pub(crate) fn drain(&mut self) {
        let goodbye = Goodbye { after_ms: 500, spread_ms: 600, reason: "restart".into() };
        self.handle(Input::Drain(goodbye));
    }

    /// Time passes, with every deadline kept.
    pub(crate) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(deadline) = self.session.deadline().filter(|deadline| *deadline <= end) {
            let late = deadline < self.now;
            self.now = self.now.max(deadline);
            self.handle(Input::Timeout);
            assert!(!late, "a deadline in the past was set again");
        }
        self.now = end;
    }

    pub(crate) fn pass_ms(&mut self, ms: u64) {
        self.pass(Duration::from_millis(ms));
    }

    /// The only job that has not ended.
    pub(crate) fn job(&self) -> JobId {
        assert_eq!(self.jobs.len(), 1, "{:?}", self.jobs);
        *self.jobs.keys().next().unwrap()
    }

    /// What the only live job was started with.
    pub(crate) fn model(&self) -> &str {
        match &self.jobs[&self.job()] {
            (Work::Live { model, .. }, _) => model,
            (work, _) => panic!("not a live job: {work:?}"),
        }
    }

    /// The phase that the only live job was started with, as on the wire.
    pub(crate) fn phase(&self) -> u8 {
        match &self.jobs[&self.job()] {
            (Work::Live { phase, .. }, _) => u8::try_from(phase.number()).unwrap(),
            (work, _) => panic!("not a live job: {work:?}"),
        }
    }

    pub(crate) fn is_cancelled(&self, job: JobId) -> bool {
        self.jobs[&job].1
    }

    /// A handler answers with this JSON.
    pub(crate) fn succeed(&mut self, job: JobId, reply: &str) {
        self.jobs.remove(&job).expect("a running job");
        self.handle(Input::Finished { job, outcome: Ok(raw(reply)) });
    }

    /// A handler has a coarse result.
    pub(crate) fn partial(&mut self, job: JobId, result: &str) {
        self.handle(Input::Partial { job, result: raw(result) });
    }

    /// A handler has values for others.
    pub(crate) fn share(&mut self, job: JobId, values: &str) {
        self.handle(Input::Share { job, values: object(values) });
    }

    /// Values for groups named `equaliser` come from elsewhere.
    pub(crate) fn push(&mut self, values: &str) {
        self.handle(Input::Push(Push { name: "equaliser".into(), values: object(values) }));
    }

    /// What was given to other sessions since the last look, all of it for `equaliser`.
    pub(crate) fn pushed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.pushes)
            .into_iter()
            .map(|Push { name, values }| {
                assert_eq!(name, "equaliser");
                let entries: Vec<_> = values
                    .iter()
                    .map(|(key, value)| format!("\"{key}\":{}", value.get()))
                    .collect();
                format!("{{{}}}", entries.join(","))
            })
            .collect()
    }

    /// A handler fails.
    pub(crate) fn fail(&mut self, job: JobId, message: &str) {
        self.jobs.remove(&job).expect("a running job");
        self.handle(Input::Finished { job, outcome: Err(Rejection::new(code::FAILED, message)) });
    }

    /// What was sent since the last look, as messages.
    pub(crate) fn sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    pub(crate) fn close_code(&self) -> Option<u16> {
        self.close.as_ref().map(|(code, _)| *code)
    }

    pub(crate) fn handle(&mut self, input: Input<'_>) {
        self.session.handle(self.now, input);
        while let Some(output) = self.session.poll() {
            assert_eq!(self.close, None, "after the close: {output:?}");
            match output {
                Output::Send(text) => self.sent.push(text),
                Output::Run(Job { id, work }) => {
                    assert!(self.jobs.insert(id, (work, false)).is_none(), "{id:?} is used twice");
                }
                Output::Cancel(id) => {
                    let job = self.jobs.get_mut(&id).expect("only running jobs are cancelled");
                    assert!(!std::mem::replace(&mut job.1, true), "{id:?} is cancelled twice");
                }
                Output::Close { code, reason } => {
                    assert!(reason.len() <= 123);
                    assert!(self.jobs.values().all(|(_, cancelled)| *cancelled));
                    assert_eq!(self.session.deadline(), None);
                    self.close = Some((code, reason));
                }
            }
        }
        while let Some(push) = self.session.poll_push() {
            self.pushes.push(push);
        }
    }
}

/// The members of this JSON object.
pub(crate) fn object(text: &str) -> Patch<RawJson> {
    let members: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap();
    members.iter().map(|(key, value)| (key.clone(), json::to_raw(value).unwrap())).collect()
}

/// A payload of this JSON text.
pub(crate) fn raw(text: &str) -> RawJson {
    json::to_raw(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
}
