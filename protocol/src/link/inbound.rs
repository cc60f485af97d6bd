use super::LinkConfig;

/// So much unacknowledged is acknowledged without waiting for something to travel
/// along with: the other end's buffer must not fill up while nothing is said.
const URGENT_FRAMES: u64 = 128;
const URGENT_BYTES: usize = 32 * 1024;

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

    pub(super) fn take_ack(&mut self, least: u64) -> Option<u64> {
        // The other end's buffer may be as small as this one's.
        let frames = URGENT_FRAMES.min(self.config.frames as u64 / 8).min(least).max(1);
        let bytes = URGENT_BYTES.min(self.config.bytes / 8);
        let unacknowledged = self.count - self.acknowledged;
        if unacknowledged < frames && (unacknowledged == 0 || self.unacknowledged_bytes < bytes) {
            return None;
        }
        self.acknowledged = self.count;
        self.unacknowledged_bytes = 0;
        Some(self.count)
    }
}
