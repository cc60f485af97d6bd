use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use fader_core::{Delivery, Position};
use fader_protocol::{Topic, json};

use crate::RequestError;
use crate::call::{Call, Target};
use crate::driver::Driver;

/// The publishing of an event; made by [`Client::publish`](crate::Client::publish).
///
/// A future of the event's position in the sequence of the topic. It is a request in
/// every respect, and given up when it is dropped: see [`Request`](crate::Request).
#[must_use = "futures do nothing unless polled"]
pub struct Publish<T: Topic> {
    call: Call,
    topic: PhantomData<fn() -> T>,
}

impl<T: Topic> Publish<T> {
    pub(crate) fn new(driver: Rc<Driver>, event: &T::Event) -> Self {
        let call = Call::new(driver, Target::Topic(T::NAME), json::to_payload(event).ok());
        Self { call, topic: PhantomData }
    }

    /// How long it may take from the first poll to the answer; then it settles as
    /// [`RequestError::TimedOut`]. Has no effect after the first poll. The default is the
    /// client's [`request_timeout`](crate::ClientBuilder::request_timeout).
    pub fn timeout(mut self, after: Duration) -> Self {
        self.call.set_timeout(after);
        self
    }

    /// Names the event, so that it is published only once however often it is sent, as
    /// [`Request::idempotency_key`](crate::Request::idempotency_key) does.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.call.set_delivery(Delivery::Keyed(key.into()));
        self
    }
}

impl<T: Topic> Future for Publish<T> {
    /// What a refusal says beside code and message is the server's own.
    type Output = Result<Position, RequestError>;

    /// Pending for ever once it has settled.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = ready!(Pin::new(&mut self.call).poll(cx));
        Poll::Ready(match outcome {
            Ok(reply) => json::from_raw(&reply).map_err(|error| RequestError::bad_reply(&error)),
            Err(failure) => Err(RequestError::of(failure)),
        })
    }
}

impl<T: Topic> fmt::Debug for Publish<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publish").field("topic", &T::NAME).finish_non_exhaustive()
    }
}
