use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fader_protocol::{SUBPROTOCOL_JSON, close};

use crate::Server;
use crate::greeting::Greeting;
use crate::handshake::Handshake;
use crate::random::random_text;
use crate::server::Shared;
use crate::session::Credentials;
use crate::socket::{Socket, SocketConfig};

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
    handshake: Result<Handshake, Response>,
) -> Response {
    let shared = &server.shared;
    let handshake = match handshake {
        Ok(handshake) => handshake,
        Err(rejection) => return rejection,
    };
    shared.pauses.watch();
    if let Err(refusal) = shared.admission.check(headers) {
        shared.admission.log(refusal);
        let (status, reason) = (StatusCode::FORBIDDEN, refusal.to_string());
        if refusal.is_of_page() {
            return refuse(shared, handshake, status, close::FORBIDDEN, reason);
        }
        return (status, reason).into_response();
    }
    let chosen = handshake.choose(SUBPROTOCOL_JSON);
    if chosen.is_none() {
        let reason = format!("this server speaks {SUBPROTOCOL_JSON}");
        let status = StatusCode::BAD_REQUEST;
        return refuse(shared, handshake, status, close::UNSUPPORTED_VERSION, reason);
    }
    let (Some(session), Some(secret)) = (random_text(), random_text()) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let greeting = Greeting::new(server, Credentials::new(session, secret), address(extensions));
    let config = SocketConfig::of(shared);
    handshake.accept(chosen, async move |transport| {
        greeting.run(Socket::new(transport, config).await).await;
    })
}

/// Completes the handshake only to close the connection with a reason, which a page
/// can read, unlike an HTTP status. Nothing that it sends is looked at.
fn refuse(
    shared: &Shared,
    handshake: Handshake,
    status: StatusCode,
    code: u16,
    reason: String,
) -> Response {
    // Whoever floods the server with such handshakes costs it no more than this many.
    let Ok(permit) = Arc::clone(&shared.refusals).try_acquire_owned() else {
        return (status, reason).into_response();
    };
    // A browser takes a handshake for failed that chooses none of its protocols.
    let chosen = handshake.choose(SUBPROTOCOL_JSON);
    let chosen = chosen.or_else(|| handshake.offered().next().cloned());
    let config = SocketConfig::of(shared);
    handshake.accept(chosen, async move |transport| {
        Socket::new(transport, config).await.close(code, &reason).await;
        drop(permit);
    })
}
