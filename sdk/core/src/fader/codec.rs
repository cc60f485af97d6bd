use std::collections::VecDeque;
use std::sync::Arc;

use fader_protocol::json::{self, Batch, Draft};
use fader_protocol::{
    ClientFrame, Decoded, Limits, Message, Payload, RawPayload, SUBPROTOCOL_JSON, ServerFrame,
};

/// How frames become messages: one encoding of Fader's protocol for one kind of payload.
pub trait Codec {
    /// What requests and live input carry.
    type Payload: Payload;
    /// What a transport carries.
    type Message;

    /// The WebSocket subprotocols of the encoding, the best first.
    fn subprotocols(&self) -> &'static [&'static str];

    /// Takes as many frames from the front as fit into a message of `limit`
    /// bytes, but at least one.
    fn encode(
        &mut self,
        frames: &mut VecDeque<Arc<ClientFrame<Self::Payload>>>,
        limit: usize,
    ) -> Option<Self::Message>;

    /// Takes a message apart.
    ///
    /// # Errors
    /// [`MessageError`](fader_protocol::MessageError) when the message as a whole cannot be taken apart.
    fn decode(&mut self, message: Self::Message) -> Decoded<ServerFrame<Self::Payload>>;
}

/// The JSON encoding with payloads as JSON text, or bytes.
#[derive(Debug, Clone)]
pub struct JsonCodec {
    limits: Limits,
}

impl Default for JsonCodec {
    /// Accepts what [`Limits::of_client`] says.
    fn default() -> Self {
        Self { limits: Limits::of_client() }
    }
}

impl Codec for JsonCodec {
    type Payload = RawPayload;
    type Message = Message;

    fn subprotocols(&self) -> &'static [&'static str] {
        &[SUBPROTOCOL_JSON]
    }

    fn encode(
        &mut self,
        frames: &mut VecDeque<Arc<ClientFrame<RawPayload>>>,
        limit: usize,
    ) -> Option<Message> {
        let mut batch = Batch::default();
        while let Some(frame) = frames.front() {
            if !batch.push(&**frame, limit) {
                break;
            }
            frames.pop_front();
        }
        batch.finish().map(Draft::into_message)
    }

    fn decode(&mut self, message: Message) -> Decoded<ServerFrame<RawPayload>> {
        json::decode(&message, &self.limits)
    }
}
