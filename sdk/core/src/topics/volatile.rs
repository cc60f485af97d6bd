use std::collections::VecDeque;

use fader_protocol::Payload;

use crate::requests::Call;
use crate::{NotSent, Operation, QueueConfig};

/// Events that are of use only now, and leave at the end of the turn.
#[derive(Debug)]
pub(crate) struct VolatileEvents<P> {
    limits: QueueConfig,
    queued: VecDeque<Call<P>>,
    bytes: usize,
}

impl<P: Payload> VolatileEvents<P> {
    pub(crate) fn new(limits: QueueConfig) -> Self {
        Self { limits, queued: VecDeque::new(), bytes: 0 }
    }

    pub(crate) fn push(&mut self, event: Call<P>, operation_limit: usize) -> Result<(), NotSent> {
        event.check(operation_limit)?;
        let bytes = self.bytes + event.size();
        if self.queued.len() >= self.limits.requests || bytes > self.limits.bytes {
            return Err(NotSent::QueueFull);
        }
        self.bytes = bytes;
        self.queued.push_back(event);
        Ok(())
    }

    pub(crate) fn pop(&mut self) -> Option<Operation<P>> {
        let event = self.queued.pop_front()?;
        self.bytes -= event.size();
        Some(Operation::VolatilePublish { topic: event.name, event: event.params })
    }

    pub(crate) fn clear(&mut self) {
        self.queued.clear();
        self.bytes = 0;
    }
}
