use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use fader_core::Delivery;
use fader_protocol::{Method, json};

use crate::RequestError;
use crate::call::{Call, Target};
use crate::driver::Driver;

/// A call of a method; made by [`Client::request`](crate::Client::request).
///
/// A future of the method's reply. It leaves when it is first polled (or waits
/// in the queue for the connection), and settles exactly once. Dropping it
/// gives the call up: it is taken out of the queue, or, if it has left, the
/// server is told to stop.
#[must_use = "futures do nothing unless polled"]
pub struct Request<M: Method> {
    call: Call,
    method: PhantomData<fn() -> M>,
}

impl<M: Method> Request<M> {
    pub(crate) fn new(driver: Rc<Driver>, params: &M::Params) -> Self {
        let call = Call::new(driver, Target::Method(M::NAME), json::to_payload(params).ok());
        Self { call, method: PhantomData }
    }

    /// How long it may take from the first poll to the reply; then it settles as
    /// [`RequestError::TimedOut`]. Has no effect after the first poll. The default is the
    /// client's [`request_timeout`](crate::ClientBuilder::request_timeout).
    pub fn timeout(mut self, after: Duration) -> Self {
        self.call.set_timeout(after);
        self
    }

    /// Names the request, so that it is run only once however often it is sent: if
    /// the server may have lost it, it is sent again, and a request of this method
    /// with the same key gets the outcome of the first one, for as long as the server
    /// remembers it (10 min by default).
    ///
    /// The key has 1 to 128 bytes and must be hard to guess, such as a UUID. Has no
    /// effect after the first poll.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.call.set_delivery(Delivery::Keyed(key.into()));
        self
    }

    /// Makes it a request that is of use only now: without a connection it settles at
    /// once as [`RequestError::NotSent`], and when the connection breaks before the
    /// reply as [`RequestError::Unknown`]. Has no effect after the first poll.
    pub fn volatile(mut self) -> Self {
        self.call.set_delivery(Delivery::Volatile);
        self
    }
}

impl<M: Method> Future for Request<M> {
    type Output = Result<M::Reply, RequestError<M::Error>>;

    /// Pending for ever once it has settled.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = ready!(Pin::new(&mut self.call).poll(cx));
        Poll::Ready(match outcome {
            Ok(reply) => json::from_payload(reply).map_err(|error| RequestError::bad_reply(&error)),
            Err(failure) => Err(RequestError::of(failure)),
        })
    }
}

impl<M: Method> fmt::Debug for Request<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("method", &M::NAME).finish_non_exhaustive()
    }
}
