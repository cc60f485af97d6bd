use fader_protocol::json::{self, JsonFrame};
use fader_protocol::{ClientFrame, MessageLimits, RawPayload, ServerFrame};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::strategies::{client_frame, payload, server_frame, text_of};

fn roomy() -> MessageLimits {
    MessageLimits { message_bytes: usize::MAX, ..MessageLimits::default() }
}

fn round_trip<F: JsonFrame>(frames: &[F]) -> Vec<F> {
    let message = json::encode(frames);
    let frames =
        json::decode(&message, &roomy()).unwrap_or_else(|error| panic!("{error}: {message:?}"));
    frames
        .into_iter()
        .map(|frame| frame.unwrap_or_else(|error| panic!("{error}: {message:?}")))
        .collect()
}

proptest! {
    #[test]
    fn a_clients_frames_are_read_as_they_were_written(frames in vec(client_frame(), 0..8)) {
        prop_assert_eq!(round_trip::<ClientFrame<RawPayload>>(&frames), frames);
    }

    #[test]
    fn a_servers_frames_are_read_as_they_were_written(frames in vec(server_frame(), 0..8)) {
        prop_assert_eq!(round_trip::<ServerFrame<RawPayload>>(&frames), frames);
    }

    /// A payload is not looked into: its text arrives byte for byte.
    #[test]
    fn a_payload_keeps_its_spelling(payload in payload()) {
        let message = json::encode([&ServerFrame::Reply { id: 1, payload: payload.clone() }]);
        prop_assert_eq!(text_of(&message), format!("[[11,1,{}]]", payload.get()));
    }

    /// What is written is one line of JSON that any parser reads.
    #[test]
    fn a_message_is_json(frames in vec(client_frame(), 0..8)) {
        let message = json::encode(&frames);
        let parsed: Vec<Vec<&serde_json::value::RawValue>> = serde_json::from_str(text_of(&message)).unwrap();
        prop_assert_eq!(parsed.len(), frames.len());
    }
}

/// An error value that is null cannot be told from none: the one thing that does
/// not survive the wire.
#[test]
fn null_data_is_no_data() {
    use fader_protocol::Rejection;
    let rejection = Rejection {
        data: Some(json::to_raw(&()).unwrap()),
        ..Rejection::<RawPayload>::new("failed", "")
    };
    let sent = ServerFrame::Error { id: 1, rejection };
    let read = round_trip(std::slice::from_ref(&sent));
    assert_eq!(read, [ServerFrame::Error { id: 1, rejection: Rejection::new("failed", "") }]);
}
