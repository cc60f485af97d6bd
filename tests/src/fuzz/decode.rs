use std::fmt::Debug;

use fader_protocol::json::{self, JsonFrame};
use fader_protocol::{ClientFrame, MessageLimits, MessageRef, RawPayload, ServerFrame};

/// What a client reads.
///
/// # Panics
/// If what was understood is not what is read again after it was written.
pub fn client_decode(input: &[u8]) {
    decode::<ServerFrame<RawPayload>>(input, &MessageLimits::of_client());
}

/// What a server reads.
///
/// # Panics
/// If what was understood is not what is read again after it was written.
pub fn server_decode(input: &[u8]) {
    decode::<ClientFrame<RawPayload>>(input, &MessageLimits::default());
}

fn decode<F: JsonFrame + PartialEq + Debug>(input: &[u8], limits: &MessageLimits) {
    let text = std::str::from_utf8(input).ok().map(MessageRef::Text);
    for message in [text, Some(MessageRef::Binary(input))].into_iter().flatten() {
        decode_message::<F>(message, limits);
    }
}

fn decode_message<F: JsonFrame + PartialEq + Debug>(
    message: MessageRef<'_>,
    limits: &MessageLimits,
) {
    let Ok(frames) = json::decode::<F>(message, limits) else { return };
    let understood: Vec<F> = frames.into_iter().flatten().collect();
    // Escapes may make it longer.
    let any_size = MessageLimits { message_bytes: usize::MAX, ..limits.clone() };
    let again: Result<Vec<F>, _> = json::decode(&json::encode(&understood), &any_size)
        .expect("a message of ours can be taken apart")
        .into_iter()
        .collect();
    assert_eq!(again.as_ref(), Ok(&understood));
}
