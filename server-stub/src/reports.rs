use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fader_protocol::RawJson;
use tokio::sync::Notify;

use crate::PartialError;
use crate::session::{Config, JobId, unfit};

/// What the live handlers at work for one connection say before they end. Of
/// each job only the newest is kept, so a handler may say as much as it likes.
#[derive(Debug)]
pub(crate) struct Reports {
    config: Arc<Config>,
    jobs: Mutex<BTreeMap<JobId, Report>>,
    news: Notify,
}

/// What one handler said.
#[derive(Debug, Default)]
struct Report {
    partial: Option<RawJson>,
}

impl Reports {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self { config, jobs: Mutex::default(), news: Notify::new() }
    }

    /// A handler begins.
    pub(crate) fn begin(&self, job: JobId) {
        self.jobs().insert(job, Report::default());
    }

    /// A handler has ended: what it says from now on is not heard.
    pub(crate) fn end(&self, job: JobId) {
        self.jobs().remove(&job);
    }

    /// A handler has a coarse result.
    pub(crate) fn partial(&self, job: JobId, result: RawJson) -> Result<(), PartialError> {
        if let Some(why) = unfit(&result, &self.config.sends) {
            return Err(PartialError::TooLarge(why));
        }
        if let Some(report) = self.jobs().get_mut(&job) {
            report.partial = Some(result);
            self.news.notify_one();
        }
        Ok(())
    }

    /// Waits until there is something new.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// The coarse results since the last look.
    pub(crate) fn take_partials(&self) -> Vec<(JobId, RawJson)> {
        let mut jobs = self.jobs();
        jobs.iter_mut().filter_map(|(job, report)| Some((*job, report.partial.take()?))).collect()
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<JobId, Report>> {
        // Each change is complete in itself.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
