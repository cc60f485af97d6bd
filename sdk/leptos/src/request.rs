use std::marker::PhantomData;
use std::rc::Rc;

use fader::{Method, RequestError};
use leptos::prelude::*;

use crate::task::Task;
use crate::{ClientHandle, use_client};

/// A call of a method as signals; made by [`use_request`].
pub struct RequestSignals<M: Method> {
    client: ClientHandle,
    reply: RwSignal<Option<Rc<M::Reply>>, LocalStorage>,
    error: RwSignal<Option<Rc<RequestError<M::Error>>>, LocalStorage>,
    pending: RwSignal<bool>,
    call: StoredValue<Option<Task>, LocalStorage>,
    method: PhantomData<fn() -> M>,
}

/// Calls of the method `M` by the client in the context, one at a time. Nothing
/// is called before [`RequestSignals::send`].
///
/// # Panics
/// When no client was [provided](crate::provide_client).
#[must_use]
pub fn use_request<M: Method>() -> RequestSignals<M> {
    RequestSignals {
        client: use_client(),
        reply: RwSignal::new_local(None),
        error: RwSignal::new_local(None),
        pending: RwSignal::new(false),
        call: StoredValue::new_local(None),
        method: PhantomData,
    }
}

impl<M: Method> RequestSignals<M> {
    /// Calls the method. A call that is still pending is cancelled.
    pub fn send(self, params: &M::Params) {
        let request = self.client.try_client().map(|client| client.request::<M>(params));
        // An event may come after the component is gone.
        let Some(request) = request else { return };
        self.pending.set(true);
        let call = Task::spawn(async move {
            let outcome = request.await;
            self.pending.set(false);
            match outcome {
                Ok(reply) => {
                    self.reply.set(Some(Rc::new(reply)));
                    self.error.set(None);
                }
                Err(error) => self.error.set(Some(Rc::new(error))),
            }
        });
        self.call.set_value(Some(call));
    }

    /// The newest reply; nothing before the first. Tracked.
    #[must_use]
    pub fn reply(self) -> Option<Rc<M::Reply>> {
        self.reply.get()
    }

    /// Why the last call has no reply; nothing if it has one. Tracked.
    #[must_use]
    pub fn error(self) -> Option<Rc<RequestError<M::Error>>> {
        self.error.get()
    }

    /// Whether a call waits for its reply. Tracked.
    #[must_use]
    pub fn pending(self) -> bool {
        self.pending.get()
    }
}

impl<M: Method> Clone for RequestSignals<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Method> Copy for RequestSignals<M> {}
