use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use fader_core::{Delivery, NotSent, RawPayload, RequestError, RequestId};
use futures_channel::oneshot;

use crate::driver::{Driver, Outcome};

/// A request of any kind as a future, with payloads that are not looked into. It
/// leaves when it is first polled, and is given up when it is dropped.
pub(crate) struct Call {
    driver: Rc<Driver>,
    target: Target,
    stage: Stage,
}

/// What is called.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    Method(&'static str),
    Topic(&'static str),
}

enum Stage {
    New { params: Option<RawPayload>, delivery: Delivery, timeout: Option<Duration> },
    Waiting { id: RequestId, outcome: oneshot::Receiver<Outcome> },
    Settled,
}

impl Call {
    /// Without params, if those have no form in which they could travel.
    pub(crate) fn new(driver: Rc<Driver>, target: Target, params: Option<RawPayload>) -> Self {
        let stage = Stage::New { params, delivery: Delivery::default(), timeout: None };
        Self { driver, target, stage }
    }

    /// Has no effect after the first poll.
    pub(crate) fn set_timeout(&mut self, after: Duration) {
        if let Stage::New { timeout, .. } = &mut self.stage {
            *timeout = Some(after);
        }
    }

    /// Has no effect after the first poll.
    pub(crate) fn set_delivery(&mut self, new: Delivery) {
        if let Stage::New { delivery, .. } = &mut self.stage {
            *delivery = new;
        }
    }
}

impl Future for Call {
    type Output = Outcome;

    /// Pending for ever once it has settled.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let this = &mut *self;
        if let Stage::New { params, delivery, timeout } = &mut this.stage {
            let Some(params) = params.take() else {
                this.stage = Stage::Settled;
                return Poll::Ready(Err(RequestError::NotSent(NotSent::Unserializable)));
            };
            let delivery = std::mem::take(delivery);
            let (id, outcome) = this.driver.call(this.target, params, delivery, *timeout);
            this.stage = Stage::Waiting { id, outcome };
        }
        let Stage::Waiting { outcome, .. } = &mut this.stage else { return Poll::Pending };
        let outcome = ready!(Pin::new(outcome).poll(cx));
        this.stage = Stage::Settled;
        // The other end is only dropped with the driver, which is held here.
        let mut outcome = outcome.unwrap_or(Err(RequestError::Closed));
        if let Err(RequestError::TimedOut(unanswered)) = &mut outcome {
            let (Target::Method(name) | Target::Topic(name)) = this.target;
            unanswered.name = name.into();
        }
        Poll::Ready(outcome)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Stage::Waiting { id, .. } = self.stage {
            self.driver.cancel(id);
        }
    }
}
