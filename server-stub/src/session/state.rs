use std::collections::VecDeque;
use std::sync::Arc;

use fader_protocol::{
    ClientFrame, FrameError, Goodbye, Hello, Instant, RawJson, Rejection, ServerFrame, VERSION,
    Welcome, close, code, json,
};

use super::fit::{fit, unfit};
use super::heartbeat::{Beat, Heartbeat};
use super::io::{Input, Names, Output, Push};
use super::job::{Job, JobId, Kind, Outcome, Work};
use super::mailboxes::{LiveOutput, Mailboxes};
use super::outbox::Outbox;
use super::requests::Requests;
use super::{Config, Stats};

/// The server's half of one connection.
///
/// Tell it what happened with [`handle`](Session::handle), then drain
/// [`poll`](Session::poll) until it gives nothing, and come back with
/// [`Input::Timeout`] when [`deadline`](Session::deadline) has passed. What is
/// produced between two drains leaves as one message, as far as the client's
/// limits allow. No input makes it panic, and no queue in it outgrows [`Config`].
#[derive(Debug)]
pub struct Session {
    config: Arc<Config>,
    names: Arc<Names>,
    id: String,
    agent: Option<String>,
    phase: Phase,
    heartbeat: Heartbeat,
    requests: Requests,
    mailboxes: Mailboxes,
    jobs: VecDeque<Output>,
    pushes: VecDeque<Push>,
    outbox: Outbox,
    close: Option<Output>,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Waiting for the hello.
    Greeting {
        until: Instant,
    },
    Open,
    /// The goodbye is said: waiting for requests and commits to end.
    Draining {
        until: Instant,
    },
    Closed,
}

impl Session {
    /// A session that waits for a hello. `id` is its public id.
    #[must_use]
    pub fn new(now: Instant, config: Arc<Config>, names: Arc<Names>, id: String) -> Self {
        Self {
            phase: Phase::Greeting { until: now + config.hello },
            heartbeat: Heartbeat::new(now, config.heartbeat, config.silence),
            config,
            names,
            id,
            agent: None,
            requests: Requests::default(),
            mailboxes: Mailboxes::default(),
            jobs: VecDeque::new(),
            pushes: VecDeque::new(),
            outbox: Outbox::default(),
            close: None,
        }
    }

    /// Takes one thing in that happened.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        if matches!(self.phase, Phase::Closed) {
            return;
        }
        match input {
            Input::Text(text) => self.message(now, text),
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
            Input::Drain(goodbye) => self.drain(now, goodbye),
            Input::Timeout => {}
        }
        self.tick(now);
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.jobs
            .pop_front()
            .or_else(|| self.outbox.take().map(Output::Send))
            .or_else(|| self.close.take())
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

    /// When to come back at the latest; never, once closed.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let session = match self.phase {
            Phase::Greeting { until } => until,
            Phase::Open => self.heartbeat.deadline(),
            Phase::Draining { until } => until.min(self.heartbeat.deadline()),
            Phase::Closed => return None,
        };
        Some(self.mailboxes.deadline().map_or(session, |live| live.min(session)))
    }

    /// What the client software calls itself, for logs. It may call itself anything.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// What happened to live input so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.mailboxes.stats()
    }

    fn message(&mut self, now: Instant, text: &str) {
        self.heartbeat.heard(now);
        let frames = match json::decode(text, &self.config.accepts) {
            Ok(frames) => frames,
            Err(error) => return self.close(error.close_code(), &error.to_string()),
        };
        for frame in frames {
            match (self.phase, frame) {
                (Phase::Closed, _) => return,
                (Phase::Greeting { .. }, frame) => self.greet(frame),
                (_, Ok(frame)) => self.frame(now, frame),
                (_, Err(error)) => self.misunderstood(error),
            }
        }
    }

    fn greet(&mut self, first: Result<ClientFrame<RawJson>, FrameError>) {
        match first {
            Ok(ClientFrame::Hello(Hello { version: VERSION, agent })) => {
                self.phase = Phase::Open;
                self.agent = agent;
                let welcome = Welcome {
                    session: self.id.clone(),
                    heartbeat_ms: millis(self.config.heartbeat),
                    message_bytes: self.config.accepts.message_bytes,
                };
                self.send(&ServerFrame::Welcome(welcome));
            }
            Ok(ClientFrame::Hello(Hello { version, .. })) => {
                let reason = format!("this server speaks version {VERSION}, not {version}");
                self.close(close::UNSUPPORTED_VERSION, &reason);
            }
            Ok(_) => self.close(close::BAD_MESSAGE, "the first frame must be a hello"),
            Err(error) => {
                let reason = format!("the first frame must be a hello: {error}");
                self.close(close::BAD_MESSAGE, &reason);
            }
        }
    }

    fn frame(&mut self, now: Instant, frame: ClientFrame<RawJson>) {
        match frame {
            ClientFrame::Hello(_) => {
                let notice = Rejection::new(code::BAD_FRAME, "hello was said already");
                self.send(&ServerFrame::Notice(notice));
            }
            ClientFrame::Ping(nonce) => self.send(&ServerFrame::Pong(nonce)),
            ClientFrame::Pong(_) => {}
            ClientFrame::Request { id, method, params } => self.request(id, method, params),
            ClientFrame::Cancel { id } => {
                self.jobs.extend(self.requests.cancel(id).map(Output::Cancel));
            }
            ClientFrame::Live(live) => {
                let registered = self.names.groups.contains(live.name.as_str());
                self.mailboxes.patch(now, live, registered, &self.config);
                self.collect();
            }
            ClientFrame::LiveClose { group } => {
                self.mailboxes.close(group);
                self.collect();
            }
        }
    }

    fn misunderstood(&mut self, error: FrameError) {
        let rejection = Rejection::new(error.code, error.message);
        self.send(&match error.request {
            Some(id) => ServerFrame::Error { id, rejection },
            None => ServerFrame::Notice(rejection),
        });
    }

    fn request(&mut self, id: u64, method: String, params: RawJson) {
        let begun = if self.names.methods.contains(method.as_str()) {
            self.requests.begin(id, self.config.requests)
        } else {
            let why = format!("no method is named {method:?}");
            Err(Rejection::new(code::UNKNOWN_METHOD, why))
        };
        match begun {
            Ok(job) => {
                let work = Work::Request { method, params };
                self.jobs.push_back(Output::Run(Job { id: job, work }));
            }
            Err(rejection) => self.send(&ServerFrame::Error { id, rejection }),
        }
    }

    fn finished(&mut self, now: Instant, job: JobId, outcome: Outcome) {
        let outcome = fit(outcome, &self.config.sends);
        match job.0 {
            Kind::Request(job) => {
                let Some(id) = self.requests.finish(job) else { return };
                self.send(&match outcome {
                    Ok(payload) => ServerFrame::Reply { id, payload },
                    Err(rejection) => ServerFrame::Error { id, rejection },
                });
            }
            Kind::Live(job) => {
                self.mailboxes.finished(now, job, outcome);
                self.collect();
            }
        }
    }

    /// What cannot be sent is dropped: the full result follows.
    fn partial(&mut self, job: JobId, result: RawJson) {
        if unfit(&result, &self.config.sends).is_none() {
            self.mailboxes.partial(job, result);
            self.collect();
        }
    }

    fn drain(&mut self, now: Instant, goodbye: Goodbye) {
        self.phase = match self.phase {
            // Nobody who could have asked for anything yet.
            Phase::Greeting { .. } => Phase::Draining { until: now },
            Phase::Open => Phase::Draining { until: now + self.config.grace },
            Phase::Draining { .. } | Phase::Closed => return,
        };
        self.send(&ServerFrame::Goodbye(goodbye));
    }

    fn tick(&mut self, now: Instant) {
        self.mailboxes.tick(now);
        self.collect();
        match self.phase {
            Phase::Greeting { until } if now >= until => {
                self.close(close::TIMED_OUT, "no hello came in time");
            }
            Phase::Draining { until } if now >= until || self.is_settled() => {
                self.close(close::SERVICE_RESTART, "the server goes away");
            }
            Phase::Open | Phase::Draining { .. } => match self.heartbeat.tick(now) {
                Some(Beat::Ping(nonce)) => self.send(&ServerFrame::Ping(nonce)),
                Some(Beat::Gone) => self.close(close::TIMED_OUT, "nothing was heard for too long"),
                None => {}
            },
            Phase::Greeting { .. } | Phase::Closed => {}
        }
    }

    /// Whether a close loses nothing: a preview is sent again after it, a
    /// request or a commit cannot know whether it took effect.
    fn is_settled(&self) -> bool {
        self.requests.is_settled() && !self.mailboxes.is_committing()
    }

    fn collect(&mut self) {
        while let Some(output) = self.mailboxes.poll() {
            match output {
                LiveOutput::Run(job) => self.jobs.push_back(Output::Run(job)),
                LiveOutput::Cancel(job) => self.jobs.push_back(Output::Cancel(job)),
                LiveOutput::Send(frame) => self.send(&frame),
                LiveOutput::Push(push) => self.pushes.push_back(push),
            }
        }
    }

    fn send(&mut self, frame: &ServerFrame<RawJson>) {
        self.outbox.push(frame, &self.config.sends);
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.phase = Phase::Closed;
        self.jobs.extend(self.requests.abandon().map(Output::Cancel));
        self.mailboxes.abandon();
        self.collect();
        self.close = Some(Output::Close { code, reason: close::fit_reason(reason).into() });
    }
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).min(fader_protocol::MAX_INTEGER)
}
