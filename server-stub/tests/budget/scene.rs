use std::alloc::System;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cap::Cap;
use fader_protocol::{Instant, MessageLimits, RawPayload, ServerFrame, json};
use fader_server::session::{
    Common, Config, Credentials, Feed, Input, Job, JobId, Names, Opening, Output, Session, Work,
};
use fader_server::topics::{TopicConfig, Topics};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// The allocator counts for the whole process: one test at a time.
static TURN: Mutex<()> = Mutex::new(());

/// A handler at work.
pub(crate) enum Handler {
    /// A stream's, which puts items here.
    Stream(Feed),
    /// Of one that decides whether the client may subscribe: what it tells of the client
    /// is kept by the topic.
    Subscribe,
    Other,
}

/// A session, a client that says what it likes, and handlers that never end by themselves.
pub(crate) struct Scene {
    pub(crate) session: Session,
    pub(crate) now: Instant,
    /// The handlers at work.
    pub(crate) jobs: BTreeMap<JobId, Handler>,
    pub(crate) topics: Topics,
    pub(crate) secret: String,
    pub(crate) is_over: bool,
    resumes: u32,
    /// The sequenced frames that the client has had.
    pub(crate) received: u64,
    /// The bytes that were sent.
    pub(crate) sent: usize,
    /// What was allocated without the session.
    before: usize,
    /// The most that was allocated when an input had been handled, and nothing sent yet.
    most: usize,
    _turn: MutexGuard<'static, ()>,
}

impl Scene {
    pub(crate) fn new(config: Config) -> Self {
        Self::begin(config, r#"[[0,{"version":1}]]"#)
    }

    /// A session that begins with this message.
    pub(crate) fn begin(config: Config, hello: &str) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = TopicConfig { events: 16, bytes: 4096, ..TopicConfig::default() };
        let names = Names {
            methods: ["sum"].into(),
            streams: ["search"].into(),
            groups: ["bag", "other"].into(),
        };
        let topics = Topics::new("e1", MessageLimits::of_client(), [("chat", keep)]);
        for _ in 0..20 {
            topics.publish("chat", text(300)).unwrap();
        }
        let common = Common { config, names, topics: topics.clone() };
        let common = Arc::new(common);
        let now = Instant::from_millis(1_000_000);
        let secret = "secret 0".to_owned();
        let before = ALLOCATOR.allocated();
        let credentials = Credentials::new("s1".into(), secret.clone());
        let session = Session::begin(now, common, credentials, opening(hello));
        let jobs = BTreeMap::new();
        let mut scene = Self {
            session,
            now,
            jobs,
            topics,
            secret,
            is_over: false,
            resumes: 0,
            received: 0,
            sent: 0,
            before,
            most: 0,
            _turn: turn,
        };
        scene.carry_out();
        scene
    }

    /// What is allocated for the session, in bytes.
    pub(crate) fn heap(&self) -> usize {
        ALLOCATOR.allocated().saturating_sub(self.before)
    }

    pub(crate) fn say(&mut self, text: &str) {
        let (connection, message) = (self.session.connection(), text.into());
        self.handle(Input::Message { connection, message });
    }

    pub(crate) fn handle(&mut self, input: Input<'_>) {
        self.session.handle(self.now, input);
        self.carry_out();
    }

    pub(crate) fn finish(&mut self, job: JobId, result: RawPayload) {
        self.jobs.remove(&job);
        self.handle(Input::Finished { job, outcome: Ok(result) });
    }

    /// All handlers end, also those that are called because others ended.
    pub(crate) fn finish_all(&mut self, result: &RawPayload) {
        while let Some(job) = self.jobs.keys().next().copied() {
            self.finish(job, result.clone());
        }
    }

    pub(crate) fn cut(&mut self) {
        self.handle(Input::Gone { connection: self.session.connection(), code: 1006 });
    }

    /// The client comes back with the right secret, lacking nothing that was sent to it.
    pub(crate) fn resume(&mut self) -> bool {
        let received = self.received;
        self.resumes += 1;
        let (old, new) = (self.secret.clone(), format!("secret {}", self.resumes));
        let resume = format!(r#"{{"session":"s1","secret":"{old}","received":{received}}}"#);
        let opening = opening(&format!(r#"[[0,{{"version":1,"resume":{resume}}}]]"#));
        let resumed = self.session.resume(self.now, new.clone(), opening).is_ok();
        if resumed {
            self.secret = new;
        }
        self.carry_out();
        resumed
    }

    /// The most that was allocated for the session at a time, in bytes.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    fn carry_out(&mut self) {
        self.most = self.most.max(self.heap());
        while let Some(output) = self.session.poll() {
            match output {
                Output::Send(message) => {
                    self.sent += message.size();
                    let limits = MessageLimits::of_client();
                    let frames = json::decode::<ServerFrame<RawPayload>>(&message, &limits);
                    let frames = frames.expect("a message that clients take").into_iter();
                    let sequenced = frames.flatten().filter(ServerFrame::is_sequenced);
                    self.received += sequenced.count() as u64;
                }
                Output::Run(Job { id, work }) => {
                    let handler = match work {
                        Work::Stream { feed, .. } => Handler::Stream(feed),
                        Work::Subscribe { .. } => Handler::Subscribe,
                        _ => Handler::Other,
                    };
                    self.jobs.insert(id, handler);
                }
                // As with those that do not stop, its end comes when it comes.
                Output::Cancel(_) | Output::Authenticate { .. } | Output::Close { .. } => {}
                Output::End => self.is_over = true,
            }
        }
        while self.session.poll_opened().is_some() {}
        while self.session.poll_push().is_some() {}
    }
}

fn opening(text: &str) -> Opening {
    Opening::read(text, &MessageLimits::default()).unwrap().unwrap()
}

/// A payload of so many bytes.
pub(crate) fn text(bytes: usize) -> RawPayload {
    json::to_raw(&"x".repeat(bytes.saturating_sub(2))).unwrap()
}
