//! The link: makes a connection that breaks look like one that does not.
//!
//! Both ends use the same [`Link`]. Frames that must arrive are *sequenced*:
//! counted in each direction, without a number on the wire, because a
//! connection keeps their order. The receiver acknowledges its count; the
//! sender keeps each frame until then, in a bounded buffer. When the connection
//! is lost, the two ends tell each other their counts on the next one, each
//! sends again what the other lacks, and so every frame is delivered once.
//!
//! ```
//! use fader_protocol::link::{Link, LinkConfig};
//!
//! let mut sender = Link::new(LinkConfig::default());
//! let mut receiver = Link::<&str>::new(LinkConfig::default());
//! for frame in ["one", "two", "three"] {
//!     sender.send(frame, frame.len());
//! }
//! receiver.received(3); // "one" arrives, and then the connection breaks
//! let missing: Vec<_> = sender.resume(receiver.count())?.copied().collect();
//! assert_eq!(missing, ["two", "three"]);
//! # Ok::<(), fader_protocol::link::ResumeError>(())
//! ```

mod inbound;
mod outbound;

use inbound::Inbound;
use outbound::Outbound;

/// How much a link keeps, and when it acknowledges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkConfig {
    /// The most frames kept until they are acknowledged. Default 1,024.
    pub frames: usize,
    /// The most bytes of them. Default 256 KiB.
    pub bytes: usize,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self { frames: 1024, bytes: 256 * 1024 }
    }
}

/// One end of a link. `F` is what is kept to be sent again.
///
/// Keeps these invariants: an acknowledgement never exceeds what was received;
/// a frame leaves the buffer when it is acknowledged, or is counted as lost.
#[derive(Debug)]
pub struct Link<F> {
    outbound: Outbound<F>,
    inbound: Inbound,
}

/// Why two ends cannot continue where they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// The other end lacks frames that were dropped because the buffer was full.
    #[error("{0} frames were dropped before they were acknowledged")]
    Lost(u64),
    /// The other end claims what cannot be: more than was sent, or less than it
    /// acknowledged before.
    #[error("a count of {count} is not between {acknowledged} and {sent}")]
    Impossible {
        /// What it claims.
        count: u64,
        /// What it acknowledged.
        acknowledged: u64,
        /// What was sent.
        sent: u64,
    },
}

impl<F> Link<F> {
    /// A link at its beginning.
    #[must_use]
    pub fn new(config: LinkConfig) -> Self {
        Self { outbound: Outbound::new(config), inbound: Inbound::new(config) }
    }

    /// Whether a frame of `size` bytes can be kept without dropping another.
    #[must_use]
    pub fn has_room(&self, size: usize) -> bool {
        self.outbound.has_room(size)
    }

    /// A sequenced frame of `size` bytes is sent, or would be if there were a
    /// connection. Where there is no room, the oldest are dropped, and a resume
    /// that would need them fails.
    pub fn send(&mut self, frame: F, size: usize) {
        self.outbound.push(frame, size);
    }

    /// What is kept of a frame that cannot arrive is this from now on, of `size` bytes, in the
    /// same place of the sequence.
    pub fn replace(&mut self, which: impl Fn(&F) -> bool, with: F, size: usize) {
        self.outbound.replace(which, with, size);
    }

    /// The other end has received `count` sequenced frames.
    ///
    /// # Errors
    /// When that cannot be. Nothing is changed then.
    pub fn acknowledged(&mut self, count: u64) -> Result<(), ResumeError> {
        self.outbound.acknowledged(count)
    }

    /// Whether [`resume`](Self::resume) would succeed with that count.
    ///
    /// # Errors
    /// As there. Nothing is changed.
    pub fn can_resume(&self, count: u64) -> Result<(), ResumeError> {
        self.outbound.can_resume(count)
    }

    /// There is a new connection, and the other end has received `count`
    /// sequenced frames: those that it lacks, oldest first.
    ///
    /// # Errors
    /// When it lacks what is not kept, or its count cannot be.
    pub fn resume(&mut self, count: u64) -> Result<impl Iterator<Item = &F>, ResumeError> {
        self.inbound.acknowledge_anew();
        self.outbound.resume(count)
    }

    /// A sequenced frame of `size` bytes arrived.
    pub fn received(&mut self, size: usize) {
        self.inbound.received(size);
    }

    /// How many sequenced frames arrived.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.inbound.count()
    }

    /// The count to acknowledge, once at least so many frames are unacknowledged, or
    /// so much that the other end's buffer could fill up.
    pub fn take_ack(&mut self, least: u64) -> Option<u64> {
        self.inbound.take_ack(least)
    }

    /// Frames that are kept until they are acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> usize {
        self.outbound.len()
    }

    /// About how many bytes of memory are taken by what is kept.
    #[must_use]
    pub fn cost(&self) -> usize {
        self.outbound.cost()
    }

    /// The most that [`cost`](Self::cost) can be.
    #[must_use]
    pub fn most(config: &LinkConfig) -> usize {
        Outbound::<F>::most(config)
    }

    /// Frames that were dropped because the buffer was full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.outbound.dropped()
    }
}

#[cfg(test)]
mod tests;
