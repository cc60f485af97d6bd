//! Binary messages, whose payloads are bytes.

use fader_protocol::json::{self, Draft, JsonFrame};
use fader_protocol::{
    Bytes, ClientFrame, Delivery, FrameError, Message, MessageError, MessageLimits, MessageRef,
    RawPayload, ServerFrame, close, code,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::strategies::{client_frame_with, payload_or_bytes, raw, server_frame_with};

fn roomy() -> MessageLimits {
    MessageLimits { message_bytes: usize::MAX, ..MessageLimits::default() }
}

/// A binary message: the length of its text, the text, and bytes.
fn binary(text: &str, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(text.len()).unwrap().to_be_bytes();
    [&length, text.as_bytes(), bytes].concat()
}

fn read<F: JsonFrame>(message: &[u8]) -> Vec<Result<F, FrameError>> {
    json::decode(MessageRef::Binary(message), &roomy()).expect("a message")
}

fn request(id: u64, params: impl Into<RawPayload>) -> ClientFrame<RawPayload> {
    let (method, params) = ("m".into(), params.into());
    ClientFrame::Request { id, method, delivery: Delivery::Once, params }
}

fn bytes(bytes: &[u8]) -> RawPayload {
    Bytes(bytes.into()).into()
}

/// Frames of both kinds of payload as a sender splits them, and put together again.
fn round_trip<F: JsonFrame>(frames: &[F]) -> Vec<F> {
    let mut messages = Vec::new();
    let mut batch = json::Batch::default();
    for frame in frames {
        if !batch.push(frame, usize::MAX) {
            messages.extend(std::mem::take(&mut batch).finish().map(Draft::into_message));
            assert!(batch.push(frame, usize::MAX));
        }
    }
    messages.extend(batch.finish().map(Draft::into_message));
    let read = |message| json::decode::<F>(message, &roomy()).expect("a message");
    messages.iter().flat_map(read).map(|frame| frame.expect("a frame")).collect()
}

fn survive<F: JsonFrame + PartialEq + std::fmt::Debug>(message: &[u8]) {
    let Ok(frames) = json::decode::<F>(MessageRef::Binary(message), &roomy()) else { return };
    let understood: Vec<F> = frames.into_iter().flatten().collect();
    assert_eq!(round_trip(&understood), understood);
}

proptest! {
    #[test]
    fn a_clients_frames_are_read_as_they_were_written(
        frames in vec(client_frame_with(&payload_or_bytes()), 0..8)
    ) {
        prop_assert_eq!(round_trip(&frames), frames);
    }

    #[test]
    fn a_servers_frames_are_read_as_they_were_written(
        frames in vec(server_frame_with(&payload_or_bytes()), 0..8)
    ) {
        prop_assert_eq!(round_trip(&frames), frames);
    }

    #[test]
    fn any_bytes_are_survived(
        head in prop_oneof![Just(None), (0..40_u32).prop_map(Some)],
        text in r#"\[(\[(10|11|30|34|43|49|99),[0-9],("m",)?(null,)?\[[0-9],[0-9]{1,2}\]\],?){0,3}\]"#,
        bytes in vec(any::<u8>(), 0..40),
    ) {
        let mut message = binary(&text, &bytes);
        if let Some(head) = head {
            message[..4].copy_from_slice(&head.to_be_bytes());
        }
        for message in [&message[..], &bytes[..]] {
            survive::<ClientFrame<RawPayload>>(message);
            survive::<ServerFrame<RawPayload>>(message);
        }
    }
}

#[test]
fn the_payloads_follow_the_text() {
    let frames = [request(1, bytes(&[7, 8])), ClientFrame::Ping(5), request(2, bytes(&[9]))];
    let text = r#"[[10,1,"m",[0,2]],[2,5],[10,2,"m",[2,1]]]"#;
    assert_eq!(json::encode(&frames), Message::Binary(binary(text, &[7, 8, 9])));
}

#[test]
fn a_size_is_at_least_what_the_payload_takes() {
    use fader_protocol::Payload;
    for length in [0, 1, 9, 10, 1000, 100_000] {
        let payload = bytes(&vec![0; length]);
        let frame = |params| json::encode([&request(1, params)]).size();
        assert!(frame(payload.clone()) <= frame(raw("0")) - 1 + payload.size());
    }
}

/// A frame that is not understood takes nothing from the others.
#[test]
fn bytes_of_an_unknown_frame_are_left_out() {
    let text = r#"[[10,1,"m",[0,2]],[99,[2,3]],[10,"?","m",[5,1]],[10,2,"m",[6,1]]]"#;
    let frames = read::<ClientFrame<RawPayload>>(&binary(text, &[1, 2, 3, 4, 5, 6, 7]));
    assert_eq!(frames[0], Ok(request(1, bytes(&[1, 2]))));
    assert_eq!(frames[1].as_ref().unwrap_err().code, code::UNKNOWN_FRAME);
    assert_eq!(frames[2].as_ref().unwrap_err().code, code::BAD_FRAME);
    assert_eq!(frames[3], Ok(request(2, bytes(&[7]))));
}

#[test]
fn a_payload_that_is_no_place_of_bytes_is_a_bad_frame() {
    let places = [
        "[2,2]",
        "[4,0]",
        "[-1,1]",
        "[0,1.5]",
        "[0]",
        "[0,1,1]",
        "0",
        "null",
        "\"a\"",
        "{}",
        "[18446744073709551615,1]",
        "[1,18446744073709551615]",
        "[9007199254740991,1]",
    ];
    for place in places {
        let text = format!(r#"[[10,1,"m",{place}],[10,2,"m",[0,3]]]"#);
        let frames = read::<ClientFrame<RawPayload>>(&binary(&text, &[1, 2, 3]));
        let error = frames[0].as_ref().expect_err(place);
        assert_eq!((error.code, error.request, error.sequenced), (code::BAD_FRAME, Some(1), true));
        assert_eq!(error.message, "frame 10: params must be present");
        assert_eq!(frames[1], Ok(request(2, bytes(&[1, 2, 3]))), "{place}");
    }
}

#[test]
fn no_byte_is_taken_twice() {
    let text = r#"[[10,1,"m",[0,2]],[10,2,"m",[1,1]],[10,3,"m",[0,1]],[10,4,"m",[2,1]]]"#;
    let frames = read::<ClientFrame<RawPayload>>(&binary(text, &[1, 2, 3]));
    let ok: Vec<_> = frames.iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, false, false, true]);
}

/// The values of a patch are JSON in either kind of message.
#[test]
fn a_patch_is_json() {
    let text = r#"[[20,1,"g",1,1,0,null,{"a":[0,1]}],[10,2,"m",[0,1]]]"#;
    let frames = read::<ClientFrame<RawPayload>>(&binary(text, &[1]));
    let Ok(ClientFrame::Live(live)) = &frames[0] else { panic!("{frames:?}") };
    assert_eq!(live.patch.get("a"), Some(&raw("[0,1]")));
    assert_eq!(frames[1], Ok(request(2, bytes(&[1]))));
}

#[test]
fn a_message_that_is_not_framed_is_malformed() {
    let good = binary("[[2,1]]", &[]);
    let cut = "a binary message that ends before its text does";
    let mut long = good.clone();
    long[3] += 1;
    let mut vast = good.clone();
    vast[0] = 255;
    for (message, why) in [
        (&[][..], cut),
        (&good[..3], cut),
        (&good[..good.len() - 1], cut),
        (&long, cut),
        (&vast, cut),
        (&binary("", &[]), "EOF while parsing a value at line 1 column 0"),
        (&binary("{}", &[]), "another value"),
        (&[0, 0, 0, 1, 255], "invalid UTF-8"),
    ] {
        let error = json::decode::<ClientFrame<RawPayload>>(MessageRef::Binary(message), &roomy());
        let error = error.unwrap_err();
        assert_eq!(error.close_code(), close::BAD_MESSAGE);
        assert_eq!(error, MessageError::Malformed(why.into()));
    }
    assert_eq!(read::<ClientFrame<RawPayload>>(&good), [Ok(ClientFrame::Ping(1))]);
}

#[test]
fn the_limit_counts_the_whole_message() {
    let message = binary(r#"[[10,1,"m",[0,3]]]"#, &[1, 2, 3]);
    let limits = |message_bytes| MessageLimits { message_bytes, ..MessageLimits::default() };
    let decode = |limit| {
        let message = MessageRef::Binary(&message);
        json::decode::<ClientFrame<RawPayload>>(message, &limits(limit))
    };
    assert!(decode(message.len()).is_ok());
    let (bytes, limit) = (message.len(), message.len() - 1);
    assert_eq!(decode(limit), Err(MessageError::TooLarge { bytes, limit }));
}

#[test]
fn contract_types_are_bytes_or_json() {
    let file = Bytes(vec![0, 255]);
    let payload = json::to_payload(&file).unwrap();
    assert_eq!(payload.bytes(), Some(&file));
    assert_eq!(json::from_payload::<Bytes>(payload.clone()).unwrap(), file);
    let error = json::from_payload::<Vec<u8>>(payload.clone()).unwrap_err();
    assert_eq!(error.to_string(), "JSON was expected, and bytes came");
    assert!(json::from_raw::<Vec<u8>>(&payload).is_err());

    let payload = json::to_payload(&file.0).unwrap();
    assert_eq!(payload.get(), "[0,255]");
    let error = json::from_payload::<Bytes>(payload).unwrap_err();
    assert_eq!(error.to_string(), "bytes were expected, and JSON came");

    let error = json::to_payload(&Some(file)).unwrap_err();
    assert_eq!(error.to_string(), "bytes travel only as a whole payload, not as a part of one");
}
