use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, WebSocketUpgrade};
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fader_protocol::{SUBPROTOCOL_JSON, close};

use crate::Server;
use crate::greeting::Greeting;
use crate::random::random_text;
use crate::server::Shared;
use crate::session::Credentials;
use crate::socket::Socket;

/// tungstenite's own buffers take 128 KiB each for every connection.
const BUFFER: usize = 4 * 1024;

/// How many refused clients at a time are told why. The others get an HTTP status.
pub(crate) const TOLD: usize = 64;
/// The address of a client, for the server to know whom to charge with what it keeps for
/// those who have no name.
///
/// A layer of the router puts it into the extensions of the request where the connection
/// itself does not come from the client but from a proxy, which says for whom it asks. Take
/// it only from a proxy that you trust: anybody can write an `X-Forwarded-For`. Without it,
/// the address is that of axum's [`ConnectInfo`], if the app is served with
/// `into_make_service_with_connect_info::<SocketAddr>()`. If neither is there, all clients
/// without a name are charged together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

fn address(extensions: &Extensions) -> Option<IpAddr> {
    let told = extensions.get::<ClientAddress>().map(|address| address.0);
    told.or_else(|| Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip()))
}

/// Answers a WebSocket handshake.
pub(crate) fn upgrade(
    server: &Server,
    headers: &HeaderMap,
    extensions: &Extensions,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let shared = &server.shared;
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let config = &shared.common.config;
    let (receives, sends) = (config.accepts.message_bytes, config.sends.message_bytes);
    let upgrade = upgrade
        .protocols([SUBPROTOCOL_JSON])
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(receives)
        .max_frame_size(receives)
        // What is buffered, one message, and a close frame.
        .max_write_buffer_size(sends + 2 * BUFFER);

    if let Err(refusal) = shared.admission.check(headers) {
        shared.admission.log(refusal);
        let (status, reason) = (StatusCode::FORBIDDEN, refusal.to_string());
        if refusal.is_of_page() {
            return refuse(shared, upgrade, status, close::FORBIDDEN, reason);
        }
        return (status, reason).into_response();
    }
    if upgrade.selected_protocol().is_none() {
        let reason = format!("this server speaks {SUBPROTOCOL_JSON}");
        let status = StatusCode::BAD_REQUEST;
        return refuse(shared, upgrade, status, close::UNSUPPORTED_VERSION, reason);
    }
    let (Some(session), Some(secret)) = (random_text(), random_text()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let greeting = Greeting::new(server, Credentials::new(session, secret), address(extensions));
    let queue_bytes = shared.queue_bytes;
    upgrade.on_upgrade(move |socket| greeting.run(Socket::new(socket, queue_bytes)))
}

/// Completes the handshake only to close the connection with a reason, which a page
/// can read, unlike an HTTP status. Nothing that it sends is looked at.
fn refuse(
    shared: &Shared,
    mut upgrade: WebSocketUpgrade,
    status: StatusCode,
    code: u16,
    reason: String,
) -> Response {
    // Whoever floods the server with such handshakes costs it no more than this many.
    let Ok(permit) = Arc::clone(&shared.refusals).try_acquire_owned() else {
        return (status, reason).into_response();
    };
    if upgrade.selected_protocol().is_none() {
        // A browser takes a handshake for failed that chooses none of its protocols.
        let offered = upgrade.requested_protocols().find(|offered| !offered.is_empty()).cloned();
        if let Some(offered) = offered {
            upgrade.set_selected_protocol(offered);
        }
    }
    upgrade.on_upgrade(async move |socket| {
        Socket::new(socket, 0).close(code, &reason).await;
        drop(permit);
    })
}
