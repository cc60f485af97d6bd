//! Clients of a scripted server.

use fader::{Client, ClientBuilder, State};
use fader_test_page::{FakeSocket, Page};

pub(crate) fn builder() -> ClientBuilder {
    Client::builder("ws://server.test/fader")
}

/// A client that is connected, and the server's end of the connection.
pub(crate) fn connected(page: &Page) -> (Client, FakeSocket) {
    let client = builder().connect().unwrap();
    let socket = page.socket();
    socket.welcome();
    assert_eq!(client.state(), State::Open);
    (client, socket)
}

/// Whether it waits for its next attempt to connect.
pub(crate) fn is_waiting(client: &Client) -> bool {
    matches!(client.state(), State::Waiting { .. })
}
