use fader_protocol::json::{self, Batch, Draft};
use fader_protocol::{ClientFrame, Delivery, MAX_FRAMES, Message, MessageLimits, RawPayload};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::strategies::{client_frame_with, payload_or_bytes};

/// Splits frames into messages as a sender does.
fn split(frames: &[ClientFrame<RawPayload>], limit: usize) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut rest = frames;
    while !rest.is_empty() {
        let mut batch = Batch::default();
        while let Some((frame, others)) = rest.split_first()
            && batch.push(frame, limit)
        {
            rest = others;
        }
        let message = batch.finish().map(Draft::into_message);
        messages.push(message.expect("a batch takes at least one frame"));
    }
    messages
}

fn read(message: &Message) -> Vec<ClientFrame<RawPayload>> {
    let limits = MessageLimits { message_bytes: usize::MAX, ..MessageLimits::default() };
    json::decode(message, &limits).unwrap().into_iter().map(|frame| frame.unwrap()).collect()
}

proptest! {
    #[test]
    fn messages_keep_to_the_limit_and_the_order(
        frames in vec(client_frame_with(&payload_or_bytes()), 0..16),
        limit in 2..600_usize,
    ) {
        let messages = split(&frames, limit);
        let read_back: Vec<_> = messages.iter().map(read).collect();
        for (message, held) in messages.iter().zip(&read_back) {
            prop_assert!(message.size() <= limit || held.len() == 1, "{message:?}");
        }
        for (message, next) in messages.iter().zip(read_back.iter().skip(1)) {
            let next = json::encode(next.iter().take(1));
            if let (Some(text), Some(next)) = (message.text(), next.text()) {
                let together = text.len() + next.len() - 1;
                prop_assert!(together > limit, "the next frame had room");
            }
        }
        prop_assert_eq!(read_back.concat(), frames);
    }
}

#[test]
fn a_message_of_exactly_the_limit_is_allowed() {
    let frames = [ClientFrame::Ping(1), ClientFrame::Ping(2)];
    let both = json::encode(&frames).size();
    assert_eq!(split(&frames, both), ["[[2,1],[2,2]]".into()]);
    assert_eq!(split(&frames, both - 1), ["[[2,1]]".into(), "[[2,2]]".into()]);
}

#[test]
fn a_frame_that_fits_into_no_message_leaves_alone() {
    let large = ClientFrame::Request {
        id: 1,
        method: "m".into(),
        delivery: Delivery::Once,
        params: json::to_raw(&"x".repeat(50)).unwrap(),
    };
    let messages = split(&[ClientFrame::Ping(1), large, ClientFrame::Ping(2)], 20);
    let lengths: Vec<_> = messages.iter().map(Message::size).collect();
    assert_eq!(lengths, [7, 65, 7]);
}

#[test]
fn a_message_holds_no_more_frames_than_every_receiver_takes() {
    let frames = vec![ClientFrame::Cancel { id: 1 }; MAX_FRAMES * 2 + 1];
    let counts: Vec<_> = split(&frames, usize::MAX).iter().map(|m| read(m).len()).collect();
    assert_eq!(counts, [MAX_FRAMES, MAX_FRAMES, 1]);
}

#[test]
fn no_frames_make_no_message() {
    assert!(Batch::<Draft>::default().finish().is_none());
    assert_eq!(json::encode::<ClientFrame<RawPayload>>([]), "[]".into());
}

#[test]
fn a_refused_frame_leaves_the_batch_as_it_was() {
    let large = ClientFrame::<RawPayload>::Ping(1_000_000);
    let mut batch = Batch::<Draft>::default();
    assert!(batch.push(&ClientFrame::<RawPayload>::Ping(1), 13));
    for _ in 0..2 * MAX_FRAMES {
        assert!(!batch.push(&large, 13));
    }
    assert!(batch.push(&ClientFrame::<RawPayload>::Ping(2), 13));
    assert_eq!(batch.finish().map(Draft::into_message), Some("[[2,1],[2,2]]".into()));
}
