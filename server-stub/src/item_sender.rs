use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fader_protocol::{MessageLimits, RawPayload, Rejection, code};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::payload::to_payload;
use crate::registry::unserializable;
use crate::session::{Feed, unfit};

/// Where a stream's handler puts its items.
#[derive(Debug)]
pub struct ItemSender<I> {
    feed: Feed,
    sends: MessageLimits,
    failure: Failure,
    item: PhantomData<fn(I)>,
}

/// Why a stream ends with an error, whatever its handler says. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failure(Arc<Mutex<Option<Rejection<RawPayload>>>>);

impl Failure {
    pub(crate) fn take(&self) -> Option<Rejection<RawPayload>> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Rejection<RawPayload>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody listens to a stream any more: the caller gave up, the session is over,
/// or an item could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody listens to the stream any more")]
pub struct StreamOver;

impl<I: Serialize + DeserializeOwned + 'static> ItemSender<I> {
    pub(crate) fn new(feed: Feed, sends: MessageLimits, failure: Failure) -> Self {
        Self { feed, sends, failure, item: PhantomData }
    }

    /// Sends an item, once the caller has asked for it and there is room.
    ///
    /// An item that has no JSON form, or is larger than a client accepts, ends the
    /// stream with an error of code `internal` or `too-large`.
    ///
    /// # Errors
    /// When nobody listens any more: the handler should return.
    pub async fn send(&self, item: I) -> Result<(), StreamOver> {
        let item = match self.check(&item) {
            Ok(item) => item,
            Err(rejection) => {
                *self.failure.lock() = Some(rejection);
                return Err(StreamOver);
            }
        };
        let is_heard = self.feed.send(item).await;
        if is_heard { Ok(()) } else { Err(StreamOver) }
    }

    fn check(&self, item: &I) -> Result<RawPayload, Rejection<RawPayload>> {
        let item = to_payload(item).map_err(|e| unserializable(&e))?;
        match unfit("item", &item, &self.sends) {
            Some(why) => Err(Rejection::new(code::TOO_LARGE, why)),
            None => Ok(item),
        }
    }
}
