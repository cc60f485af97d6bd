use fader::Client;
use leptos::prelude::*;

/// A handle of the client that belongs to the owner in which it was provided.
#[derive(Clone, Copy)]
struct Provided(StoredValue<Client, LocalStorage>);

/// Provides `client` to the present owner and those below it. With the owner
/// the handle is dropped.
pub fn provide_client(client: Client) {
    provide_context(Provided(StoredValue::new_local(client)));
}

/// The client that was provided by [`provide_client`].
///
/// # Panics
/// When none was.
#[must_use]
pub fn use_client() -> Client {
    let Provided(client) = use_context().expect("a client, from `provide_client` further up");
    client.get_value()
}
