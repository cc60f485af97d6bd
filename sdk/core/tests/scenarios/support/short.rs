use std::time::Duration;

use fader_core::{Patch, RawPayload};
use fader_protocol::{LiveAck, LivePatch, ServerFrame, Subscribed, Welcome, Window, json::to_raw};
use serde_json::Value;

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A payload.
pub(crate) fn json(value: impl Into<Value>) -> RawPayload {
    to_raw(&value.into()).expect("a JSON value has a JSON form")
}

/// A payload of arrays within arrays, so many deep.
pub(crate) fn nested(depth: usize) -> RawPayload {
    json((1..depth).fold(Value::from([0; 0]), |inner, _| Value::from([inner])))
}

/// A model, or a part of one, with numbers for values.
pub(crate) fn model<const N: usize>(keys: [(&str, i64); N]) -> Patch<RawPayload> {
    keys.into_iter().map(|(key, value)| (key.to_owned(), json(value))).collect()
}

/// What a server says that begins a new session.
pub(crate) fn welcome(message_bytes: usize) -> Welcome {
    Welcome {
        session: "test".into(),
        secret: "secret".into(),
        resumed: false,
        received: 0,
        heartbeat_ms: 25_000,
        message_bytes,
        window: Some(Window { id: "window".into(), ms: 600_000 }),
        expires_ms: None,
    }
}

pub(crate) fn reply(id: u64, value: impl Into<Value>) -> ServerFrame<RawPayload> {
    ServerFrame::Reply { id, payload: json(value) }
}

/// A subscription begins.
pub(crate) fn subscribed(
    id: u64,
    epoch: &str,
    offset: u64,
    recovered: bool,
) -> ServerFrame<RawPayload> {
    ServerFrame::Subscribed { id, start: Subscribed { epoch: epoch.into(), offset, recovered } }
}

/// An event whose payload is its offset.
pub(crate) fn event(id: u64, offset: u64) -> ServerFrame<RawPayload> {
    ServerFrame::Event { id, offset, payload: json(offset) }
}

/// The answer to a live patch.
pub(crate) fn ack(
    patch: &LivePatch<RawPayload>,
    result: impl Into<Value>,
) -> ServerFrame<RawPayload> {
    ServerFrame::LiveAck(LiveAck {
        group: patch.group,
        epoch: patch.epoch,
        seq: patch.seq,
        wait_us: 0,
        service_us: 1000,
        outcome: Ok(json(result)),
    })
}
