use std::collections::VecDeque;
use std::time::Duration;

use fader_protocol::Instant;

use super::compute::Compute;

/// Does one task after the other, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Worker<T> {
    compute: Compute,
    /// Whether a running task can be stopped.
    cancellable: bool,
    drag: Instant,
    rng: fastrand::Rng,
    queue: VecDeque<T>,
    running: Option<Running<T>>,
    runs: u64,
    before: Duration,
}

#[derive(Debug)]
struct Running<T> {
    task: T,
    run: u64,
    service: Duration,
}

/// A task that was done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Done<T> {
    pub(crate) task: T,
    /// How long it took.
    pub(crate) service: Duration,
    /// How long the task before it took.
    pub(crate) before: Duration,
}

/// When to report that a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) run: u64,
    pub(crate) ends: Instant,
}

impl<T: PartialEq> Worker<T> {
    pub(crate) fn new(
        compute: Compute,
        cancellable: bool,
        drag: Instant,
        rng: fastrand::Rng,
    ) -> Self {
        Self {
            compute,
            cancellable,
            drag,
            rng,
            queue: VecDeque::new(),
            running: None,
            runs: 0,
            before: Duration::ZERO,
        }
    }

    pub(crate) fn submit(&mut self, task: T) {
        self.queue.push_back(task);
    }

    /// Starts the next task, unless one runs.
    pub(crate) fn start(&mut self, now: Instant) -> Option<Start> {
        if self.running.is_some() {
            return None;
        }
        let task = self.queue.pop_front()?;
        let service = self.compute.sample(self.drag, now, &mut self.rng);
        self.runs += 1;
        self.running = Some(Running { task, run: self.runs, service });
        Some(Start { run: self.runs, ends: now + service })
    }

    /// A run is over; nothing if it was stopped before.
    pub(crate) fn finish(&mut self, run: u64) -> Option<Done<T>> {
        let done = self.running.take_if(|running| running.run == run)?;
        let before = std::mem::replace(&mut self.before, done.service);
        Some(Done { task: done.task, service: done.service, before })
    }

    /// Forgets a task. One that runs is stopped if it can be; says whether it was.
    pub(crate) fn cancel(&mut self, task: &T) -> bool {
        if !self.cancellable {
            return false;
        }
        self.queue.retain(|queued| queued != task);
        self.running.take_if(|running| running.task == *task).is_some()
    }

    /// How long the task that runs takes.
    pub(crate) fn busy(&self) -> Duration {
        self.running.as_ref().map(|running| running.service).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn worker(cancellable: bool) -> Worker<&'static str> {
        Worker::new(
            Compute::steady(MS * 50, 0.0),
            cancellable,
            Instant::ZERO,
            fastrand::Rng::with_seed(1),
        )
    }

    #[test]
    fn tasks_are_done_one_after_the_other() {
        let mut worker = worker(false);
        worker.submit("a");
        worker.submit("b");
        let start = worker.start(Instant::ZERO).unwrap();
        assert_eq!(start.ends, Instant::from_millis(50));
        assert_eq!(worker.start(Instant::ZERO), None);
        assert_eq!(worker.finish(start.run).unwrap().task, "a");
        assert_eq!(worker.finish(start.run), None);
        let start = worker.start(Instant::from_millis(50)).unwrap();
        let done = worker.finish(start.run).unwrap();
        assert_eq!(done, Done { task: "b", service: MS * 50, before: MS * 50 });
    }

    #[test]
    fn only_a_cancellable_worker_stops() {
        for cancellable in [false, true] {
            let mut worker = worker(cancellable);
            worker.submit("a");
            worker.submit("b");
            let start = worker.start(Instant::ZERO).unwrap();
            assert!(!worker.cancel(&"b"));
            assert_eq!(worker.cancel(&"a"), cancellable);
            assert_eq!(worker.finish(start.run).is_some(), !cancellable);
            assert_eq!(worker.start(Instant::ZERO).is_some(), !cancellable);
        }
    }
}
