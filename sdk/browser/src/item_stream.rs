use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use fader_core::{NotSent, RawPayload, RequestId};
use fader_protocol::{StreamMethod, json};
use futures_core::Stream;

use crate::RequestError;
use crate::driver::{Driver, StreamEvents};

/// The items that a method answers with; made by
/// [`Client::stream`](crate::Client::stream).
///
/// A stream that begins when it is first polled, and ends with the method's end, or
/// after an error. The server sends as many items as the app takes, and at most
/// [`QueueConfig::stream_items`](crate::QueueConfig::stream_items) (64 by default)
/// ahead of it: an app that does not read stops the server. There is no timeout.
/// Dropping it gives it up: the server is told to stop.
///
/// ```no_run
/// use fader::{Client, NoError, StreamMethod};
/// use futures_util::TryStreamExt;
///
/// struct Countdown;
///
/// impl StreamMethod for Countdown {
///     const NAME: &'static str = "countdown";
///     type Params = u32;
///     type Item = u32;
///     type Error = NoError;
/// }
///
/// # async fn page(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let mut countdown = client.stream::<Countdown>(&10);
/// while let Some(number) = countdown.try_next().await? {
///     web_sys::console::log_1(&number.into());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct ItemStream<M: StreamMethod> {
    driver: Rc<Driver>,
    stage: Stage,
    method: PhantomData<fn() -> M>,
}

enum Stage {
    New { params: Option<RawPayload> },
    Open { id: RequestId, inbox: Rc<Inbox> },
    Ended,
}

/// What came and was not taken. The core bounds it.
#[derive(Default)]
struct Inbox {
    items: RefCell<VecDeque<RawPayload>>,
    outcome: RefCell<Option<Result<(), fader_core::RequestError<RawPayload>>>>,
    reader: Cell<Option<Waker>>,
}

impl<M: StreamMethod> ItemStream<M> {
    pub(crate) fn new(driver: Rc<Driver>, params: &M::Params) -> Self {
        let stage = Stage::New { params: json::to_payload(params).ok() };
        Self { driver, stage, method: PhantomData }
    }

    fn begin(&mut self, params: RawPayload) {
        let id = self.driver.command(|core, now| core.stream(now, M::NAME, params));
        let inbox = Rc::new(Inbox::default());
        self.driver.watch_stream(id, inbox.clone());
        self.stage = Stage::Open { id, inbox };
    }

    fn end(&mut self) {
        if let Stage::Open { id, .. } = std::mem::replace(&mut self.stage, Stage::Ended) {
            self.driver.unwatch_stream(id);
        }
    }
}

impl<M: StreamMethod> Stream for ItemStream<M> {
    type Item = Result<M::Item, RequestError<M::Error>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Stage::New { params } = &mut this.stage {
            let Some(params) = params.take() else {
                this.stage = Stage::Ended;
                let not_sent = RequestError::NotSent(NotSent::Unserializable);
                return Poll::Ready(Some(Err(not_sent)));
            };
            this.begin(params);
        }
        let Stage::Open { id, inbox } = &this.stage else { return Poll::Ready(None) };
        let (id, inbox) = (*id, inbox.clone());
        let item = inbox.items.borrow_mut().pop_front();
        if let Some(item) = item {
            this.driver.command(|core, now| core.stream_consumed(now, id, 1));
            return Poll::Ready(Some(json::from_payload(item).map_err(|error| {
                this.end();
                RequestError::bad_reply(&error)
            })));
        }
        let outcome = inbox.outcome.borrow_mut().take();
        if let Some(outcome) = outcome {
            this.end();
            return Poll::Ready(outcome.err().map(|failure| Err(RequestError::of(failure))));
        }
        inbox.reader.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl<M: StreamMethod> Drop for ItemStream<M> {
    fn drop(&mut self) {
        self.end();
    }
}

impl<M: StreamMethod> fmt::Debug for ItemStream<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemStream").field("method", &M::NAME).finish_non_exhaustive()
    }
}

impl Inbox {
    fn wake(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl StreamEvents for Inbox {
    fn item(&self, item: RawPayload) {
        self.items.borrow_mut().push_back(item);
        self.wake();
    }

    fn ended(&self, outcome: Result<(), fader_core::RequestError<RawPayload>>) {
        self.outcome.replace(Some(outcome));
        self.wake();
    }
}
