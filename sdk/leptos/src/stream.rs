use std::marker::PhantomData;
use std::rc::Rc;

use fader::{RequestError, StreamMethod};
use futures_util::StreamExt;
use leptos::prelude::*;

use crate::task::Task;
use crate::{ClientHandle, use_client};

/// A call of a method that answers with many items, as signals; made by [`use_stream`].
pub struct StreamSignals<M: StreamMethod> {
    client: ClientHandle,
    last: RwSignal<Option<Rc<M::Item>>, LocalStorage>,
    count: RwSignal<usize>,
    error: RwSignal<Option<Rc<RequestError<M::Error>>>, LocalStorage>,
    running: RwSignal<bool>,
    call: StoredValue<Option<Task>, LocalStorage>,
    method: PhantomData<fn() -> M>,
}

/// Calls of the stream method `M` by the client in the context, one at a time. Nothing is
/// called before [`StreamSignals::start`].
///
/// # Panics
/// When no client was [provided](crate::provide_client).
#[must_use]
pub fn use_stream<M: StreamMethod>() -> StreamSignals<M> {
    StreamSignals {
        client: use_client(),
        last: RwSignal::new_local(None),
        count: RwSignal::new(0),
        error: RwSignal::new_local(None),
        running: RwSignal::new(false),
        call: StoredValue::new_local(None),
        method: PhantomData,
    }
}

impl<M: StreamMethod> StreamSignals<M> {
    /// Calls the method. A call that still runs is given up.
    pub fn start(self, params: &M::Params) {
        self.start_with(params, |_| ());
    }

    /// Calls the method, and `take` with each item: signals skip what nobody looked at.
    pub fn start_with(self, params: &M::Params, take: impl Fn(&M::Item) + 'static) {
        let items = self.client.try_client().map(|client| client.stream::<M>(params));
        // An event may come after the component is gone.
        let Some(mut items) = items else { return };
        self.last.set(None);
        self.count.set(0);
        self.error.set(None);
        self.running.set(true);
        let call = Task::spawn(async move {
            while let Some(item) = items.next().await {
                match item {
                    Ok(item) => {
                        take(&item);
                        self.last.set(Some(Rc::new(item)));
                        self.count.update(|count| *count += 1);
                    }
                    Err(error) => self.error.set(Some(Rc::new(error))),
                }
            }
            self.running.set(false);
        });
        self.call.set_value(Some(call));
    }

    /// Gives the call up: the server is told to stop.
    pub fn stop(self) {
        self.call.set_value(None);
        self.running.set(false);
    }

    /// The newest item of the present call. Tracked.
    #[must_use]
    pub fn last(self) -> Option<Rc<M::Item>> {
        self.last.get()
    }

    /// How many items of the present call have come. Tracked.
    #[must_use]
    pub fn count(self) -> usize {
        self.count.get()
    }

    /// Why the present call failed; nothing if it did not. Tracked.
    #[must_use]
    pub fn error(self) -> Option<Rc<RequestError<M::Error>>> {
        self.error.get()
    }

    /// Whether more may come. Tracked.
    #[must_use]
    pub fn running(self) -> bool {
        self.running.get()
    }
}

impl<M: StreamMethod> Clone for StreamSignals<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: StreamMethod> Copy for StreamSignals<M> {}
