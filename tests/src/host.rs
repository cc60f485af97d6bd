//! A server without a network, for both simulations.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Debug;
use std::sync::Arc;

use fader_protocol::{
    Goodbye, Instant, Message, MessageRef, Patch, Position, RawPayload, Rejection, ServerFrame,
    close, code, json,
};
use fader_server::session::{
    Asked, Caller, Common, Config, ConnectionId, Credentials, Evicted, Input, JobId, Key, Names,
    Opening, Outcome, Output, Principal, Push, Scope, Session, SessionTable, Window, Work,
};
use fader_server::topics::{TopicConfig, Topics};

/// A server in virtual time: does with sessions what the axum shell does, but
/// whoever owns it carries messages, and says what comes of handlers and when.
/// `L` names a connection.
#[derive(Debug)]
pub struct Host<L> {
    /// Tells its ids from those of other hosts.
    name: String,
    common: Arc<Common>,
    window: Window,
    table: SessionTable,
    /// The connections that have not said hello, and until when they may.
    greetings: BTreeMap<L, Instant>,
    /// The connections that have.
    lines: BTreeMap<L, (String, ConnectionId)>,
    sessions: BTreeMap<String, Hosted<L>>,
    tasks: BTreeMap<TaskId, Owner>,
    /// The tasks of requests with an idempotency key, and whether they were stopped.
    keyed: HashMap<Key, (TaskId, bool)>,
    /// The tasks whose outcome is an event for this topic.
    publishing: BTreeMap<TaskId, String>,
    /// What was published for clients.
    published: Vec<(Position, RawPayload)>,
    /// Counts ids, secrets and tasks.
    counter: u64,
    /// How many sessions have begun.
    begun: u64,
    authority: Option<Authority>,
    effects: VecDeque<Effect<L>>,
}

#[derive(Debug)]
struct Hosted<L> {
    session: Session,
    /// The newest connection, unless it is gone.
    link: Option<L>,
    /// As the table knows.
    is_detached: bool,
    tasks: BTreeMap<JobId, TaskId>,
    /// The requests with an idempotency key that wait.
    keyed: BTreeMap<JobId, Key>,
}

/// Says at a time whose credentials something is, or why nobody's.
pub type Authority = fn(Instant, Option<&str>) -> Result<Principal, String>;

/// One call of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(u64);

#[derive(Debug, Clone)]
enum Owner {
    Session(String, JobId),
    Key(Key),
}

/// What a server wants done.
#[derive(Debug)]
pub enum Effect<L> {
    /// Send a message over a connection.
    Send(L, Message),
    /// Close a connection.
    Close(L, u16, String),
    /// Call a handler, for the client of this session.
    Run(TaskId, String, Work),
    /// Stop a handler; it is to be reported as ended all the same.
    Stop(TaskId),
    /// A session is over, and with it the handlers that it called.
    Over(String),
}

impl<L: Copy + Ord + Debug> Host<L> {
    /// A server that nobody knows.
    #[must_use]
    pub fn new(name: &str, config: Config, names: Names) -> Self {
        let id = format!("{name} window");
        let window = Window::new(id, config.window.clone(), config.sends.clone());
        let table = SessionTable::new(config.sessions.clone());
        Self {
            name: name.into(),
            common: Arc::new(Common { config, names, topics: Topics::default() }),
            window,
            table,
            greetings: BTreeMap::new(),
            lines: BTreeMap::new(),
            sessions: BTreeMap::new(),
            tasks: BTreeMap::new(),
            keyed: HashMap::new(),
            publishing: BTreeMap::new(),
            published: Vec::new(),
            counter: 0,
            begun: 0,
            authority: None,
            effects: VecDeque::new(),
        }
    }

    /// From now on, clients must have credentials that this finds good.
    #[must_use]
    pub fn asking_for_credentials(mut self, authority: Authority) -> Self {
        self.authority = Some(authority);
        self
    }

    /// With these topics, for whoever connects from now on.
    #[must_use]
    pub fn with_topics(
        mut self,
        topics: impl IntoIterator<Item = (&'static str, TopicConfig)>,
    ) -> Self {
        let common = Common::clone(&self.common);
        let topics = Topics::new(&self.epoch(), common.config.sends.clone(), topics);
        self.common = Arc::new(Common { topics, ..common });
        self
    }

    /// Its topics, to publish from elsewhere.
    #[must_use]
    pub fn topics(&self) -> &Topics {
        &self.common.topics
    }

    /// The epoch of its topics.
    #[must_use]
    pub fn epoch(&self) -> String {
        format!("{} epoch", self.name)
    }

    /// What was published for clients since this was asked last.
    pub fn take_published(&mut self) -> Vec<(Position, RawPayload)> {
        std::mem::take(&mut self.published)
    }

    /// A connection is open.
    pub fn opened(&mut self, now: Instant, link: L) {
        self.greetings.insert(link, now + self.common.config.hello);
    }

    /// A message arrived.
    pub fn received<'a>(&mut self, now: Instant, link: L, message: impl Into<MessageRef<'a>>) {
        let message = message.into();
        if self.greetings.contains_key(&link) {
            return self.greet(now, link, message);
        }
        if let Some((id, connection)) = self.lines.get(&link).cloned() {
            self.hear(now, link, &id, Input::Message { connection, message });
        }
    }

    /// A connection is gone, closed by the client with `code` or cut.
    pub fn gone(&mut self, now: Instant, link: L, code: u16) {
        self.greetings.remove(&link);
        if let Some((id, connection)) = self.lines.remove(&link) {
            self.hear(now, link, &id, Input::Gone { connection, code });
        }
    }

    /// Tells a session what came over one of its connections. What comes over
    /// another than the newest must change nothing.
    fn hear(&mut self, now: Instant, link: L, id: &str, input: Input<'_>) {
        let Some(hosted) = self.sessions.get_mut(id) else { return };
        if hosted.link == Some(link) {
            if let Input::Gone { .. } = input {
                hosted.link = None;
            }
            return self.handle(now, id, input);
        }
        // Unless its time has come for something anyway.
        let is_idle = hosted.session.deadline().is_none_or(|due| due > now);
        let before = format!("{:?}", hosted.session);
        hosted.session.handle(now, input);
        assert!(!is_idle || format!("{:?}", hosted.session) == before, "an old connection counts");
        self.carry_out(now, id);
    }

    /// A handler ended. Of one that was asked whether an event may be published, the
    /// outcome is the event to publish.
    pub fn ended(&mut self, now: Instant, task: TaskId, outcome: Outcome) {
        let outcome = match self.publishing.remove(&task) {
            Some(topic) => outcome.and_then(|event| {
                let position = self.common.topics.publish(&topic, event.clone())?;
                self.published.push((position.clone(), event));
                Ok(json::to_raw(&position).expect("a position has a JSON form"))
            }),
            None => outcome,
        };
        match self.tasks.remove(&task) {
            Some(Owner::Session(id, job)) => {
                if let Some(hosted) = self.sessions.get_mut(&id) {
                    hosted.tasks.remove(&job);
                }
                self.handle(now, &id, Input::Finished { job, outcome });
            }
            Some(Owner::Key(key)) => {
                let is_stopped = self.keyed.remove(&key).is_some_and(|(_, is_stopped)| is_stopped);
                let outcome = if is_stopped { given_up() } else { outcome };
                let (outcome, callers) = self.window.finished(now, &key, outcome);
                for Caller { session, job } in callers {
                    let hosted = self.sessions.get_mut(&session);
                    if hosted.is_some_and(|hosted| hosted.keyed.remove(&job).is_some()) {
                        let outcome = outcome.clone();
                        self.handle(now, &session, Input::Finished { job, outcome });
                    }
                }
            }
            None => {}
        }
    }

    /// A handler has a coarse result.
    pub fn reported(&mut self, now: Instant, task: TaskId, result: RawPayload) {
        if let Some(Owner::Session(id, job)) = self.tasks.get(&task).cloned() {
            self.handle(now, &id, Input::Partial { job, result });
        }
    }

    /// A handler has values for other sessions.
    pub fn shared(&mut self, now: Instant, task: TaskId, values: Patch<RawPayload>) {
        let Some(Owner::Session(from, job)) = self.tasks.get(&task).cloned() else { return };
        self.handle(now, &from, Input::Share { job, values });
        while let Some(push) = self.sessions.get_mut(&from).and_then(|h| h.session.poll_push()) {
            for id in self.ids().into_iter().filter(|id| *id != from) {
                self.handle(now, &id, Input::Push(push.clone()));
            }
        }
    }

    /// Values for the live groups of a name come from elsewhere.
    pub fn push(&mut self, now: Instant, push: &Push) {
        for id in self.ids() {
            self.handle(now, &id, Input::Push(push.clone()));
        }
    }

    /// Sends what is new in topics and streams: one turn for each session whose
    /// connection has room, or that has none. Says whether there was anything.
    pub fn news(&mut self, now: Instant, has_room: impl Fn(L) -> bool) -> bool {
        let mut was_any = false;
        for id in self.ids() {
            let Some(hosted) = self.sessions.get(&id) else { continue };
            if hosted.session.has_news() && hosted.link.is_none_or(&has_room) {
                was_any = true;
                self.handle(now, &id, Input::News);
            }
        }
        was_any
    }

    /// The server goes away.
    pub fn drain(&mut self, now: Instant, goodbye: &Goodbye) {
        for link in std::mem::take(&mut self.greetings).into_keys() {
            let message = json::encode([&ServerFrame::<RawPayload>::Goodbye(goodbye.clone())]);
            self.effects.push_back(Effect::Send(link, message));
            self.close(link, close::SERVICE_RESTART, "the server goes away");
        }
        for id in self.ids() {
            self.handle(now, &id, Input::Drain(goodbye.clone()));
        }
    }

    /// Time passed.
    pub fn tick(&mut self, now: Instant) {
        let late: Vec<_> =
            self.greetings.iter().filter(|(_, until)| **until <= now).map(|(l, _)| *l).collect();
        for link in late {
            self.greetings.remove(&link);
            self.close(link, close::TIMED_OUT, "no hello came in time");
        }
        for id in self.ids() {
            if self.sessions[&id].session.deadline().is_some_and(|due| due <= now) {
                self.handle(now, &id, Input::Timeout);
            }
        }
    }

    /// When to tick at the latest.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let sessions = self.sessions.values().filter_map(|hosted| hosted.session.deadline());
        sessions.chain(self.greetings.values().copied()).min()
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Effect<L>> {
        self.effects.pop_front()
    }

    /// The session whose newest connection this is.
    #[must_use]
    pub fn session_of(&self, link: L) -> Option<&str> {
        let (id, _) = self.lines.get(&link)?;
        let (id, hosted) = self.sessions.get_key_value(id)?;
        (hosted.link == Some(link)).then_some(id)
    }

    /// The connections that are open, as far as the server knows.
    #[must_use]
    pub fn links(&self) -> Vec<L> {
        self.greetings.keys().chain(self.lines.keys()).copied().collect()
    }

    /// How many sessions there ever were.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// How many sessions there are.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// What the session takes in memory that takes most, by its own account.
    #[must_use]
    pub fn greatest_cost(&self) -> usize {
        self.sessions.values().map(|hosted| hosted.session.cost()).max().unwrap_or_default()
    }

    fn ids(&self) -> Vec<String> {
        self.sessions.keys().cloned().collect()
    }

    fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn greet(&mut self, now: Instant, link: L, message: MessageRef<'_>) {
        let opening = match Opening::read(message, &self.common.config.accepts) {
            Ok(None) => return,
            Ok(Some(opening)) => opening,
            Err(refusal) => {
                self.greetings.remove(&link);
                return self.close(link, refusal.code, &refusal.reason);
            }
        };
        self.greetings.remove(&link);
        let opening = match self.recognise(now, opening) {
            Ok(opening) => opening,
            Err(reason) => return self.close(link, close::UNAUTHENTICATED, &reason),
        };
        let number = self.next();
        let secret = format!("{} secret {number}", self.name);
        let id = match self.resume(now, link, secret.clone(), opening) {
            Ok(id) => id,
            Err(opening) => {
                let id = format!("{} session {number}", self.name);
                let payer = opening.payer();
                match self.table.begin(&id, &payer) {
                    Ok(evicted) => evicted.into_iter().for_each(|old| self.forget(now, &old)),
                    Err(why) => {
                        return self.close(link, close::TRY_AGAIN_LATER, &why.to_string());
                    }
                }
                self.begun += 1;
                let credentials = Credentials::new(id.clone(), secret);
                let opening = opening.promising(self.window.promise(now, &payer));
                let session = Session::begin(now, Arc::clone(&self.common), credentials, opening);
                let (tasks, keyed) = (BTreeMap::new(), BTreeMap::new());
                let link = Some(link);
                let hosted = Hosted { session, link, is_detached: false, tasks, keyed };
                self.sessions.insert(id.clone(), hosted);
                id
            }
        };
        self.lines.insert(link, (id.clone(), self.sessions[&id].session.connection()));
        self.carry_out(now, &id);
    }

    /// Finds out who says hello.
    fn recognise(&self, now: Instant, mut opening: Opening) -> Result<Opening, String> {
        let credentials = opening.take_credentials();
        Ok(opening.of(self.check(now, credentials.as_deref())?))
    }

    /// Whose credentials these are.
    fn check(&self, now: Instant, credentials: Option<&str>) -> Result<Principal, String> {
        self.authority.map_or_else(|| Ok(Principal::default()), |ask| ask(now, credentials))
    }

    /// Continues the session that the client names.
    fn resume(
        &mut self,
        now: Instant,
        link: L,
        secret: String,
        opening: Opening,
    ) -> Result<String, Box<Opening>> {
        let id = opening.session().unwrap_or_default().to_owned();
        let Some(hosted) = self.sessions.get_mut(&id) else { return Err(Box::new(opening)) };
        let opening = opening.promising(self.window.promise(now, hosted.session.payer()));
        match hosted.session.resume(now, secret, opening) {
            Ok(()) => {
                self.table.attach(&id);
                // What still arrives over the old one is passed on: it must change nothing.
                if let Some(old) = hosted.link.replace(link) {
                    self.close(old, close::TAKEN_OVER, "the session goes on elsewhere");
                }
                Ok(id)
            }
            Err(opening) => {
                self.carry_out(now, &id);
                Err(opening)
            }
        }
    }

    fn handle(&mut self, now: Instant, id: &str, input: Input<'_>) {
        if let Some(hosted) = self.sessions.get_mut(id) {
            hosted.session.handle(now, input);
            self.carry_out(now, id);
        }
    }

    /// Does what a session wants.
    fn carry_out(&mut self, now: Instant, id: &str) {
        while let Some(hosted) = self.sessions.get_mut(id) {
            let Some(output) = hosted.session.poll() else {
                return self.note_connection(now, id);
            };
            match output {
                Output::Send(message) => {
                    let link = hosted.link.expect("a connection to send over");
                    self.effects.push_back(Effect::Send(link, message));
                }
                Output::Close { code, reason } => {
                    let link = hosted.link.take().expect("a connection to close");
                    self.lines.remove(&link);
                    self.effects.push_back(Effect::Close(link, code, reason));
                }
                Output::Run(job) => self.run(now, id, job.id, job.work),
                Output::Cancel(job) => self.cancel(now, id, job),
                Output::Authenticate { connection, credentials } => {
                    let result = self.check(now, Some(&credentials));
                    self.handle(now, id, Input::Authenticated { connection, result });
                }
                Output::End => self.end(id),
            }
        }
    }

    /// A session without a connection may be one too many.
    fn note_connection(&mut self, now: Instant, id: &str) {
        let Some(hosted) = self.sessions.get_mut(id) else { return };
        let is_detached = hosted.session.is_detached();
        if std::mem::replace(&mut hosted.is_detached, is_detached) == is_detached {
            return;
        }
        if is_detached {
            for evicted in self.table.detach(id, 1) {
                self.forget(now, &evicted);
            }
        } else {
            self.table.attach(id);
        }
    }

    fn forget(&mut self, now: Instant, evicted: &Evicted) {
        self.handle(now, &evicted.session, Input::Forget);
    }

    fn run(&mut self, now: Instant, id: &str, job: JobId, work: Work) {
        let keyed = match &work {
            Work::Request { method, key: Some(key), params } => {
                Some((Scope::Method(method.clone()), key, params))
            }
            Work::Publish { topic, key: Some(key), event } => {
                Some((Scope::Topic(topic.clone()), key, event))
            }
            _ => None,
        };
        let owner = match keyed {
            Some((scope, key, params)) => {
                let Some(Hosted { session, .. }) = self.sessions.get(id) else { return };
                let key = Key { principal: session.owner().to_string(), scope, key: key.clone() };
                let caller = Caller { session: id.into(), job };
                let asked = self.window.ask(now, &key, session.payer(), params, caller);
                if let Asked::Answer(outcome) = asked {
                    return self.handle(now, id, Input::Finished { job, outcome });
                }
                if let Some(hosted) = self.sessions.get_mut(id) {
                    hosted.keyed.insert(job, key.clone());
                }
                if asked == Asked::Wait {
                    return;
                }
                Owner::Key(key)
            }
            None => Owner::Session(id.into(), job),
        };
        let task = TaskId(self.next());
        match &owner {
            Owner::Key(key) => {
                self.keyed.insert(key.clone(), (task, false));
            }
            Owner::Session(..) => {
                if let Some(hosted) = self.sessions.get_mut(id) {
                    hosted.tasks.insert(job, task);
                }
            }
        }
        if let Work::Publish { topic, .. } = &work {
            self.publishing.insert(task, topic.clone());
        }
        self.tasks.insert(task, owner);
        self.effects.push_back(Effect::Run(task, id.into(), work));
    }

    fn cancel(&mut self, now: Instant, id: &str, job: JobId) {
        let Some(hosted) = self.sessions.get_mut(id) else { return };
        if let Some(task) = hosted.tasks.get(&job) {
            self.effects.push_back(Effect::Stop(*task));
        }
        let Some(key) = hosted.keyed.remove(&job) else { return };
        let is_last = self.window.leave(&key, &Caller { session: id.into(), job });
        if is_last && let Some((task, is_stopped)) = self.keyed.get_mut(&key) {
            *is_stopped = true;
            self.effects.push_back(Effect::Stop(*task));
        }
        self.handle(now, id, Input::Finished { job, outcome: given_up() });
    }

    fn end(&mut self, id: &str) {
        let Some(hosted) = self.sessions.remove(id) else { return };
        self.table.end(id);
        for (job, key) in &hosted.keyed {
            self.window.leave(key, &Caller { session: id.into(), job: *job });
        }
        for task in hosted.tasks.values() {
            self.tasks.remove(task);
            self.publishing.remove(task);
        }
        self.effects.push_back(Effect::Over(id.into()));
    }

    fn close(&mut self, link: L, code: u16, reason: &str) {
        self.effects.push_back(Effect::Close(link, code, reason.into()));
    }
}

fn given_up() -> Outcome {
    Err(Rejection::new(code::CANCELLED, "all who asked for it gave up"))
}
