use std::collections::VecDeque;

use super::{LinkConfig, ResumeError};

/// What the allocations of a frame take beside its bytes, about.
const ALLOCATIONS: usize = 64;

/// The sequenced frames that the other end may still lack.
#[derive(Debug)]
pub(super) struct Outbound<F> {
    config: LinkConfig,
    /// Sent and not acknowledged, oldest first.
    kept: VecDeque<(F, usize)>,
    bytes: usize,
    sent: u64,
    acknowledged: u64,
    dropped: u64,
}

impl<F> Outbound<F> {
    pub(super) fn new(config: LinkConfig) -> Self {
        Self { config, kept: VecDeque::new(), bytes: 0, sent: 0, acknowledged: 0, dropped: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn cost(&self) -> usize {
        self.kept.capacity() * size_of::<(F, usize)>() + self.kept.len() * ALLOCATIONS + self.bytes
    }

    pub(super) fn most(config: &LinkConfig) -> usize {
        // One more before the oldest leaves, in a queue that grows by doubling.
        let capacity = (config.frames + 1).next_power_of_two().max(4);
        capacity * size_of::<(F, usize)>() + config.frames * ALLOCATIONS + config.bytes
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(super) fn has_room(&self, size: usize) -> bool {
        self.kept.len() < self.config.frames && self.bytes.saturating_add(size) <= self.config.bytes
    }

    pub(super) fn push(&mut self, frame: F, size: usize) {
        // What is larger than the buffer is dropped whatever its size.
        let size = size.min(self.config.bytes.saturating_add(1));
        self.sent += 1;
        self.bytes += size;
        self.kept.push_back((frame, size));
        while self.kept.len() > self.config.frames || self.bytes > self.config.bytes {
            let Some((_, size)) = self.kept.pop_front() else { break };
            self.bytes -= size;
            self.dropped += 1;
        }
    }

    pub(super) fn replace(&mut self, which: impl Fn(&F) -> bool, with: F, size: usize) {
        if let Some(kept) = self.kept.iter_mut().find(|(frame, _)| which(frame)) {
            self.bytes = self.bytes - kept.1 + size;
            *kept = (with, size);
        }
    }

    fn check(&self, count: u64) -> Result<(), ResumeError> {
        let Self { acknowledged, sent, .. } = *self;
        if count < acknowledged || count > sent {
            return Err(ResumeError::Impossible { count, acknowledged, sent });
        }
        Ok(())
    }

    pub(super) fn can_resume(&self, count: u64) -> Result<(), ResumeError> {
        self.check(count)?;
        match self.oldest_kept().saturating_sub(count + 1) {
            0 => Ok(()),
            lost => Err(ResumeError::Lost(lost)),
        }
    }

    pub(super) fn acknowledged(&mut self, count: u64) -> Result<(), ResumeError> {
        self.check(count)?;
        self.acknowledged = count;
        while self.oldest_kept() <= count {
            let Some((_, size)) = self.kept.pop_front() else { break };
            self.bytes -= size;
        }
        Ok(())
    }

    pub(super) fn resume(&mut self, count: u64) -> Result<impl Iterator<Item = &F>, ResumeError> {
        self.acknowledged(count)?;
        let lost = self.oldest_kept() - (count + 1);
        if lost > 0 {
            return Err(ResumeError::Lost(lost));
        }
        Ok(self.kept.iter().map(|(frame, _)| frame))
    }

    /// The number of the oldest frame that is kept, or of the next one to be sent.
    fn oldest_kept(&self) -> u64 {
        self.sent + 1 - self.kept.len() as u64
    }
}
