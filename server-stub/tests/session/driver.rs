use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fader_protocol::{
    Goodbye, Instant, Message, MessageLimits, Patch, RawPayload, Rejection, Window, close, code,
    json,
};
use fader_server::session::{
    Common, Config, ConnectionId, Credentials, Input, Job, JobId, Names, Opening, Output, Push,
    Session, Work,
};
use fader_server::topics::{TopicConfig, Topics};

/// One session in virtual time, between a client and handlers that do what the test says.
pub(crate) struct Driver {
    pub(crate) now: Instant,
    pub(crate) session: Session,
    /// The jobs that were started and have not ended, and whether they were cancelled.
    pub(crate) jobs: BTreeMap<JobId, (Work, bool)>,
    /// How the newest connection was closed by the session.
    pub(crate) close: Option<(u16, String)>,
    /// The session is over.
    pub(crate) is_over: bool,
    /// How many sequenced frames of the client the session has acknowledged.
    pub(crate) acknowledged: u64,
    /// The secrets that were given, oldest first.
    pub(crate) secrets: Vec<String>,
    /// What was given to other sessions.
    pub(crate) pushes: Vec<Push>,
    /// The credentials that were to be checked.
    pub(crate) checks: Vec<(ConnectionId, String)>,
    pub(crate) topics: Topics,
    sent: Vec<String>,
}

/// The topics `ticks` and `chat`, whose epoch is `e1`.
pub(crate) fn topics(config: TopicConfig) -> Topics {
    let names = [("ticks", config.clone()), ("chat", config)];
    Topics::new("e1", MessageLimits::of_client(), names)
}

pub(crate) const HELLO: &str = r#"[[0,{"version":1}]]"#;

pub(crate) fn names() -> Names {
    Names {
        methods: ["sum", "slow"].into(),
        streams: ["search"].into(),
        groups: ["equaliser", "other"].into(),
    }
}

/// What clients are told of idempotency keys.
fn window() -> Window {
    Window { id: "w1".into(), ms: 600_000 }
}

/// The first message of a connection, which is a good one.
pub(crate) fn opening(text: &str) -> Opening {
    Opening::read(text, &MessageLimits::default()).expect("a hello").expect("a hello")
}

/// The first message of a connection that is to continue a session.
pub(crate) fn resuming(secret: &str, received: u64) -> String {
    let resume = format!(r#"{{"session":"s1","secret":"{secret}","received":{received}}}"#);
    format!(r#"[[0,{{"version":1,"resume":{resume}}}]]"#)
}

impl Driver {
    /// A session that begins with this message.
    pub(crate) fn begin(config: Config, text: &str) -> Self {
        Self::begin_with(config, opening(text))
    }

    /// A session that begins so.
    pub(crate) fn begin_with(config: Config, opening: Opening) -> Self {
        Self::begin_as("s1", config, topics(TopicConfig::default()), opening)
    }

    /// A session of that id, with topics that it may share with others.
    pub(crate) fn begin_as(id: &str, config: Config, topics: Topics, opening: Opening) -> Self {
        let common = Common { config, names: names(), topics: topics.clone() };
        let now = Instant::from_millis(1_000_000);
        let opening = opening.promising(window());
        let credentials = Credentials::new(id.into(), "secret 1".into());
        let mut driver = Self {
            now,
            session: Session::begin(now, Arc::new(common), credentials, opening),
            jobs: BTreeMap::new(),
            close: None,
            is_over: false,
            acknowledged: 0,
            secrets: vec!["secret 1".into()],
            pushes: Vec::new(),
            checks: Vec::new(),
            topics,
            sent: Vec::new(),
        };
        driver.carry_out();
        driver
    }

    /// A session that is open, with the welcome forgotten.
    pub(crate) fn open(config: Config) -> Self {
        let mut driver = Self::begin(config, HELLO);
        assert_eq!(driver.sent().len(), 1);
        driver
    }

    /// A session of that id that is open, with the welcome forgotten.
    pub(crate) fn open_as(id: &str, config: Config, topics: &Topics) -> Self {
        let mut driver = Self::begin_as(id, config, topics.clone(), opening(HELLO));
        assert_eq!(driver.sent().len(), 1);
        driver
    }

    /// The client subscribes with these frames, and may, being this.
    pub(crate) fn subscribe(&mut self, text: &str, info: &str) {
        self.say(text);
        for job in self.asked() {
            self.succeed(job, info);
        }
    }

    /// The jobs that decide whether the client may subscribe.
    pub(crate) fn asked(&self) -> Vec<JobId> {
        let jobs = self.jobs.iter();
        let asked = jobs.filter(|(_, (work, _))| matches!(work, Work::Subscribe { .. }));
        asked.map(|(job, _)| *job).collect()
    }

    /// What was sent since the last look, and all that topics and streams have.
    pub(crate) fn read(&mut self) -> Vec<String> {
        while self.session.has_news() {
            self.handle(Input::News);
        }
        self.sent()
    }

    /// An event is published, of this JSON.
    pub(crate) fn publish(&self, topic: &str, event: &str) -> u64 {
        self.topics.publish(topic, raw(event)).expect("a good event").offset
    }

    /// The client sends a message.
    pub(crate) fn say(&mut self, text: &str) {
        self.say_over(self.session.connection(), text);
    }

    /// The client sends a message of either kind.
    pub(crate) fn say_message(&mut self, message: &Message) {
        let (connection, message) = (self.session.connection(), message.into());
        self.handle(Input::Message { connection, message });
    }

    /// The client sends a message over that connection.
    pub(crate) fn say_over(&mut self, connection: ConnectionId, text: &str) {
        self.handle(Input::Message { connection, message: text.into() });
    }

    /// The connection is cut.
    pub(crate) fn cut(&mut self) {
        self.gone(close::ABNORMAL);
    }

    /// The connection is gone.
    pub(crate) fn gone(&mut self, code: u16) {
        self.handle(Input::Gone { connection: self.session.connection(), code });
    }

    /// The client comes back with this secret, lacking all but the first
    /// `received` sequenced frames. Says whether the session goes on.
    pub(crate) fn resume(&mut self, secret: &str, received: u64) -> bool {
        self.resume_with(opening(&resuming(secret, received)))
    }

    pub(crate) fn resume_with(&mut self, opening: Opening) -> bool {
        let secret = format!("secret {}", self.secrets.len() + 1);
        let opening = opening.promising(window());
        let resumed = self.session.resume(self.now, secret.clone(), opening).is_ok();
        if resumed {
            self.secrets.push(secret);
            self.close = None;
        }
        self.carry_out();
        resumed
    }

    /// The client comes back, knowing the newest secret.
    pub(crate) fn come_back(&mut self, received: u64) {
        let secret = self.secrets.last().expect("a secret").clone();
        assert!(self.resume(&secret, received), "the session is lost");
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
        self.carry_out();
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.session.poll() {
            assert!(!self.is_over, "after the end: {output:?}");
            match output {
                Output::Send(message) => {
                    let text = shown(&message);
                    assert_eq!(self.close, None, "after the close: {text}");
                    let message = self.without_ack(text);
                    self.sent.extend(message);
                }
                Output::Run(Job { id, work }) => {
                    assert!(self.jobs.insert(id, (work, false)).is_none(), "{id:?} is used twice");
                }
                Output::Authenticate { connection, credentials } => {
                    self.checks.push((connection, credentials));
                }
                Output::Cancel(id) => {
                    let job = self.jobs.get_mut(&id).expect("only running jobs are cancelled");
                    assert!(!std::mem::replace(&mut job.1, true), "{id:?} is cancelled twice");
                }
                Output::Close { code, reason } => {
                    assert!(reason.len() <= 123);
                    assert_eq!(self.close, None, "closed twice");
                    self.close = Some((code, reason));
                }
                Output::End => {
                    let is_stopped =
                        |(work, is_cancelled): &(Work, bool)| *is_cancelled || work.key().is_some();
                    assert!(self.jobs.values().all(is_stopped));
                    assert_eq!(self.session.deadline(), None);
                    self.is_over = true;
                }
            }
        }
        while let Some(push) = self.session.poll_push() {
            self.pushes.push(push);
        }
    }

    /// The message without the acknowledgement at its end, if that leaves anything.
    fn without_ack(&mut self, text: String) -> Option<String> {
        let Some((rest, count)) = text.rsplit_once("[4,") else { return Some(text) };
        let Some(count) = count.strip_suffix("]]") else { return Some(text) };
        let count = count.parse().expect("a count");
        assert!(count > self.acknowledged, "{count} is acknowledged after {}", self.acknowledged);
        self.acknowledged = count;
        rest.strip_suffix(',').map(|rest| format!("{rest}]"))
    }
}

/// A message as text: behind that of a binary one are its bytes.
fn shown(message: &Message) -> String {
    match message {
        Message::Text(text) => text.clone(),
        Message::Binary(message) => {
            let length = u32::from_be_bytes(message[..4].try_into().expect("a length")) as usize;
            let (text, bytes) = message[4..].split_at(length);
            format!("{} {bytes:?}", str::from_utf8(text).expect("text"))
        }
    }
}

/// The members of this JSON object.
pub(crate) fn object(text: &str) -> Patch<RawPayload> {
    let members: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap();
    members.iter().map(|(key, value)| (key.clone(), json::to_raw(value).unwrap())).collect()
}

/// A payload of this JSON text.
pub(crate) fn raw(text: &str) -> RawPayload {
    json::to_raw(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap()
}
