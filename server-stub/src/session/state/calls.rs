use fader_protocol::{Instant, RawPayload, Rejection, ServerFrame, code};

use super::Session;
use crate::session::fit::fit;
use crate::session::io::Output;
use crate::session::job::{Job, JobId, Kind, Outcome, Work};
use crate::session::requests::Answer;

/// What clients ask of handlers, once or again and again, and what they are told.
impl Session {
    pub(super) fn request(
        &mut self,
        id: u64,
        method: String,
        key: Option<String>,
        params: RawPayload,
    ) {
        if !self.common.names.methods.contains(method.as_str()) {
            return self.refuse(id, unknown_method(&method));
        }
        let work = Work::Request { method, key, params };
        self.run(id, work);
    }

    pub(super) fn publish(
        &mut self,
        id: u64,
        topic: String,
        key: Option<String>,
        event: RawPayload,
    ) {
        if self.common.topics.find(&topic).is_none() {
            return self.refuse(id, unknown_topic(&topic));
        }
        self.run(id, Work::Publish { topic, key, event });
    }

    pub(super) fn publish_volatile(&mut self, topic: String, event: RawPayload) {
        let begun = if self.common.topics.find(&topic).is_some() {
            self.requests.begin_unanswered(self.common.config.requests)
        } else {
            Err(unknown_topic(&topic))
        };
        match begun {
            Ok(id) => {
                self.start(Job { id, work: Work::Publish { topic, key: None, event } });
            }
            Err(rejection) => self.outgoing.send(ServerFrame::Notice(rejection)),
        }
    }

    pub(super) fn stream(&mut self, id: u64, method: String, credit: u64, params: RawPayload) {
        if !self.common.names.streams.contains(method.as_str()) {
            return self.refuse(id, unknown_method(&method));
        }
        match self.requests.begin(id, false, self.common.config.requests) {
            Ok(job) => {
                let feed = self.streams.begin(job.number(), id, credit);
                let work = Work::Stream { method, params, feed };
                self.start(Job { id: job, work });
            }
            Err(rejection) => self.refuse(id, rejection),
        }
    }

    fn run(&mut self, id: u64, work: Work) {
        match self.requests.begin(id, work.key().is_some(), self.common.config.requests) {
            Ok(job) => self.start(Job { id: job, work }),
            Err(rejection) => self.refuse(id, rejection),
        }
    }

    fn start(&mut self, job: Job) {
        self.requests.hold(job.id.number(), job.work.size());
        self.jobs.push_back(Output::Run(job));
    }

    pub(super) fn refuse(&mut self, id: u64, rejection: Rejection<RawPayload>) {
        self.outgoing.send(ServerFrame::Error { id, rejection });
    }

    pub(super) fn cancel(&mut self, id: u64) {
        let Some(job) = self.requests.cancel(id) else { return };
        if self.streams.has_ended(job.number()) {
            self.requests.finish(job.number());
        } else {
            self.jobs.push_back(Output::Cancel(job));
        }
        self.streams.remove(job.number());
    }

    pub(super) fn finished(&mut self, now: Instant, job: JobId, outcome: Outcome) {
        let outcome = fit(outcome, &self.common.config.sends);
        match job.0 {
            Kind::Request(job) => {
                if let Some(outcome) = self.streams.finish(job, outcome) {
                    self.answer(job, outcome, |id, payload| ServerFrame::Reply { id, payload });
                }
            }
            Kind::Subscribe(job) => {
                if let Some(frame) = self.subscriptions.finish(job, outcome) {
                    self.outgoing.send(frame);
                }
            }
            Kind::Live(job) => {
                self.mailboxes.finished(now, job, outcome);
                self.collect();
            }
        }
    }

    /// Tells whom it concerns what came of a request.
    pub(super) fn answer(
        &mut self,
        job: u64,
        outcome: Outcome,
        success: impl FnOnce(u64, RawPayload) -> ServerFrame<RawPayload>,
    ) {
        match (self.requests.finish(job), outcome) {
            (Answer::Request(id), Ok(payload)) => self.outgoing.send(success(id, payload)),
            (Answer::Request(id), Err(rejection)) => self.refuse(id, rejection),
            (Answer::Notice, Err(rejection)) => {
                self.outgoing.send(ServerFrame::Notice(rejection));
            }
            (Answer::Notice, Ok(_)) | (Answer::Nobody, _) => {}
        }
    }
}

fn unknown_method(method: &str) -> Rejection<RawPayload> {
    Rejection::new(code::UNKNOWN_METHOD, format!("no method is named {method:?}"))
}

fn unknown_topic(topic: &str) -> Rejection<RawPayload> {
    Rejection::new(code::UNKNOWN_TOPIC, format!("no topic is named {topic:?}"))
}
