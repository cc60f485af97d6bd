use std::collections::BTreeMap;

use fader_protocol::{RawPayload, Rejection, code};

use super::job::{JobId, Kind};

/// What a request takes in memory beside what its handler is called with, in bytes.
pub(super) const REQUEST: usize = 512;

/// The requests at work. Each is answered at most once, and never after it was cancelled.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// The job of each request that waits for its answer.
    waiting: BTreeMap<u64, Waiting>,
    /// Who is to be told of the outcome of each job.
    jobs: BTreeMap<u64, Job>,
    /// What the jobs were called with takes so many bytes.
    bytes: usize,
    last_job: u64,
}

#[derive(Debug, Clone, Copy)]
struct Job {
    answer: Answer,
    /// What it was called with, in bytes, until its handler has ended.
    bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    job: u64,
    /// It has an idempotency key, and so its work is not only this session's.
    is_keyed: bool,
}

/// Who is to be told of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The request of this id.
    Request(u64),
    /// The client, with a notice, if it is a refusal.
    Notice,
    /// Nobody: the request was cancelled.
    Nobody,
}

impl Requests {
    /// Takes a request in, unless its id is in use or `limit` requests are at work.
    pub(super) fn begin(
        &mut self,
        id: u64,
        is_keyed: bool,
        limit: usize,
    ) -> Result<JobId, Rejection<RawPayload>> {
        if self.waiting.contains_key(&id) {
            return Err(Rejection::new(
                code::DUPLICATE_ID,
                format!("request {id} is still at work"),
            ));
        }
        let job = self.add(Answer::Request(id), limit)?;
        self.waiting.insert(id, Waiting { job, is_keyed });
        Ok(JobId(Kind::Request(job)))
    }

    /// As [`begin`](Self::begin), for what is not answered.
    pub(super) fn begin_unanswered(
        &mut self,
        limit: usize,
    ) -> Result<JobId, Rejection<RawPayload>> {
        self.add(Answer::Notice, limit).map(|job| JobId(Kind::Request(job)))
    }

    fn add(&mut self, answer: Answer, limit: usize) -> Result<u64, Rejection<RawPayload>> {
        if self.jobs.len() >= limit {
            return Err(Rejection::new(
                code::TOO_MANY,
                format!("at most {limit} requests may be at work at once"),
            ));
        }
        self.last_job += 1;
        self.jobs.insert(self.last_job, Job { answer, bytes: 0 });
        Ok(self.last_job)
    }

    /// What a job is called with takes so many bytes, until its handler has ended.
    pub(super) fn hold(&mut self, job: u64, bytes: usize) {
        if let Some(job) = self.jobs.get_mut(&job) {
            self.bytes = self.bytes - job.bytes + bytes;
            job.bytes = bytes;
        }
    }

    /// How much memory they take, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.jobs.len() * REQUEST + self.bytes
    }

    /// The number of the job of a request at work.
    pub(super) fn job(&self, id: u64) -> Option<u64> {
        self.waiting.get(&id).map(|waiting| waiting.job)
    }

    /// The caller gave up: the job to stop, if the request is still at work.
    pub(super) fn cancel(&mut self, id: u64) -> Option<JobId> {
        let Waiting { job, .. } = self.waiting.remove(&id)?;
        if let Some(job) = self.jobs.get_mut(&job) {
            job.answer = Answer::Nobody;
        }
        Some(JobId(Kind::Request(job)))
    }

    /// A job ended: whom to tell.
    pub(super) fn finish(&mut self, job: u64) -> Answer {
        let Some(Job { answer, bytes }) = self.jobs.remove(&job) else { return Answer::Nobody };
        self.bytes -= bytes;
        if let Answer::Request(id) = answer {
            self.waiting.remove(&id);
        }
        answer
    }

    /// Whether no request waits for its answer.
    pub(super) fn is_settled(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Gives all requests up: the jobs to stop. Whoever has sent a request with an
    /// idempotency key may yet ask for its outcome in another session.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = JobId> + use<> {
        let waiting = std::mem::take(&mut self.waiting);
        let is_wanted = move |answer| match answer {
            Answer::Request(id) => waiting.get(&id).is_some_and(|waiting| !waiting.is_keyed),
            Answer::Notice => true,
            Answer::Nobody => false,
        };
        self.bytes = 0;
        let jobs = std::mem::take(&mut self.jobs).into_iter();
        jobs.filter(move |(_, job)| is_wanted(job.answer)).map(|(job, _)| JobId(Kind::Request(job)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(job: JobId) -> u64 {
        match job.0 {
            Kind::Request(number) | Kind::Live(number) | Kind::Subscribe(number) => number,
        }
    }

    #[test]
    fn an_id_may_not_be_used_twice_at_once() {
        let mut requests = Requests::default();
        let job = requests.begin(7, false, 9).unwrap();
        assert_eq!(requests.begin(7, false, 9).unwrap_err().code, code::DUPLICATE_ID);
        assert_eq!(requests.finish(number(job)), Answer::Request(7));
        assert_eq!(requests.finish(number(job)), Answer::Nobody, "a second end is ignored");
        assert!(requests.begin(7, false, 9).is_ok());
    }

    #[test]
    fn a_cancelled_request_is_not_answered_also_if_its_id_is_used_again() {
        let mut requests = Requests::default();
        let first = requests.begin(7, false, 9).unwrap();
        assert_eq!(requests.cancel(7), Some(first));
        assert_eq!(requests.cancel(7), None);
        let second = requests.begin(7, false, 9).unwrap();
        assert_eq!(requests.finish(number(first)), Answer::Nobody);
        assert_eq!(requests.finish(number(second)), Answer::Request(7));
    }

    #[test]
    fn work_with_an_idempotency_key_is_not_abandoned() {
        let mut requests = Requests::default();
        let once = requests.begin(1, false, 9).unwrap();
        let keyed = requests.begin(2, true, 9).unwrap();
        let unanswered = requests.begin_unanswered(9).unwrap();
        assert_eq!(requests.abandon().collect::<Vec<_>>(), [once, unanswered]);
        assert_eq!(requests.finish(number(keyed)), Answer::Nobody, "nobody waits here");
    }

    #[test]
    fn a_cancelled_request_counts_until_its_handler_has_ended() {
        let mut requests = Requests::default();
        let first = requests.begin(1, false, 2).unwrap();
        requests.begin(2, false, 2).unwrap();
        requests.cancel(1);
        assert_eq!(requests.begin(3, false, 2).unwrap_err().code, code::TOO_MANY);
        requests.finish(number(first));
        assert!(requests.begin(3, false, 2).is_ok());
    }
}
