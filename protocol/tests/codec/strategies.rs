//! Arbitrary frames.

use fader_protocol::{
    Bytes, ClientFrame, Delivery, Goodbye, Hello, LiveAck, LivePatch, LivePush, MAX_INTEGER,
    Message, Patch, Phase, Position, RawPayload, Rejection, Resume, ServerFrame, SubscribeOptions,
    Subscribed, Welcome, Window, json,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::value::RawValue;

/// A payload with exactly this text.
pub(crate) fn raw(text: &str) -> RawPayload {
    json::to_raw(serde_json::from_str::<&RawValue>(text).unwrap()).unwrap()
}

/// The text of a text message.
pub(crate) fn text_of(message: &Message) -> &str {
    message.text().unwrap_or_else(|| panic!("a text message: {message:?}"))
}

/// Integers of the wire, the extremes often.
fn integer() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![
        3 => 0..=MAX_INTEGER,
        2 => 0..100_u64,
        1 => prop_oneof![Just(0), Just(1), Just(MAX_INTEGER - 1), Just(MAX_INTEGER)],
    ]
}

/// Any text, with what JSON has to escape often in it.
fn text() -> impl Strategy<Value = String> {
    let awkward = proptest::sample::select(vec![
        '"', '\\', '/', '\0', '\n', '\t', '\u{8}', '\u{1f}', '\u{7f}', '\u{2028}', '\u{feff}',
        '\u{ffff}', '[', ']', '{', '}', ',', ':', 'é', '中', '🎚',
    ]);
    vec(prop_oneof![awkward, any::<char>(), proptest::char::range('a', 'z')], 0..40)
        .prop_map(String::from_iter)
}

/// A name: from 1 to 128 bytes.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => text(),
        1 => Just("x".repeat(128)),
        1 => Just("é".repeat(64)),
    ]
    .prop_map(|text| text[..text.floor_char_boundary(128)].to_owned())
    .prop_filter("a name is not empty", |name| !name.is_empty())
}

/// Any JSON, some of it spelled as no serializer would.
pub(crate) fn payload() -> impl Strategy<Value = RawPayload> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map_into(),
        any::<i64>().prop_map_into(),
        any::<u64>().prop_map_into(),
        any::<f64>().prop_map_into(),
        text().prop_map_into(),
    ];
    let value = leaf.prop_recursive(6, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map_into(),
            vec((text(), inner), 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    let odd = proptest::sample::select(vec![
        "-0",
        "-0.0",
        "1.0",
        "1e400",
        "1E+05",
        "0.1000000000000000055511151231257827021181583404541015625",
        "123456789012345678901234567890",
        "[ 1 ,\t2 ]",
        "{\n}",
        "{\"a\":1,\"a\":2}",
        "\"\\u0041\\/\"",
        "\"\\ud800\"",
        "\" ] \\\" } \"",
    ]);
    prop_oneof![
        4 => value.prop_map(|value| json::to_raw(&value).unwrap()),
        1 => odd.prop_map(raw),
    ]
}

fn patch() -> impl Strategy<Value = Patch<RawPayload>> {
    btree_map(name(), payload(), 0..6).prop_map(|patch| patch.into_iter().collect())
}

/// Bytes, or any JSON.
pub(crate) fn payload_or_bytes() -> BoxedStrategy<RawPayload> {
    let bytes = vec(any::<u8>(), 0..40).prop_map(|bytes| Bytes(bytes).into());
    prop_oneof![payload(), bytes].boxed()
}

fn rejection(payload: BoxedStrategy<RawPayload>) -> impl Strategy<Value = Rejection<RawPayload>> {
    // On the wire, data that is null is no data.
    let data = option::of(payload.prop_filter("not null", |data| data.get() != "null"));
    (name(), text(), data).prop_map(|(code, message, data)| Rejection { code, message, data })
}

fn live_patch() -> impl Strategy<Value = LivePatch<RawPayload>> {
    let phase = proptest::sample::select(vec![Phase::Preview, Phase::Commit, Phase::Cancel]);
    (integer(), name(), integer(), integer(), phase, option::of(integer()), patch()).prop_map(
        |(group, name, epoch, seq, phase, commit, patch)| LivePatch {
            group,
            name,
            epoch,
            seq,
            phase,
            commit,
            patch,
        },
    )
}

fn live_ack(payload: BoxedStrategy<RawPayload>) -> impl Strategy<Value = LiveAck<RawPayload>> {
    let outcome = prop_oneof![payload.clone().prop_map(Ok), rejection(payload).prop_map(Err)];
    (integer(), integer(), integer(), integer(), integer(), outcome).prop_map(
        |(group, epoch, seq, wait_us, service_us, outcome)| LiveAck {
            group,
            epoch,
            seq,
            wait_us,
            service_us,
            outcome,
        },
    )
}

fn hello() -> impl Strategy<Value = Hello> {
    let resume = (text(), text(), integer()).prop_map(|(session, secret, received)| Resume {
        session,
        secret,
        received,
    });
    (any::<u32>(), option::of(text()), option::of(resume), option::of(text())).prop_map(
        |(version, agent, resume, credentials)| Hello { version, agent, resume, credentials },
    )
}

fn welcome() -> impl Strategy<Value = Welcome> {
    let size = integer().prop_filter_map("a size of this machine", |size| size.try_into().ok());
    let window = (text(), integer()).prop_map(|(id, ms)| Window { id, ms });
    let ends = (option::of(window), option::of(integer()));
    (text(), text(), any::<bool>(), integer(), integer(), size, ends).prop_map(
        |(
            session,
            secret,
            resumed,
            received,
            heartbeat_ms,
            message_bytes,
            (window, expires_ms),
        )| Welcome {
            session,
            secret,
            resumed,
            received,
            heartbeat_ms,
            message_bytes,
            window,
            expires_ms,
        },
    )
}

fn subscribe_options() -> impl Strategy<Value = SubscribeOptions> {
    let since = (name(), integer()).prop_map(|(epoch, offset)| Position { epoch, offset });
    (option::of(since), any::<bool>(), any::<bool>())
        .prop_map(|(since, last, presence)| SubscribeOptions { since, last, presence })
}

fn subscribed() -> impl Strategy<Value = Subscribed> {
    (name(), integer(), any::<bool>()).prop_map(|(epoch, offset, recovered)| Subscribed {
        epoch,
        offset,
        recovered,
    })
}

/// Any frame of a client.
pub(crate) fn client_frame() -> impl Strategy<Value = ClientFrame<RawPayload>> {
    client_frame_with(&payload().boxed())
}

/// Any frame of a client, with such a payload.
pub(crate) fn client_frame_with(
    payload: &BoxedStrategy<RawPayload>,
) -> impl Strategy<Value = ClientFrame<RawPayload>> + use<> {
    let delivery = prop_oneof![
        Just(Delivery::Once),
        name().prop_map(Delivery::Keyed),
        Just(Delivery::Volatile),
    ];
    prop_oneof![
        hello().prop_map(ClientFrame::Hello),
        integer().prop_map(ClientFrame::Ping),
        integer().prop_map(ClientFrame::Pong),
        integer().prop_map(ClientFrame::Ack),
        (integer(), name(), delivery, payload.clone()).prop_map(
            |(id, method, delivery, params)| {
                ClientFrame::Request { id, method, delivery, params }
            }
        ),
        integer().prop_map(|id| ClientFrame::Cancel { id }),
        live_patch().prop_map(ClientFrame::Live),
        integer().prop_map(|group| ClientFrame::LiveClose { group }),
        text().prop_map(ClientFrame::Renew),
        (integer(), name(), integer(), payload.clone()).prop_map(|(id, method, credit, params)| {
            ClientFrame::Stream { id, method, credit, params }
        }),
        (integer(), integer()).prop_map(|(id, items)| ClientFrame::Credit { id, items }),
        (integer(), name(), option::of(name()), payload.clone())
            .prop_map(|(id, topic, key, event)| ClientFrame::Publish { id, topic, key, event }),
        (name(), payload.clone())
            .prop_map(|(topic, event)| ClientFrame::VolatilePublish { topic, event }),
        (integer(), name(), subscribe_options())
            .prop_map(|(id, topic, options)| ClientFrame::Subscribe { id, topic, options }),
        integer().prop_map(|id| ClientFrame::Unsubscribe { id }),
    ]
}

/// Any frame of a server.
pub(crate) fn server_frame() -> impl Strategy<Value = ServerFrame<RawPayload>> {
    server_frame_with(&payload().boxed())
}

/// Any frame of a server, with such a payload.
pub(crate) fn server_frame_with(
    payload: &BoxedStrategy<RawPayload>,
) -> impl Strategy<Value = ServerFrame<RawPayload>> + use<> {
    prop_oneof![
        welcome().prop_map(ServerFrame::Welcome),
        option::of(integer()).prop_map(ServerFrame::Renewed),
        integer().prop_map(ServerFrame::Ping),
        integer().prop_map(ServerFrame::Pong),
        integer().prop_map(ServerFrame::Ack),
        (integer(), integer(), text()).prop_map(|(after_ms, spread_ms, reason)| {
            ServerFrame::Goodbye(Goodbye { after_ms, spread_ms, reason })
        }),
        rejection(payload.clone()).prop_map(ServerFrame::Notice),
        (integer(), payload.clone()).prop_map(|(id, payload)| ServerFrame::Reply { id, payload }),
        (integer(), rejection(payload.clone()))
            .prop_map(|(id, rejection)| ServerFrame::Error { id, rejection }),
        live_ack(payload.clone()).prop_map(ServerFrame::LiveAck),
        (integer(), integer(), integer(), payload.clone()).prop_map(
            |(group, epoch, seq, result)| {
                ServerFrame::LivePartial { group, epoch, seq, result }
            }
        ),
        (integer(), integer(), integer(), patch()).prop_map(|(group, epoch, seq, patch)| {
            ServerFrame::LivePush(LivePush { group, epoch, seq, patch })
        }),
        (integer(), payload.clone()).prop_map(|(id, payload)| ServerFrame::Item { id, payload }),
        integer().prop_map(|id| ServerFrame::End { id }),
        (integer(), subscribed()).prop_map(|(id, start)| ServerFrame::Subscribed { id, start }),
        (integer(), integer(), payload.clone())
            .prop_map(|(id, offset, payload)| ServerFrame::Event { id, offset, payload }),
        (integer(), integer(), name()).prop_map(|(id, to, reason)| ServerFrame::Gap {
            id,
            to,
            reason
        }),
        (integer(), rejection(payload.clone()))
            .prop_map(|(id, rejection)| ServerFrame::Unsubscribed { id, rejection }),
        (integer(), integer()).prop_map(|(id, count)| ServerFrame::Present { id, count }),
        (integer(), name(), payload.clone()).prop_map(|(id, member, info)| ServerFrame::Joined {
            id,
            member,
            info
        }),
        (integer(), name()).prop_map(|(id, member)| ServerFrame::Left { id, member }),
    ]
}
