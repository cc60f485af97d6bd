use std::rc::Rc;

use fader_protocol::close;
use js_sys::{Array, ArrayBuffer, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

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
    _handlers: Handlers,
}

/// Kept for as long as the browser may call them.
struct Handlers {
    _open: Closure<dyn Fn()>,
    _message: Closure<dyn Fn(MessageEvent)>,
    _close: Closure<dyn Fn(CloseEvent)>,
    _error: Closure<dyn Fn()>,
}

impl Socket {
    /// Begins to connect. Fails where the browser refuses to try, with its reason.
    pub(crate) fn open<M: Message>(
        constructor: Option<&Function>,
        url: &str,
        subprotocols: &[&str],
        on_event: impl Fn(SocketEvent<M>) + 'static,
    ) -> Result<Self, String> {
        let subprotocols: Array = subprotocols.iter().map(|name| JsValue::from_str(name)).collect();
        let web_socket = match constructor {
            None => WebSocket::new_with_str_sequence(url, &subprotocols),
            // Whatever it is called, it is used as a WebSocket.
            Some(constructor) => {
                Reflect::construct(constructor, &Array::of2(&url.into(), &subprotocols))
                    .map(JsCast::unchecked_into)
            }
        };
        let web_socket = web_socket.map_err(|error| describe(&error))?;
        web_socket.set_binary_type(BinaryType::Arraybuffer);

        let on_event = Rc::new(on_event);
        let on_open = on_event.clone();
        let open = Closure::<dyn Fn()>::new(move || on_open(SocketEvent::Opened));
        let on_message = on_event.clone();
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            on_message(
                M::received(event.data()).map_or(SocketEvent::Unreadable, SocketEvent::Message),
            );
        });
        let on_close = on_event.clone();
        let close = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            on_close(SocketEvent::Closed { code: event.code(), reason: event.reason() });
        });
        // An error is always the end. The close event that follows would say 1006
        // and nothing else, and after a refusal by a Content Security Policy it
        // does not come at all.
        let error = Closure::<dyn Fn()>::new(move || {
            on_event(SocketEvent::Closed { code: close::ABNORMAL, reason: String::new() });
        });
        web_socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        web_socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        web_socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        web_socket.set_onerror(Some(error.as_ref().unchecked_ref()));
        let handlers = Handlers { _open: open, _message: message, _close: close, _error: error };
        Ok(Self { web_socket, _handlers: handlers })
    }

    /// A message to a socket that is closing is lost; its close event says so.
    pub(crate) fn send<M: Message>(&self, message: M) {
        message.send(&self.web_socket);
    }

    /// Closes without waiting for the server's answer, which may never come.
    pub(crate) fn close(&self, code: u16, reason: &str) {
        // Throws only for a code or a reason that the core does not give.
        let _ = self.web_socket.close_with_code_and_reason(code, close::fit_reason(reason));
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.web_socket.set_onopen(None);
        self.web_socket.set_onmessage(None);
        self.web_socket.set_onclose(None);
        self.web_socket.set_onerror(None);
        // Does nothing if it is closed already.
        let _ = self.web_socket.close();
    }
}

/// What a thrown value says.
fn describe(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => error.as_string().unwrap_or_default(),
    }
}
