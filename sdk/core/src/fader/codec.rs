use std::collections::VecDeque;
use std::sync::Arc;

use fader_protocol::json::{self, Batch, Draft};
use fader_protocol::{
    ClientFrame, FrameError, Message, MessageError, MessageLimits, Payload, RawPayload,
    SUBPROTOCOL_JSON, ServerFrame,
};

/// How frames become messages: one encoding of Fader's protocol for one kind of payload.
pub trait Codec: Sized {
    /// What requests and live input carry.
    type Payload: Payload;
    /// What a transport carries.
    type Message;

    /// The WebSocket subprotocols of the encoding, the best first.
    fn subprotocols() -> &'static [&'static str];

    /// Takes as many frames from the front as fit into a message of `limit`
    /// bytes, but at least one.
    fn encode(
        frames: &mut VecDeque<Arc<ClientFrame<Self::Payload>>>,
        limit: usize,
    ) -> Option<Self::Message>;

    /// How many bytes a message has, or about.
    fn size(message: &Self::Message) -> usize;

    /// Takes a message apart.
    ///
    /// # Errors
    /// When the message as a whole cannot be taken apart.
    fn decode(message: Self::Message) -> Result<impl Iterator<Item = Heard<Self>>, MessageError>;
}

/// A frame of the server's, or what is wrong with it.
pub type Heard<C> = Result<ServerFrame<<C as Codec>::Payload>, FrameError>;

/// The JSON encoding with payloads as JSON text, or bytes. It accepts what
/// [`MessageLimits::of_client`] says.
#[derive(Debug, Clone, Copy)]
pub struct JsonCodec;

impl Codec for JsonCodec {
    type Payload = RawPayload;
    type Message = Message;

    fn subprotocols() -> &'static [&'static str] {
        &[SUBPROTOCOL_JSON]
    }

    fn encode(
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

    fn size(message: &Message) -> usize {
        message.size()
    }

    fn decode(message: Message) -> Result<impl Iterator<Item = Heard<Self>>, MessageError> {
        json::decode(&message, &MessageLimits::of_client()).map(Vec::into_iter)
    }
}
