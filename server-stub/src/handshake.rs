use axum::extract::{FromRequestParts, WebSocketUpgrade};
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tungstenite::handshake::derive_accept_key;

use crate::transport::Transport;

/// A request for a WebSocket, which axum has checked. The connection is taken over
/// here and not by axum, whose WebSocket does not let anyone at what is below it.
#[derive(Debug)]
pub(crate) struct Handshake {
    checked: WebSocketUpgrade,
    on_upgrade: OnUpgrade,
    key: HeaderValue,
}

impl<S: Send + Sync> FromRequestParts<S> for Handshake {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let on_upgrade = parts.extensions.get::<OnUpgrade>().cloned();
        let key = parts.headers.get(SEC_WEBSOCKET_KEY).cloned();
        let checked = WebSocketUpgrade::from_request_parts(parts, state).await;
        let checked = checked.map_err(IntoResponse::into_response)?;
        let (Some(on_upgrade), Some(key)) = (on_upgrade, key) else {
            return Err(StatusCode::UPGRADE_REQUIRED.into_response());
        };
        Ok(Self { checked, on_upgrade, key })
    }
}

impl Handshake {
    /// The first of these subprotocols that the client offers.
    pub(crate) fn choose(&self, protocol: &str) -> Option<HeaderValue> {
        self.offered().find(|offered| offered.as_bytes() == protocol.as_bytes()).cloned()
    }

    /// The subprotocols that the client offers.
    pub(crate) fn offered(&self) -> impl Iterator<Item = &HeaderValue> {
        self.checked.requested_protocols().filter(|offered| !offered.is_empty())
    }

    /// Accepts, and calls `then` with the connection once it is ours.
    pub(crate) fn accept<Fut>(
        self,
        protocol: Option<HeaderValue>,
        then: impl FnOnce(Transport) -> Fut + Send + 'static,
    ) -> Response
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        let Self { on_upgrade, key, .. } = self;
        tokio::spawn(async move {
            match on_upgrade.await {
                Ok(upgraded) => then(Transport::new(TokioIo::new(upgraded))).await,
                Err(error) => tracing::debug!(%error, "gone before the handshake was over"),
            }
        });
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = derive_accept_key(key.as_bytes()).parse() {
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        }
        if let Some(protocol) = protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        response
    }
}
