use fader_protocol::link::{Link, LinkConfig, ResumeError};
use fader_protocol::{Message, MessageLimits, RawPayload, ServerFrame};

use super::Config;
use super::outbox::Outbox;

/// What leaves: over the connection while there is one, and what must arrive is
/// kept until it has.
#[derive(Debug)]
pub(super) struct Outgoing {
    limits: MessageLimits,
    config: LinkConfig,
    /// How many bytes may wait in the outbox.
    outbox_bytes: usize,
    /// More did, and all of it was dropped.
    is_overrun: bool,
    link: Link<ServerFrame<RawPayload>>,
    /// Nothing while there is no connection.
    outbox: Option<Outbox>,
}

impl Outgoing {
    /// With a connection.
    pub(super) fn new(config: &Config) -> Self {
        let Config { sends, link, outbox_bytes, .. } = config;
        Self {
            outbox_bytes: outbox_bytes.saturating_add(link.bytes),
            limits: sends.clone(),
            config: *link,
            is_overrun: false,
            link: Link::new(*link),
            outbox: Some(Outbox::default()),
        }
    }

    pub(super) fn send(&mut self, frame: ServerFrame<RawPayload>) {
        if let Some(outbox) = &mut self.outbox {
            outbox.push(&frame, &self.limits);
            if outbox.bytes() > self.outbox_bytes {
                self.outbox = None;
                self.is_overrun = true;
            }
        }
        if frame.is_sequenced() {
            let size = frame.size();
            self.link.send(frame, size);
        }
    }

    /// Whether an item of a stream of `size` bytes should be sent now: only half of
    /// the link is for items, so that they do not push answers out. What is larger
    /// goes when there is nothing else.
    pub(super) fn has_room_for_item(&self, size: usize) -> bool {
        let LinkConfig { frames, bytes } = self.config;
        let unacknowledged = self.link.unacknowledged();
        unacknowledged == 0
            || (unacknowledged < frames / 2 && self.link.has_room(size.saturating_add(bytes / 2)))
    }

    /// The next message to send. An acknowledgement travels along.
    pub(super) fn take(&mut self) -> Option<Message> {
        let outbox = self.outbox.as_mut()?;
        let least = if outbox.is_empty() { u64::MAX } else { 1 };
        if let Some(count) = self.link.take_ack(least) {
            outbox.push(&ServerFrame::Ack(count), &self.limits);
        }
        outbox.take()
    }

    /// A sequenced frame of `size` bytes arrived.
    pub(super) fn received(&mut self, size: usize) {
        self.link.received(size);
    }

    /// How many sequenced frames arrived.
    pub(super) fn count(&self) -> u64 {
        self.link.count()
    }

    pub(super) fn acknowledged(&mut self, count: u64) -> Result<(), ResumeError> {
        self.link.acknowledged(count)
    }

    /// More was to be sent at once than may wait, so that the connection has to end.
    pub(super) fn is_overrun(&self) -> bool {
        self.is_overrun
    }

    /// The most memory that is taken by what is kept, in bytes, once all has left.
    pub(super) fn most(config: &LinkConfig) -> usize {
        Link::<ServerFrame<RawPayload>>::most(config)
    }

    /// How much memory is taken by what is kept, in bytes.
    pub(super) fn cost(&self) -> usize {
        let outbox = self.outbox.as_ref().map_or(0, Outbox::bytes);
        self.link.cost() + outbox
    }

    /// The connection is gone, with all that had not left.
    pub(super) fn disconnect(&mut self) {
        self.outbox = None;
        self.is_overrun = false;
    }

    /// Whether a client that has received `count` sequenced frames can be sent what it
    /// lacks. Changes nothing.
    pub(super) fn can_resume(&self, count: u64) -> Result<(), ResumeError> {
        self.link.can_resume(count)
    }

    /// There is a new connection, over which the client is welcomed and then sent
    /// what it lacks, having received `count` sequenced frames.
    pub(super) fn resume(
        &mut self,
        welcome: &ServerFrame<RawPayload>,
        count: u64,
    ) -> Result<(), ResumeError> {
        let mut outbox = Outbox::default();
        outbox.push(welcome, &self.limits);
        for frame in self.link.resume(count)? {
            outbox.push(frame, &self.limits);
        }
        self.outbox = Some(outbox);
        Ok(())
    }

    /// Frames that could not be kept until they had arrived.
    pub(super) fn overflowed(&self) -> u64 {
        self.link.dropped()
    }
}
