use axum::extract::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fader_protocol::{SUBPROTOCOL_JSON, close};

use crate::Server;
use crate::greeting::Greeting;
use crate::log_limiter::limited;
use crate::peer_text::PeerText;
use crate::random::random_text;
use crate::session::Credentials;
use crate::socket::Socket;

/// tungstenite's own buffers take 128 KiB each for every connection.
const BUFFER: usize = 4 * 1024;

/// Answers a WebSocket handshake.
pub(crate) fn upgrade(
    server: &Server,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let shared = &server.shared;
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    if !shared.origins.allow(headers) {
        let origin = headers.get("origin").map(PeerText::new).map(tracing::field::display);
        limited!(warn, origin, "refused a page of another origin");
        return (StatusCode::FORBIDDEN, "pages of this origin may not connect").into_response();
    }
    let (Some(session), Some(secret)) = (random_text(), random_text()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let config = &shared.common.config;
    let (receives, sends) = (config.accepts.message_bytes, config.sends.message_bytes);
    let mut upgrade = upgrade
        .protocols([SUBPROTOCOL_JSON])
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(receives)
        .max_frame_size(receives)
        // What is buffered, one message, and a close frame.
        .max_write_buffer_size(sends + 2 * BUFFER);

    let queue_bytes = shared.queue_bytes;
    if upgrade.selected_protocol().is_none() {
        // A page can read a close reason but no HTTP error, and only if the
        // handshake succeeds, for which one of its own protocols must be chosen.
        let offered = upgrade.requested_protocols().find(|offered| !offered.is_empty()).cloned();
        if let Some(offered) = offered {
            upgrade.set_selected_protocol(offered);
        }
        return upgrade.on_upgrade(async move |socket| {
            let reason = format!("this server speaks {SUBPROTOCOL_JSON}");
            Socket::new(socket, queue_bytes).close(close::UNSUPPORTED_VERSION, &reason).await;
        });
    }
    let greeting = Greeting::new(server, Credentials::new(session, secret));
    upgrade.on_upgrade(move |socket| greeting.run(Socket::new(socket, queue_bytes)))
}
