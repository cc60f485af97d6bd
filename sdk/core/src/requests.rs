use std::collections::{BTreeMap, BTreeSet};

use fader_protocol::{Limits, Payload};

use crate::{Instant, NotSent, QueueConfig, RequestError, RequestId};

/// The calls that are not settled yet. Each is in exactly one of `queued` and
/// `in_flight`, and leaves by being settled.
#[derive(Debug)]
pub(crate) struct Requests<P> {
    limits: QueueConfig,
    next_id: u64,
    /// In the order of the calls: ids only grow.
    queued: BTreeMap<RequestId, Queued<P>>,
    queued_bytes: usize,
    in_flight: BTreeMap<RequestId, Instant>,
    deadlines: BTreeSet<(Instant, RequestId)>,
}

#[derive(Debug)]
struct Queued<P> {
    call: Call<P>,
    deadline: Instant,
}

/// What is called, with what.
#[derive(Debug)]
pub(crate) struct Call<P> {
    pub(crate) method: String,
    pub(crate) params: P,
}

impl<P: Payload> Call<P> {
    /// The most bytes that it takes in a message: every byte of the name may
    /// need an escape of six, and 64 hold the rest of the frame.
    fn size(&self) -> usize {
        self.params.size().saturating_add(6 * self.method.len() + 64)
    }
}

/// A request whose caller waits no longer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GivenUp {
    pub(crate) id: RequestId,
    /// Whether the server has it and must be told.
    pub(crate) sent: bool,
}

impl<P: Payload> Requests<P> {
    pub(crate) fn new(limits: QueueConfig) -> Self {
        Self {
            limits,
            next_id: 1,
            queued: BTreeMap::new(),
            queued_bytes: 0,
            in_flight: BTreeMap::new(),
            deadlines: BTreeSet::new(),
        }
    }

    pub(crate) fn next_id(&mut self) -> RequestId {
        let id = RequestId(self.next_id);
        self.next_id += 1;
        id
    }

    pub(crate) fn queued(&self) -> usize {
        self.queued.len()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Takes a call in, or says why it can never be sent.
    pub(crate) fn enqueue(
        &mut self,
        id: RequestId,
        call: Call<P>,
        deadline: Instant,
        operation_limit: usize,
    ) -> Result<(), NotSent> {
        let limits = Limits::default();
        if !limits.allow_name(&call.method) {
            return Err(NotSent::BadName);
        }
        if call.params.is_deeper_than(limits.depth) {
            return Err(NotSent::TooDeep { limit: limits.depth });
        }
        let size = call.size();
        if size > operation_limit {
            return Err(NotSent::TooLarge { size, limit: operation_limit });
        }
        if self.queued.len() >= self.limits.requests || self.queued_bytes + size > self.limits.bytes
        {
            return Err(NotSent::QueueFull);
        }
        self.queued_bytes += size;
        self.queued.insert(id, Queued { call, deadline });
        self.deadlines.insert((deadline, id));
        Ok(())
    }

    /// The next call to send, now counted as in flight.
    pub(crate) fn dequeue(&mut self) -> Option<(RequestId, Call<P>)> {
        if self.in_flight.len() >= self.limits.in_flight {
            return None;
        }
        let (id, queued) = self.queued.pop_first()?;
        self.queued_bytes -= queued.call.size();
        self.in_flight.insert(id, queued.deadline);
        Some((id, queued.call))
    }

    /// An answer came. Says whether anyone waits for it.
    pub(crate) fn answered(&mut self, id: RequestId) -> bool {
        match self.in_flight.remove(&id) {
            Some(deadline) => self.deadlines.remove(&(deadline, id)),
            None => false,
        }
    }

    /// The caller gave up. Nothing if it was settled before.
    pub(crate) fn give_up(&mut self, id: RequestId) -> Option<GivenUp> {
        if let Some(queued) = self.queued.remove(&id) {
            self.queued_bytes -= queued.call.size();
            self.deadlines.remove(&(queued.deadline, id));
            return Some(GivenUp { id, sent: false });
        }
        self.answered(id).then_some(GivenUp { id, sent: true })
    }

    /// The next request whose time is up.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<GivenUp> {
        let &(deadline, id) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.give_up(id)
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// The connection was lost: nobody knows what became of what was sent.
    pub(crate) fn lose_in_flight(&mut self) -> Vec<(RequestId, RequestError<P>)> {
        std::mem::take(&mut self.in_flight)
            .into_iter()
            .map(|(id, deadline)| {
                self.deadlines.remove(&(deadline, id));
                (id, RequestError::Unknown)
            })
            .collect()
    }

    /// The queued requests that a message of at most `limit` bytes cannot hold.
    pub(crate) fn refuse_larger_than(&mut self, limit: usize) -> Vec<(RequestId, RequestError<P>)> {
        let too_large: Vec<_> = self
            .queued
            .iter()
            .map(|(id, queued)| (*id, queued.call.size()))
            .filter(|(_, size)| *size > limit)
            .collect();
        too_large
            .into_iter()
            .map(|(id, size)| {
                self.give_up(id);
                (id, RequestError::NotSent(NotSent::TooLarge { size, limit }))
            })
            .collect()
    }

    /// The client is closed: nothing waits any longer.
    pub(crate) fn close(&mut self) -> Vec<(RequestId, RequestError<P>)> {
        let mut ids: Vec<_> = std::mem::take(&mut self.queued).into_keys().collect();
        ids.extend(std::mem::take(&mut self.in_flight).into_keys());
        self.queued_bytes = 0;
        self.deadlines.clear();
        ids.into_iter().map(|id| (id, RequestError::Closed)).collect()
    }
}
