use fader_protocol::{Delivery, Payload, Rejection, code};

use super::Client;
use crate::requests::{Call, CallKind};
use crate::streams::NoRoom;
use crate::{Dialect, Event, Instant, Operation, RequestError, RequestId};

/// What a credit takes in a message, at most.
const CREDIT_BYTES: usize = 64;

/// Streams: requests with many items, which the server sends as the app takes them.
impl<D: Dialect> Client<D> {
    /// Calls a method that answers with many items. Each comes by
    /// [`Event::Item`], and the end, for which there is no timeout, by
    /// [`Event::StreamEnded`]. [`cancel`](Client::cancel) gives it up.
    pub fn stream(&mut self, now: Instant, method: &str, params: D::Payload) -> RequestId {
        let kind = CallKind::Stream { credit: self.streams.window() };
        let call = Call { kind, name: method.into(), delivery: Delivery::Once, params };
        self.call(now, call, None)
    }

    /// The app has taken so many items of a stream: the server may send as many
    /// more. It is told for half of
    /// [`QueueConfig::stream_items`](crate::QueueConfig::stream_items) at a time.
    pub fn stream_consumed(&mut self, now: Instant, stream: RequestId, items: u64) {
        self.streams.consumed(stream, items);
        self.advance(now);
    }

    pub(super) fn give_credit(&mut self) {
        while self.connection.is_open()
            && self.dialect.has_room(CREDIT_BYTES)
            && let Some((id, items)) = self.streams.next_credit()
        {
            self.dialect.operate(Operation::Credit { id: id.0, items });
        }
    }

    pub(super) fn item(&mut self, id: RequestId, payload: D::Payload) {
        // Late items of a stream that was given up are normal.
        if !(self.streams.contains(id) && self.requests.is_in_flight(id)) {
            return;
        }
        let error = match self.streams.received(id, payload.size()) {
            Ok(()) => return self.tell(Event::Item { stream: id, payload }),
            Err(NoRoom::NoCredit) => {
                RequestError::bad_reply("more items than there was credit for")
            }
            Err(NoRoom::TooLarge) => {
                let message = "more than 4 MiB of items wait to be taken";
                RequestError::Rejected(Rejection::new(code::TOO_LARGE, message))
            }
        };
        // Without it the stream is of no use.
        if let Some(given_up) = self.requests.give_up(id) {
            self.give_up(&given_up, error);
        }
    }

    pub(super) fn stream_ends(&mut self, id: RequestId) {
        if !self.requests.answered(id) {
            return;
        }
        if self.streams.end(id) {
            self.tell(Event::StreamEnded { stream: id, outcome: Ok(()) });
        } else {
            self.settle(id, Err(RequestError::bad_reply("a request has a reply, and no end")));
        }
    }
}
