use fader_protocol::close;
use js_sys::{ArrayBuffer, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

#[wasm_bindgen(module = "/src/platform.js")]
extern "C" {
    fn open(
        constructor: Option<&Function>,
        url: &str,
        subprotocols: &str,
        tell: &Function,
    ) -> JsValue;
    #[wasm_bindgen(js_name = close)]
    fn js_close(socket: &WebSocket, code: u16, reason: &str);
    /// Tells the developer why there is no connection.
    pub(crate) fn report(kind: &str, code: u16, reason: &str);
    #[wasm_bindgen(js_name = drop)]
    fn js_drop(socket: &WebSocket);
}

/// What `platform.js` tells, besides the codes of closes.
const OPENED: u16 = 0;
const MESSAGE: u16 = 1;

/// What a WebSocket carries.
pub trait Message: Sized + 'static {
    /// The data of a message event; nothing if it is of no meaning here.
    fn received(data: JsValue) -> Option<Self>;

    /// Sends it over a WebSocket that is open. One to any other is lost.
    fn send(self, over: &WebSocket);
}

impl Message for fader_protocol::Message {
    fn received(data: JsValue) -> Option<Self> {
        match data.dyn_ref::<ArrayBuffer>() {
            Some(buffer) => Some(Self::Binary(Uint8Array::new(buffer).to_vec())),
            None => data.as_string().map(Self::Text),
        }
    }

    fn send(self, over: &WebSocket) {
        if over.ready_state() != WebSocket::OPEN {
            return;
        }
        // Throws only while connecting.
        let _ = match self {
            Self::Text(text) => over.send_with_str(&text),
            Self::Binary(bytes) => over.send_with_u8_array(&bytes),
        };
    }
}

/// What a socket reports.
pub(crate) enum SocketEvent<M> {
    Opened,
    Message(M),
    /// A message of a kind that has no meaning here.
    Unreadable,
    Closed {
        code: u16,
        reason: String,
    },
}

/// A WebSocket of the browser. Once dropped, it is closed and reports nothing more.
pub(crate) struct Socket {
    web_socket: WebSocket,
    /// Kept for as long as the browser may call it.
    _tell: Closure<dyn Fn(u16, JsValue)>,
}

impl Socket {
    /// Begins to connect. Fails where the browser refuses to try, with its reason.
    pub(crate) fn open<M: Message>(
        constructor: Option<&Function>,
        url: &str,
        subprotocols: &[&str],
        on_event: impl Fn(SocketEvent<M>) + 'static,
    ) -> Result<Self, String> {
        let tell = Closure::<dyn Fn(u16, JsValue)>::new(move |what: u16, data: JsValue| {
            on_event(match what {
                OPENED => SocketEvent::Opened,
                MESSAGE => M::received(data).map_or(SocketEvent::Unreadable, SocketEvent::Message),
                code => SocketEvent::Closed { code, reason: data.as_string().unwrap_or_default() },
            });
        });
        let web_socket =
            open(constructor, url, &subprotocols.join(" "), tell.as_ref().unchecked_ref());
        match web_socket.as_string() {
            Some(reason) => Err(reason),
            // Whatever it is called, it is used as a WebSocket.
            None => Ok(Self { web_socket: web_socket.unchecked_into(), _tell: tell }),
        }
    }

    /// A message to a socket that is closing is lost; its close event says so.
    pub(crate) fn send<M: Message>(&self, message: M) {
        message.send(&self.web_socket);
    }

    /// Closes without waiting for the server's answer, which may never come.
    pub(crate) fn close(&self, code: u16, reason: &str) {
        js_close(&self.web_socket, code, close::fit_reason(reason));
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        js_drop(&self.web_socket);
    }
}
