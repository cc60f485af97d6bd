mod calls;
mod frames;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use fader_protocol::link::ResumeError;
use fader_protocol::{
    Goodbye, Instant, MAX_INTEGER, MessageRef, RawPayload, Rejection, ServerFrame, Welcome, close,
    json,
};

use super::budget::Budget;
use super::credentials::Credentials;
use super::fit::unfit;
use super::heartbeat::{Beat, Heartbeat};
use super::io::{ConnectionId, Input, Names, Output, Push};
use super::job::JobId;
use super::mailboxes::{LiveOutput, Mailboxes};
use super::opening::Opening;
use super::outgoing::Outgoing;
use super::principal::{Owner, Principal};
use super::requests::Requests;
use super::streams::Streams;
use super::subscriptions::Subscriptions;
use super::{Config, Payer, Stats};
use crate::topics::Topics;
use crate::wake::{Source, Wake};

/// What all sessions of a server have in common.
#[derive(Debug, Clone, Default)]
pub struct Common {
    /// What they allow and how long they wait.
    pub config: Config,
    /// What clients may ask for.
    pub names: Names,
    /// What they can subscribe to.
    pub topics: Topics,
}

/// What the server knows of one client, for longer than a connection lasts.
///
/// Begin it with the first message of a connection, or continue it with that of
/// another one. Tell it what happened with [`handle`](Session::handle), then drain
/// [`poll`](Session::poll) until it gives nothing, and come back with
/// [`Input::Timeout`] when [`deadline`](Session::deadline) has passed. What is
/// produced between two drains leaves as one message, as far as the client's
/// limits allow. No input makes it panic, and no queue in it outgrows [`Config`].
///
/// While it is detached, requests and live input at work go on, and what must
/// arrive is kept. There is never more than one connection: what the ones before
/// the newest still say changes nothing.
#[derive(Debug)]
pub struct Session {
    common: Arc<Common>,
    credentials: Credentials,
    agent: Option<String>,
    phase: Phase,
    connection: ConnectionId,
    owner: Owner,
    payer: Payer,
    /// Of the newest connection.
    heartbeat: Heartbeat,
    requests: Requests,
    streams: Streams,
    subscriptions: Subscriptions,
    wake: Wake,
    mailboxes: Mailboxes,
    jobs: VecDeque<Output>,
    pushes: VecDeque<Push>,
    outgoing: Outgoing,
    resumes: u64,
    /// The end of the connection, and that of the session.
    last: VecDeque<Output>,
}

/// What a session takes in memory by itself, in bytes: its ids, its timers, and queues
/// that are empty once all is polled.
pub(super) const SESSION: usize = 32 * 1024;

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// There is a connection.
    Open,
    /// There is none; there may be another until then.
    Detached {
        until: Instant,
    },
    /// The goodbye is said: requests and commits may end until then.
    Draining {
        until: Instant,
    },
    /// The client is gone for good: commits may end until then.
    Finishing {
        until: Instant,
    },
    Ended,
}

impl Session {
    /// A new session, which begins with the first message of a connection.
    #[must_use]
    pub fn begin(
        now: Instant,
        common: Arc<Common>,
        credentials: Credentials,
        opening: Opening,
    ) -> Self {
        let config = &common.config;
        let (payer, window) = (opening.payer(), opening.window);
        let wake = Wake::default();
        let mut session = Self {
            agent: opening.hello.agent.as_deref().map(short),
            phase: Phase::Open,
            connection: ConnectionId(1),
            owner: Owner::new(now, &opening.principal),
            payer,
            heartbeat: Heartbeat::new(now, config.heartbeat, config.silence),
            requests: Requests::default(),
            streams: Streams::new(wake.clone()),
            subscriptions: Subscriptions::new(credentials.session().into(), wake.clone()),
            wake,
            mailboxes: Mailboxes::new(config),
            jobs: VecDeque::new(),
            pushes: VecDeque::new(),
            outgoing: Outgoing::new(config),
            resumes: 0,
            last: VecDeque::new(),
            common,
            credentials,
        };
        let welcome = session.welcome(now, false, window);
        session.outgoing.send(welcome);
        session.take_in(now, opening.rest);
        session
    }

    /// Continues the session over another connection, of which this is the first
    /// message. The caller closes the one before, if there still is one, with
    /// [`close::TAKEN_OVER`]. The client is told the new `secret`.
    ///
    /// # Errors
    /// The opening, to begin a new session with, if this one cannot go on with it. That
    /// changes nothing here if it is not the client's, or if what the client says to have
    /// received cannot be. If some of what the client lacks was lost, this one is over.
    pub fn resume(
        &mut self,
        now: Instant,
        secret: String,
        opening: Opening,
    ) -> Result<(), Box<Opening>> {
        let is_waiting = matches!(self.phase, Phase::Open | Phase::Detached { .. });
        let resume = opening
            .resume()
            .filter(|resume| self.credentials.accept(resume) && self.owner.is(&opening.principal));
        let Some(resume) = resume.filter(|_| is_waiting) else { return Err(Box::new(opening)) };
        match self.outgoing.can_resume(resume.received) {
            Ok(()) => {}
            // A fault of whoever dialed, or a page that was cloned.
            Err(ResumeError::Impossible { .. }) => return Err(Box::new(opening)),
            Err(ResumeError::Lost(_)) => {
                if self.is_connected() {
                    self.hang_up(close::TAKEN_OVER, "the session could not go on elsewhere");
                }
                self.end();
                return Err(Box::new(opening));
            }
        }
        self.credentials.rotate(resume, secret);
        self.owner.renew(now, &opening.principal);
        self.lose_connection(now);
        let welcome = self.welcome(now, true, opening.window.clone());
        if self.outgoing.resume(&welcome, resume.received).is_err() {
            self.end();
            return Err(Box::new(opening));
        }
        // The client told what it has.
        self.streams.release();
        self.last.clear();
        self.phase = Phase::Open;
        self.connection.0 += 1;
        self.resumes += 1;
        let config = &self.common.config;
        self.heartbeat = Heartbeat::new(now, config.heartbeat, config.silence);
        self.take_in(now, opening.rest);
        Ok(())
    }

    /// The public id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.credentials.session()
    }

    /// Whose it is, by the principal's name.
    #[must_use]
    pub fn owner(&self) -> &Arc<str> {
        self.owner.name()
    }

    /// Who pays for it, whoever connects later.
    #[must_use]
    pub fn payer(&self) -> &Payer {
        &self.payer
    }

    /// The newest connection.
    #[must_use]
    pub fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// Whether the session waits for another connection.
    #[must_use]
    pub fn is_detached(&self) -> bool {
        matches!(self.phase, Phase::Detached { .. })
    }

    /// What the client software calls itself, for logs. It may call itself anything.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let overflowed = self.outgoing.overflowed();
        Stats { resumes: self.resumes, overflowed, ..self.mailboxes.stats() }
    }

    /// About how many bytes of memory the server keeps for the session at present: its
    /// live groups, what it may have to send again, the requests at work with their
    /// parameters, and its streams and subscriptions. Never less than what is allocated
    /// for it, and never more than [`Config::session_bytes`] once all is
    /// [polled](Self::poll). Takes time in proportion to its groups and streams.
    #[must_use]
    pub fn cost(&self) -> usize {
        SESSION
            + self.mailboxes.cost()
            + self.outgoing.cost()
            + self.requests.cost()
            + self.streams.cost()
            + self.subscriptions.cost()
    }

    /// Takes one thing in that happened.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        if matches!(self.phase, Phase::Ended) {
            return;
        }
        match input {
            Input::Message { connection, message } if self.has(connection) => {
                self.message(now, message);
            }
            Input::Gone { connection, code } if self.has(connection) => self.gone(now, code),
            Input::Broken { connection, code, reason } if self.has(connection) => {
                self.give_up_on(code, &reason);
            }
            Input::Authenticated { connection, result } if self.has(connection) => {
                self.authenticated(now, result);
            }
            Input::Message { .. }
            | Input::Gone { .. }
            | Input::Broken { .. }
            | Input::Authenticated { .. } => {}
            Input::Finished { job, outcome } => self.finished(now, job, outcome),
            Input::Partial { job, result } => self.partial(job, result),
            Input::Share { job, values } => {
                self.mailboxes.share(job, values);
                self.collect();
            }
            Input::Push(push) => {
                self.mailboxes.push(&push);
                self.collect();
            }
            Input::News => self.read_news(),
            Input::Drain(goodbye) => self.drain(now, goodbye),
            Input::End { reason } => self.revoke(&reason),
            Input::EndSubscriptions { topic, rejection } => {
                self.end_subscriptions(topic, &rejection);
            }
            Input::Forget if self.is_detached() => {
                self.finish(now + self.common.config.grace);
            }
            Input::Forget | Input::Timeout => {}
        }
        self.tick(now);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        if let Some(job) = self.jobs.pop_front() {
            return Some(job);
        }
        let message = self.outgoing.take().map(Output::Send);
        message.or_else(|| self.last.pop_front())
    }

    /// The next name of a live group that was opened, for who passes values between
    /// sessions. To be drained after each input.
    pub fn poll_opened(&mut self) -> Option<String> {
        self.mailboxes.poll_opened()
    }

    /// The next values for the live groups of other sessions, to be given to each
    /// as [`Input::Push`]. To be drained after [`Input::Share`].
    pub fn poll_push(&mut self) -> Option<Push> {
        self.pushes.pop_front()
    }

    /// Whether a topic or a stream has something new, for which [`Input::News`] is
    /// to be given once the connection has room. It may be so at any time.
    #[must_use]
    pub fn has_news(&self) -> bool {
        self.wake.is_marked()
    }

    pub(crate) fn wake(&self) -> &Wake {
        &self.wake
    }

    /// When to come back at the latest; never, once over.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let session = match self.phase {
            Phase::Open => self.connection_deadline(),
            Phase::Draining { until } => until.min(self.connection_deadline()),
            Phase::Detached { until } | Phase::Finishing { until } => until,
            Phase::Ended => return None,
        };
        let others = [self.mailboxes.deadline(), self.subscriptions.deadline()];
        others.into_iter().flatten().chain([session]).min()
    }

    fn connection_deadline(&self) -> Instant {
        let heartbeat = self.heartbeat.deadline();
        self.expiry().map_or(heartbeat, |expiry| expiry.min(heartbeat))
    }

    /// When the connection ends unless the client has newer credentials.
    fn expiry(&self) -> Option<Instant> {
        Some(self.owner.expires()? + self.common.config.expiry)
    }

    /// Whether that is the connection that there is.
    fn has(&self, connection: ConnectionId) -> bool {
        connection == self.connection && self.is_connected()
    }

    fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Draining { .. })
    }

    fn welcome(
        &self,
        now: Instant,
        resumed: bool,
        window: Option<fader_protocol::Window>,
    ) -> ServerFrame<RawPayload> {
        let Config { heartbeat, accepts, .. } = &self.common.config;
        ServerFrame::Welcome(Welcome {
            session: self.credentials.session().into(),
            secret: self.credentials.secret().into(),
            resumed,
            received: self.outgoing.count(),
            heartbeat_ms: millis(*heartbeat),
            message_bytes: accepts.message_bytes,
            window,
            expires_ms: self.owner.expires_ms(now),
        })
    }

    fn message(&mut self, now: Instant, message: MessageRef<'_>) {
        self.heartbeat.heard(now);
        // It has read the welcome before it spoke.
        self.credentials.prove();
        match json::decode(message, &self.common.config.accepts) {
            Ok(frames) => self.take_in(now, frames),
            Err(error) => self.give_up_on(error.close_code(), &error.to_string()),
        }
    }

    /// Sends what topics and streams have, as much as is right at one time.
    fn read_news(&mut self) {
        let mut budget = Budget::new();
        while budget.next()
            && let Some(source) = self.wake.take()
        {
            match source {
                Source::Subscription(id) => {
                    self.subscriptions.read(id, &mut budget, &mut self.outgoing);
                }
                Source::Stream(job) => {
                    let end = self.streams.read(job, &mut budget, &mut self.outgoing);
                    if let Some(outcome) = end {
                        self.answer(job, outcome, |id, _| ServerFrame::End { id });
                    }
                }
            }
        }
    }

    fn authenticated(&mut self, now: Instant, result: Result<Principal, String>) {
        match result {
            Ok(principal) if self.owner.is(&principal) => {
                self.owner.renew(now, &principal);
                self.outgoing.send(ServerFrame::Renewed(self.owner.expires_ms(now)));
            }
            Ok(_) => self.reject(now, "the credentials are somebody else's"),
            Err(reason) => self.reject(now, &reason),
        }
    }

    /// The client has no good credentials. It may come back with others.
    fn reject(&mut self, now: Instant, reason: &str) {
        self.hang_up(close::UNAUTHENTICATED, reason);
        self.gone(now, close::UNAUTHENTICATED);
    }

    /// The application ends the session. Its client may come back with other credentials.
    fn revoke(&mut self, reason: &str) {
        if self.is_connected() {
            self.hang_up(close::UNAUTHENTICATED, reason);
        }
        self.end();
    }

    /// The application ends the session's subscriptions to a topic.
    fn end_subscriptions(&mut self, topic: &str, rejection: &Rejection<RawPayload>) {
        let (ended, stopped) = self.subscriptions.end_of(topic);
        self.jobs.extend(stopped.into_iter().map(Output::Cancel));
        for id in ended {
            self.outgoing.send(ServerFrame::Unsubscribed { id, rejection: rejection.clone() });
        }
    }

    /// What cannot be sent is dropped: the full result follows.
    fn partial(&mut self, job: JobId, result: RawPayload) {
        if unfit("result", &result, &self.common.config.sends).is_none() {
            self.mailboxes.partial(job, result);
            self.collect();
        }
    }

    fn collect(&mut self) {
        while let Some(output) = self.mailboxes.poll() {
            match output {
                LiveOutput::Run(job) => self.jobs.push_back(Output::Run(job)),
                LiveOutput::Cancel(job) => self.jobs.push_back(Output::Cancel(job)),
                LiveOutput::Send(frame) => self.outgoing.send(frame),
                LiveOutput::Push(push) => self.pushes.push_back(push),
            }
        }
    }

    fn drain(&mut self, now: Instant, goodbye: Goodbye) {
        let until = now + self.common.config.grace;
        match self.phase {
            Phase::Open => {
                self.phase = Phase::Draining { until };
                self.outgoing.send(ServerFrame::Goodbye(goodbye));
            }
            // Nobody could come back for it.
            Phase::Detached { .. } => self.finish(until),
            Phase::Draining { .. } | Phase::Finishing { .. } | Phase::Ended => {}
        }
    }

    fn tick(&mut self, now: Instant) {
        self.mailboxes.tick(now);
        self.collect();
        self.cut_if_overrun(now);
        if self.is_connected() && self.expiry().is_some_and(|expiry| now >= expiry) {
            self.reject(now, "the credentials have expired");
        }
        self.subscriptions.tick(now);
        match self.phase {
            Phase::Draining { until } if now >= until || self.is_settled() => {
                self.hang_up(close::SERVICE_RESTART, "the server goes away");
                self.end();
            }
            Phase::Open | Phase::Draining { .. } => match self.heartbeat.tick(now) {
                Some(Beat::Ping(nonce)) => self.outgoing.send(ServerFrame::Ping(nonce)),
                Some(Beat::Gone) => {
                    self.hang_up(close::TIMED_OUT, "nothing was heard for too long");
                    self.gone(now, close::TIMED_OUT);
                }
                None => {}
            },
            Phase::Detached { until } if now >= until => self.end(),
            Phase::Finishing { until } if now >= until || !self.mailboxes.is_committing() => {
                self.end();
            }
            Phase::Detached { .. } | Phase::Finishing { .. } | Phase::Ended => {}
        }
    }

    /// Whether a close loses nothing: a preview is sent again after it, a
    /// request or a commit cannot know whether it took effect.
    fn is_settled(&self) -> bool {
        self.requests.is_settled() && !self.mailboxes.is_committing()
    }

    /// The connection is gone. Most closes do not tell whether the client will
    /// come back: a page that is closed, reloaded or frozen says the same.
    fn gone(&mut self, now: Instant, code: u16) {
        match self.phase {
            Phase::Draining { until } => self.finish(until),
            _ if code == close::NORMAL => self.finish(now + self.common.config.grace),
            _ => self.phase = Phase::Detached { until: now + self.common.config.keep },
        }
        self.lose_connection(now);
    }

    fn lose_connection(&mut self, now: Instant) {
        let stopped = self.subscriptions.disconnect(now, self.common.config.stay);
        self.jobs.extend(stopped.into_iter().map(Output::Cancel));
        self.outgoing.disconnect();
    }

    /// The client asked for more at once than may wait to be sent.
    fn cut_if_overrun(&mut self, now: Instant) {
        if self.outgoing.is_overrun() {
            self.hang_up(close::TOO_SLOW, "too much was asked for at once");
            self.gone(now, close::TOO_SLOW);
        }
    }

    /// The client breaks the rules, and would again.
    fn give_up_on(&mut self, code: u16, reason: &str) {
        self.hang_up(code, reason);
        self.end();
    }

    fn hang_up(&mut self, code: u16, reason: &str) {
        self.last.push_back(Output::Close { code, reason: close::fit_reason(reason).into() });
    }

    /// Nobody waits for answers any more, but a commit is to take effect.
    fn finish(&mut self, until: Instant) {
        self.phase = Phase::Finishing { until };
        self.abandon();
        self.mailboxes.close_all();
        self.collect();
    }

    /// Nobody waits for answers or events any more.
    fn abandon(&mut self) {
        let stopped = self.requests.abandon();
        let stopped = stopped.filter(|job| !self.streams.has_ended(job.number()));
        self.jobs.extend(stopped.chain(self.subscriptions.end()).map(Output::Cancel));
        self.streams.clear();
    }

    fn end(&mut self) {
        self.phase = Phase::Ended;
        self.abandon();
        self.mailboxes.abandon();
        self.collect();
        self.last.push_back(Output::End);
    }
}

/// What the client software calls itself, in at most 256 bytes.
fn short(agent: &str) -> String {
    agent[..agent.floor_char_boundary(256)].into()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).min(MAX_INTEGER)
}
