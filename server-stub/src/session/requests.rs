use std::collections::BTreeMap;

use fader_protocol::{RawJson, Rejection, code};

use super::job::{JobId, Kind};

/// The requests at work. Each is answered at most once, and never after it was cancelled.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// The job of each request that waits for its answer.
    waiting: BTreeMap<u64, Waiting>,
    /// The request of each job, or nothing if it was cancelled.
    jobs: BTreeMap<u64, Option<u64>>,
    last_job: u64,
}

#[derive(Debug)]
struct Waiting {
    job: u64,
    /// It has an idempotency key, and so its work is not only this session's.
    is_keyed: bool,
}

impl Requests {
    /// Takes a request in, unless its id is in use or `limit` requests are at work.
    pub(super) fn begin(
        &mut self,
        id: u64,
        is_keyed: bool,
        limit: usize,
    ) -> Result<JobId, Rejection<RawJson>> {
        if self.waiting.contains_key(&id) {
            return Err(Rejection::new(
                code::DUPLICATE_ID,
                format!("request {id} is still at work"),
            ));
        }
        if self.jobs.len() >= limit {
            return Err(Rejection::new(
                code::TOO_MANY,
                format!("at most {limit} requests may be at work at once"),
            ));
        }
        self.last_job += 1;
        self.jobs.insert(self.last_job, Some(id));
        self.waiting.insert(id, Waiting { job: self.last_job, is_keyed });
        Ok(JobId(Kind::Request(self.last_job)))
    }

    /// The caller gave up: the job to stop, if the request is still at work.
    pub(super) fn cancel(&mut self, id: u64) -> Option<JobId> {
        let Waiting { job, .. } = self.waiting.remove(&id)?;
        self.jobs.insert(job, None);
        Some(JobId(Kind::Request(job)))
    }

    /// A job ended: the request to answer, unless it was cancelled.
    pub(super) fn finish(&mut self, job: u64) -> Option<u64> {
        let id = self.jobs.remove(&job)??;
        self.waiting.remove(&id);
        Some(id)
    }

    /// Whether no request waits for its answer.
    pub(super) fn is_settled(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Gives all requests up: the jobs to stop. Whoever has sent a request with an
    /// idempotency key may yet ask for its outcome in another session.
    pub(super) fn abandon(&mut self) -> impl Iterator<Item = JobId> + use<> {
        self.jobs.clear();
        let waiting = std::mem::take(&mut self.waiting).into_values();
        waiting.filter(|waiting| !waiting.is_keyed).map(|w| JobId(Kind::Request(w.job)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(job: JobId) -> u64 {
        match job.0 {
            Kind::Request(number) | Kind::Live(number) => number,
        }
    }

    #[test]
    fn an_id_may_not_be_used_twice_at_once() {
        let mut requests = Requests::default();
        let job = requests.begin(7, false, 9).unwrap();
        assert_eq!(requests.begin(7, false, 9).unwrap_err().code, code::DUPLICATE_ID);
        assert_eq!(requests.finish(number(job)), Some(7));
        assert_eq!(requests.finish(number(job)), None, "a second end is ignored");
        assert!(requests.begin(7, false, 9).is_ok());
    }

    #[test]
    fn a_cancelled_request_is_not_answered_also_if_its_id_is_used_again() {
        let mut requests = Requests::default();
        let first = requests.begin(7, false, 9).unwrap();
        assert_eq!(requests.cancel(7), Some(first));
        assert_eq!(requests.cancel(7), None);
        let second = requests.begin(7, false, 9).unwrap();
        assert_eq!(requests.finish(number(first)), None);
        assert_eq!(requests.finish(number(second)), Some(7));
    }

    #[test]
    fn work_with_an_idempotency_key_is_not_abandoned() {
        let mut requests = Requests::default();
        let once = requests.begin(1, false, 9).unwrap();
        let keyed = requests.begin(2, true, 9).unwrap();
        assert_eq!(requests.abandon().collect::<Vec<_>>(), [once]);
        assert_eq!(requests.finish(number(keyed)), None, "nobody waits here");
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
