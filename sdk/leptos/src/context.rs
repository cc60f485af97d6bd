use fader::{Client, ItemStream, Method, Publish, Request, StreamMethod, Topic};
use leptos::prelude::*;

/// A client that belongs to the reactive owner in which it was provided. It is `Copy`, so
/// that it can be moved into event handlers, `Action`s, resources and signals.
///
/// ```no_run
/// # use fader::{Method, NoError};
/// # use fader_leptos::use_client;
/// # use leptos::prelude::*;
/// # struct Sum;
/// # impl Method for Sum {
/// #     const NAME: &'static str = "sum";
/// #     type Params = Vec<i32>;
/// #     type Reply = i32;
/// #     type Error = NoError;
/// # }
/// #[component]
/// fn Add() -> impl IntoView {
///     let client = use_client();
///     let add = Action::new_local(move |numbers: &Vec<i32>| client.request::<Sum>(numbers));
///     view! { <button on:click=move |_| { add.dispatch_local(vec![1, 2]); }>"Add"</button> }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ClientHandle(StoredValue<Client, LocalStorage>);

/// Provides `client` to the present owner and those below it. With the owner
/// the client's handle is dropped.
pub fn provide_client(client: Client) {
    provide_context(ClientHandle(StoredValue::new_local(client)));
}

/// The client that was provided by [`provide_client`].
///
/// # Panics
/// When none was.
#[must_use]
pub fn use_client() -> ClientHandle {
    use_context().expect("a client, from `provide_client` further up")
}

/// # Panics
/// All panic once the owner is gone in which the client was provided: nothing below it
/// runs any more then. What may run later asks [`try_client`](Self::try_client).
impl ClientHandle {
    /// The client itself.
    #[must_use]
    pub fn client(self) -> Client {
        self.0.get_value()
    }

    /// The client itself; nothing once its owner is gone.
    #[must_use]
    pub fn try_client(self) -> Option<Client> {
        self.0.try_get_value()
    }

    /// Calls a method; with a timeout, a key and the rest as [`Client::request`] has them.
    pub fn request<M: Method>(self, params: &M::Params) -> Request<M> {
        self.client().request::<M>(params)
    }

    /// Calls a method that answers with many items: [`Client::stream`].
    pub fn stream<M: StreamMethod>(self, params: &M::Params) -> ItemStream<M> {
        self.client().stream::<M>(params)
    }

    /// Publishes an event: [`Client::publish`].
    pub fn publish<T: Topic>(self, event: &T::Event) -> Publish<T> {
        self.client().publish::<T>(event)
    }

    /// Connects at once instead of waiting: [`Client::retry_now`].
    pub fn retry_now(self) {
        self.client().retry_now();
    }

    /// After a login or a logout: [`Client::renew_credentials`].
    pub fn renew_credentials(self) {
        self.client().renew_credentials();
    }

    /// Closes the client for good: [`Client::close`].
    pub fn close(self) {
        self.client().close();
    }
}
