use super::LinkConfig;

/// What arrived, and how much of it the other end knows to have arrived.
#[derive(Debug)]
pub(super) struct Inbound {
    config: LinkConfig,
    count: u64,
    acknowledged: u64,
    unacknowledged_bytes: usize,
}

impl Inbound {
    pub(super) fn new(config: LinkConfig) -> Self {
        Self { config, count: 0, acknowledged: 0, unacknowledged_bytes: 0 }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn received(&mut self, size: usize) {
        self.count += 1;
        self.unacknowledged_bytes = self.unacknowledged_bytes.saturating_add(size);
    }

    /// The last acknowledgement may have been lost with its connection.
    pub(super) fn acknowledge_anew(&mut self) {
        // A resume itself tells the count.
        self.acknowledged = self.count;
        self.unacknowledged_bytes = 0;
    }

    pub(super) fn take_ack(&mut self, travelling: bool) -> Option<u64> {
        // An eighth of the buffer, so that it never fills while an
        // acknowledgement travels.
        let urgent = self.count - self.acknowledged >= (self.config.frames as u64 / 8).max(1)
            || self.unacknowledged_bytes >= self.config.bytes / 8;
        if self.count == self.acknowledged || !(travelling || urgent) {
            return None;
        }
        self.acknowledged = self.count;
        self.unacknowledged_bytes = 0;
        Some(self.count)
    }
}
