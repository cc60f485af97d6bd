use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fader_protocol::{Patch, RawPayload};
use serde::Serialize;
use tokio::sync::Notify;

use crate::group_type::GroupType;
use crate::hub::Hub;
use crate::session::{Common, JobId, unfit};
use crate::values::{ModelLimits, merge};
use crate::{PartialError, PushError};

/// What the live handlers at work for one session say before they end. Of
/// each job only the newest is kept, so a handler may say as much as it likes.
#[derive(Debug)]
pub(crate) struct Reports {
    common: Arc<Common>,
    hub: Arc<Hub>,
    jobs: Mutex<BTreeMap<JobId, Report>>,
    news: Notify,
}

/// What one handler said.
#[derive(Debug, Default)]
struct Report {
    partial: Option<RawPayload>,
    shared: Patch<RawPayload>,
}

impl Reports {
    pub(crate) fn new(common: Arc<Common>, hub: Arc<Hub>) -> Self {
        Self { common, hub, jobs: Mutex::default(), news: Notify::new() }
    }

    /// A handler begins.
    pub(crate) fn begin(&self, job: JobId) {
        self.jobs().insert(job, Report::default());
    }

    /// A handler has ended: what it says from now on is not heard. Gives what it
    /// shared since the last look.
    pub(crate) fn end(&self, job: JobId) -> Patch<RawPayload> {
        self.jobs().remove(&job).map(|report| report.shared).unwrap_or_default()
    }

    /// A handler has a coarse result.
    pub(crate) fn partial<R>(
        &self,
        job: JobId,
        of: &GroupType,
        result: &R,
    ) -> Result<(), PartialError>
    where
        R: Serialize + 'static,
    {
        let result = of.partial(result)?;
        if let Some(why) = unfit("result", &result, &self.common.config.sends) {
            return Err(PartialError::TooLarge(why));
        }
        if let Some(report) = self.jobs().get_mut(&job) {
            report.partial = Some(result);
            self.news.notify_one();
        }
        Ok(())
    }

    /// A handler has values for others.
    pub(crate) fn share<V>(&self, job: JobId, of: &GroupType, values: &V) -> Result<(), PushError>
    where
        V: Serialize + ?Sized,
    {
        let limits = &self.common.config.accepts;
        let values = of.values(values, limits)?;
        if let Some(report) = self.jobs().get_mut(&job) {
            self.hub.accepted(of.name, &values);
            merge(&mut report.shared, &values, ModelLimits::of(&self.common.config));
            self.news.notify_one();
        }
        Ok(())
    }

    /// Waits until there is something new.
    pub(crate) async fn news(&self) {
        self.news.notified().await;
    }

    /// The coarse results since the last look.
    pub(crate) fn take_partials(&self) -> Vec<(JobId, RawPayload)> {
        let mut jobs = self.jobs();
        jobs.iter_mut().filter_map(|(job, report)| Some((*job, report.partial.take()?))).collect()
    }

    /// What handlers have shared since the last look.
    pub(crate) fn take_shared(&self) -> Vec<(JobId, Patch<RawPayload>)> {
        let mut jobs = self.jobs();
        let shared = jobs.iter_mut().filter(|(_, report)| !report.shared.is_empty());
        shared.map(|(job, report)| (*job, std::mem::take(&mut report.shared))).collect()
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<JobId, Report>> {
        // Each change is complete in itself.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
