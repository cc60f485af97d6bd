use std::time::Duration;

use fader_protocol::{Delivery, MessageLimits, Payload};

use crate::span::Span;
use crate::{Instant, NotSent, Operation, QueueConfig, RequestError, RequestId};
use fader_protocol::SortedMap;

/// The calls that are not settled yet. Each is in exactly one of `queued` and
/// `in_flight`, and leaves by being settled.
#[derive(Debug)]
pub(crate) struct Requests<P> {
    limits: QueueConfig,
    next_id: u64,
    /// In the order of the calls: ids only grow.
    queued: SortedMap<RequestId, Queued<P>>,
    queued_bytes: usize,
    in_flight: SortedMap<RequestId, InFlight<P>>,
    /// By when each must be answered, and how long that is after the call.
    deadlines: SortedMap<(Instant, RequestId), Duration>,
}

#[derive(Debug)]
struct Queued<P> {
    call: Call<P>,
    deadline: Option<Instant>,
    /// When it was first sent, in a session that is lost.
    sent: Option<Instant>,
}

#[derive(Debug)]
struct InFlight<P> {
    deadline: Option<Instant>,
    /// When it was first sent.
    sent: Instant,
    volatile: bool,
    /// To be sent again if the session is lost: a call with an idempotency key.
    repeatable: Option<Call<P>>,
}

/// What is called, with what.
#[derive(Debug, Clone)]
pub(crate) struct Call<P> {
    pub(crate) kind: CallKind,
    /// The name of the method or topic.
    pub(crate) name: String,
    pub(crate) delivery: Delivery,
    pub(crate) params: P,
}

/// What a call is for. All are requests: they wait, are answered and fail alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// A method with one reply.
    Request,
    /// A method with many items, for which the server has this credit at first.
    Stream { credit: u64 },
    /// A topic that an event is published to.
    Publish,
}

impl<P: Payload> Call<P> {
    /// The most bytes that it takes in a message: every byte of the name may
    /// need an escape of six, and 64 hold the rest of the frame.
    pub(crate) fn size(&self) -> usize {
        let key = self.key().map_or(0, str::len);
        self.params.size().saturating_add(6 * (self.name.len() + key) + 64)
    }

    fn key(&self) -> Option<&str> {
        match &self.delivery {
            Delivery::Keyed(key) => Some(key),
            Delivery::Once | Delivery::Volatile => None,
        }
    }

    /// Says why it can never be sent, if it cannot.
    pub(crate) fn check(&self, operation_limit: usize) -> Result<(), NotSent> {
        let limits = MessageLimits::default();
        if ![Some(self.name.as_str()), self.key()]
            .into_iter()
            .flatten()
            .all(|n| limits.allow_name(n))
        {
            return Err(NotSent::BadName);
        }
        if self.params.is_deeper_than(limits.depth) {
            return Err(NotSent::TooDeep { limit: limits.depth });
        }
        let size = self.size();
        if size > operation_limit {
            return Err(NotSent::TooLarge { size, limit: operation_limit });
        }
        Ok(())
    }

    /// What the server is to do.
    pub(crate) fn into_operation(self, id: RequestId) -> Operation<P> {
        let Self { kind, name, delivery, params } = self;
        match (kind, delivery) {
            (CallKind::Request, delivery) => {
                Operation::Request { id: id.0, method: name, delivery, params }
            }
            (CallKind::Stream { credit }, _) => {
                Operation::Stream { id: id.0, method: name, credit, params }
            }
            (CallKind::Publish, delivery) => {
                let key = match delivery {
                    Delivery::Keyed(key) => Some(key),
                    Delivery::Once | Delivery::Volatile => None,
                };
                Operation::Publish { id: id.0, topic: name, key, event: params }
            }
        }
    }
}

/// Is told of requests that fail, and why.
pub(crate) type Fail<'a, P> = dyn FnMut(RequestId, RequestError<P>) + 'a;

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
            queued: SortedMap::new(),
            queued_bytes: 0,
            in_flight: SortedMap::new(),
            deadlines: SortedMap::new(),
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
        now: Instant,
        timeout: Option<Duration>,
        operation_limit: usize,
    ) -> Result<(), NotSent> {
        call.check(operation_limit)?;
        let size = call.size();
        if self.queued.len() >= self.limits.requests || self.queued_bytes + size > self.limits.bytes
        {
            return Err(NotSent::QueueFull);
        }
        self.queued_bytes += size;
        let deadline = timeout.map(|timeout| now + timeout);
        self.queued.insert(id, Queued { call, deadline, sent: None });
        if let (Some(deadline), Some(timeout)) = (deadline, timeout) {
            self.deadlines.insert((deadline, id), timeout);
        }
        Ok(())
    }

    /// The next call to send, now counted as in flight.
    pub(crate) fn dequeue(
        &mut self,
        now: Instant,
        has_room: impl FnOnce(usize) -> bool,
    ) -> Option<(RequestId, Call<P>)> {
        let (_, next) = self.queued.first_key_value()?;
        let volatile = next.call.delivery == Delivery::Volatile;
        if self.in_flight.len() >= self.limits.in_flight
            || !(volatile || has_room(next.call.size()))
        {
            return None;
        }
        let (id, Queued { call, deadline, sent }) = self.queued.pop_first()?;
        self.queued_bytes -= call.size();
        let keyed = matches!(call.delivery, Delivery::Keyed(_));
        let repeatable = keyed.then(|| call.clone());
        let sent = sent.unwrap_or(now);
        self.in_flight.insert(id, InFlight { deadline, sent, volatile, repeatable });
        Some((id, call))
    }

    /// An answer came. Says whether anyone waits for it.
    pub(crate) fn answered(&mut self, id: RequestId) -> bool {
        let Some(InFlight { deadline, .. }) = self.in_flight.remove(&id) else { return false };
        self.forget_deadline(deadline, id);
        true
    }

    fn forget_deadline(&mut self, deadline: Option<Instant>, id: RequestId) {
        if let Some(deadline) = deadline {
            self.deadlines.remove(&(deadline, id));
        }
    }

    /// Whether it was sent and is not answered.
    pub(crate) fn is_in_flight(&self, id: RequestId) -> bool {
        self.in_flight.contains_key(&id)
    }

    /// The caller gave up. Nothing if it was settled before.
    pub(crate) fn give_up(&mut self, id: RequestId) -> Option<GivenUp> {
        if let Some(queued) = self.queued.remove(&id) {
            self.queued_bytes -= queued.call.size();
            self.forget_deadline(queued.deadline, id);
            return Some(GivenUp { id, sent: false });
        }
        self.answered(id).then_some(GivenUp { id, sent: true })
    }

    /// The next request whose time is up, and how long it had.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<(GivenUp, Duration)> {
        let (&(deadline, id), &limit) = self.deadlines.first_key_value()?;
        if deadline > now {
            return None;
        }
        self.give_up(id).map(|given_up| (given_up, limit))
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first_key_value().map(|((deadline, _), _)| *deadline)
    }

    /// The connection was lost: what is of use only now is not waited for.
    pub(crate) fn lose_volatile(&mut self, fail: &mut Fail<'_, P>) {
        let sent = self.in_flight.iter().filter(|(_, call)| call.volatile).map(|(id, _)| *id);
        let queued = self.queued.iter().filter(|(_, q)| q.call.delivery == Delivery::Volatile);
        let lost: Vec<_> = sent.chain(queued.map(|(id, _)| *id)).collect();
        for id in lost {
            let was_sent = self.give_up(id).is_some_and(|given_up| given_up.sent);
            let not_sent = RequestError::NotSent(NotSent::NotConnected);
            fail(id, if was_sent { RequestError::Unknown } else { not_sent });
        }
    }

    /// The session was lost: nobody knows what became of what was sent. What has
    /// an idempotency key that the server `remembers` is queued again, ahead of
    /// what was never sent.
    pub(crate) fn lose_session(
        &mut self,
        now: Instant,
        remembers: Option<Duration>,
        fail: &mut Fail<'_, P>,
    ) {
        for (id, call) in std::mem::take(&mut self.in_flight) {
            let InFlight { deadline, sent, repeatable, .. } = call;
            if let Some(call) = repeatable {
                self.queued_bytes += call.size();
                self.queued.insert(id, Queued { call, deadline, sent: Some(sent) });
            } else {
                self.forget_deadline(deadline, id);
                fail(id, RequestError::Unknown);
            }
        }
        // Half of the time is for waiting here and for the way.
        let half = remembers.map(|time| Span::from(time) / 2);
        let is_known = |sent| half.is_some_and(|half| Span::between(sent, now) < half);
        let forgotten = |queued: &Queued<P>| queued.sent.is_some_and(|sent| !is_known(sent));
        let forgotten: Vec<_> =
            self.queued.iter().filter(|(_, q)| forgotten(q)).map(|(id, _)| *id).collect();
        for id in forgotten {
            self.give_up(id);
            fail(id, RequestError::Unknown);
        }
    }

    /// A message may have `limit` bytes: what it cannot hold fails.
    pub(crate) fn refuse_larger_than(&mut self, limit: usize, fail: &mut Fail<'_, P>) {
        let too_large = self.queued.iter().filter(|(_, queued)| queued.call.size() > limit);
        let too_large: Vec<_> = too_large
            .map(|(id, queued)| (*id, queued.call.size(), queued.sent.is_some()))
            .collect();
        for (id, size, was_sent) in too_large {
            self.give_up(id);
            let not_sent = RequestError::NotSent(NotSent::TooLarge { size, limit });
            fail(id, if was_sent { RequestError::Unknown } else { not_sent });
        }
    }

    /// The client is closed: nothing waits any longer.
    pub(crate) fn close(&mut self, fail: &mut Fail<'_, P>) {
        self.queued_bytes = 0;
        self.deadlines.clear();
        let queued = std::mem::take(&mut self.queued).into_keys();
        for id in queued.chain(std::mem::take(&mut self.in_flight).into_keys()) {
            fail(id, RequestError::Closed);
        }
    }
}
