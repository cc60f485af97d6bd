use js_sys::Uint8Array;
use serde_json::Value;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/page.js")]
extern "C" {
    /// A socket of the client under test, seen from the server's end.
    #[wasm_bindgen(js_name = FakeWebSocket)]
    #[derive(Debug, Clone)]
    pub type FakeSocket;

    /// Where the client connected to.
    #[wasm_bindgen(method, getter)]
    pub fn url(this: &FakeSocket) -> String;

    /// The subprotocols that the client offered.
    #[wasm_bindgen(method, getter)]
    pub fn protocols(this: &FakeSocket) -> Vec<String>;

    /// The code and the reason with which the client closed it, if it did.
    #[wasm_bindgen(method, getter, js_name = closedWith)]
    pub fn closed_with(this: &FakeSocket) -> Option<String>;

    /// How many handlers the client has on it.
    #[wasm_bindgen(method)]
    pub fn handlers(this: &FakeSocket) -> usize;

    /// The connection is made.
    #[wasm_bindgen(method)]
    pub fn open(this: &FakeSocket);

    /// The client receives a text message.
    #[wasm_bindgen(method)]
    pub fn receive(this: &FakeSocket, text: &str);

    /// The client will receive a text message while it sends its next one: no
    /// network does that, but other people's scripted sockets do.
    #[wasm_bindgen(method, js_name = answerAtOnce)]
    pub fn answer_at_once(this: &FakeSocket, text: &str);

    /// The client receives a binary message.
    #[wasm_bindgen(method, js_name = receiveBinary)]
    pub fn receive_binary(this: &FakeSocket, message: Uint8Array);

    /// The client receives a message of a kind that it did not ask for.
    #[wasm_bindgen(method, js_name = receiveBlob)]
    pub fn receive_blob(this: &FakeSocket);

    /// The binary messages that the client sent since this was asked last.
    #[wasm_bindgen(method, js_name = takeSentBinary)]
    pub fn take_sent_binary(this: &FakeSocket) -> Vec<Uint8Array>;

    /// The connection ends with a close event.
    #[wasm_bindgen(method)]
    pub fn end(this: &FakeSocket, code: u16, reason: &str);

    /// The connection ends with an error event, and no close event follows.
    #[wasm_bindgen(method)]
    pub fn fail(this: &FakeSocket);

    #[wasm_bindgen(method, js_name = takeSent)]
    fn take_sent(this: &FakeSocket) -> Vec<String>;
}

/// The codes of ping and ack frames.
const PING: u64 = 2;
const ACK: u64 = 4;

impl FakeSocket {
    /// The messages that the client sent since this was asked last, as their
    /// frames. Pings and acks are left out: they come when the client sees fit.
    ///
    /// # Panics
    /// When one is not a JSON array.
    #[must_use]
    pub fn sent(&self) -> Vec<Vec<Value>> {
        let messages = self.take_sent().into_iter().map(|text| frames(&text));
        let is_other = |frame: &Value| frame[0] != PING && frame[0] != ACK;
        let others = messages.map(|frames| frames.into_iter().filter(is_other).collect());
        others.filter(|frames: &Vec<Value>| !frames.is_empty()).collect()
    }

    /// Whether the client sent a ping since it was asked last what it sent.
    #[must_use]
    pub fn was_pinged(&self) -> bool {
        self.take_sent().iter().any(|text| frames(text).iter().any(|frame| frame[0] == PING))
    }

    /// The server accepts the client.
    pub fn accept(&self) {
        self.receive(
            r#"[[1,{"session":"s","secret":"t","heartbeat_ms":25000,"message_bytes":65536}]]"#,
        );
    }

    /// The connection is made, and the server continues the client's session, of
    /// which so many sequenced frames have arrived.
    pub fn resume(&self, received: u64) {
        self.open();
        self.take_sent();
        self.receive(&format!(
            r#"[[1,{{"session":"s","secret":"u","resumed":true,"received":{received},"heartbeat_ms":25000,"message_bytes":65536}}]]"#
        ));
    }

    /// The connection is made, and the server accepts the client for its hello.
    pub fn welcome(&self) {
        self.open();
        self.take_sent();
        self.accept();
    }
}

fn frames(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("a message is an array of frames")
}
