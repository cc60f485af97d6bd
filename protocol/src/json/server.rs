use super::{Fields, JsonFrame, Reader, Text, Writer};
use crate::{Goodbye, LiveAck, LivePush, Payload, Rejection, ServerFrame};

const WELCOME: u64 = 1;
const PING: u64 = 2;
const PONG: u64 = 3;
const ACK: u64 = 4;
const GOODBYE: u64 = 5;
const NOTICE: u64 = 6;
const REPLY: u64 = 11;
const ERROR: u64 = 12;
const LIVE_RESULT: u64 = 21;
const LIVE_ERROR: u64 = 22;
const RENEWED: u64 = 23;
const LIVE_PARTIAL: u64 = 24;
const LIVE_PUSH: u64 = 25;
const ITEM: u64 = 32;
const END: u64 = 33;
const SUBSCRIBED: u64 = 42;
const EVENT: u64 = 43;
const GAP: u64 = 44;
const UNSUBSCRIBED: u64 = 45;
const PRESENT: u64 = 46;
const JOINED: u64 = 47;
const LEFT: u64 = 48;

impl<P: Payload> JsonFrame<P> for ServerFrame<P> {
    fn write<T: Text<Payload = P>>(&self, w: &mut Writer<'_, T>) {
        match self {
            ServerFrame::Welcome(welcome) => w.begin(WELCOME).options(welcome),
            ServerFrame::Ping(nonce) => w.begin(PING).number(*nonce),
            ServerFrame::Pong(nonce) => w.begin(PONG).number(*nonce),
            ServerFrame::Ack(count) => w.begin(ACK).number(*count),
            ServerFrame::Goodbye(goodbye) => w
                .begin(GOODBYE)
                .number(goodbye.after_ms)
                .number(goodbye.spread_ms)
                .string(&goodbye.reason),
            ServerFrame::Notice(rejection) => write_rejection(w.begin(NOTICE), rejection),
            ServerFrame::Reply { id, payload } => w.begin(REPLY).number(*id).payload(payload),
            ServerFrame::Error { id, rejection } => {
                write_rejection(w.begin(ERROR).number(*id), rejection)
            }
            ServerFrame::LiveAck(ack) => {
                let code = if ack.outcome.is_ok() { LIVE_RESULT } else { LIVE_ERROR };
                let w = w
                    .begin(code)
                    .number(ack.group)
                    .number(ack.epoch)
                    .number(ack.seq)
                    .number(ack.wait_us)
                    .number(ack.service_us);
                match &ack.outcome {
                    Ok(result) => w.payload(result),
                    Err(rejection) => write_rejection(w, rejection),
                }
            }
            ServerFrame::LivePartial { group, epoch, seq, result } => {
                w.begin(LIVE_PARTIAL).number(*group).number(*epoch).number(*seq).payload(result)
            }
            ServerFrame::LivePush(push) => w
                .begin(LIVE_PUSH)
                .number(push.group)
                .number(push.epoch)
                .number(push.seq)
                .patch(&push.patch),
            ServerFrame::Renewed(expires) => w.begin(RENEWED).optional_number(*expires),
            ServerFrame::Item { id, payload } => w.begin(ITEM).number(*id).payload(payload),
            ServerFrame::End { id } => w.begin(END).number(*id),
            ServerFrame::Subscribed { id, start } => w.begin(SUBSCRIBED).number(*id).options(start),
            ServerFrame::Event { id, offset, payload } => {
                w.begin(EVENT).number(*id).number(*offset).payload(payload)
            }
            ServerFrame::Gap { id, to, reason } => {
                w.begin(GAP).number(*id).number(*to).string(reason)
            }
            ServerFrame::Unsubscribed { id, rejection } => {
                write_rejection(w.begin(UNSUBSCRIBED).number(*id), rejection)
            }
            ServerFrame::Present { id, count } => w.begin(PRESENT).number(*id).number(*count),
            ServerFrame::Joined { id, member, info } => {
                w.begin(JOINED).number(*id).string(member).payload(info)
            }
            ServerFrame::Left { id, member } => w.begin(LEFT).number(*id).string(member),
        };
    }

    fn read<F: Fields<Payload = P>>(r: &mut Reader<'_, F>) -> Option<Self> {
        Some(match r.code() {
            WELCOME => ServerFrame::Welcome(
                r.options("an object with session, heartbeat_ms and message_bytes")?,
            ),
            PING => ServerFrame::Ping(r.number("nonce")),
            PONG => ServerFrame::Pong(r.number("nonce")),
            ACK => ServerFrame::Ack(r.number("count")),
            GOODBYE => ServerFrame::Goodbye(Goodbye {
                after_ms: r.number("after"),
                spread_ms: r.number("spread"),
                reason: r.text("reason"),
            }),
            NOTICE => ServerFrame::Notice(r.rejection()),
            REPLY => ServerFrame::Reply { id: r.request_id(), payload: r.payload("reply") },
            ERROR => ServerFrame::Error { id: r.request_id(), rejection: r.rejection() },
            code @ (LIVE_RESULT | LIVE_ERROR) => ServerFrame::LiveAck(LiveAck {
                group: r.number("group"),
                epoch: r.number("epoch"),
                seq: r.number("seq"),
                wait_us: r.number("wait"),
                service_us: r.number("service"),
                outcome: if code == LIVE_RESULT {
                    Ok(r.payload("result"))
                } else {
                    Err(r.rejection())
                },
            }),
            LIVE_PARTIAL => ServerFrame::LivePartial {
                group: r.number("group"),
                epoch: r.number("epoch"),
                seq: r.number("seq"),
                result: r.payload("result"),
            },
            LIVE_PUSH => ServerFrame::LivePush(LivePush {
                group: r.number("group"),
                epoch: r.number("epoch"),
                seq: r.number("seq"),
                patch: r.patch(),
            }),
            RENEWED => ServerFrame::Renewed(r.optional_number("expires")),
            ITEM => ServerFrame::Item { id: r.request_id(), payload: r.payload("item") },
            END => ServerFrame::End { id: r.number("id") },
            SUBSCRIBED => ServerFrame::Subscribed {
                id: r.subscription_id(),
                start: r.options("an object with epoch and offset")?,
            },
            EVENT => ServerFrame::Event {
                id: r.number("id"),
                offset: r.number("offset"),
                payload: r.payload("event"),
            },
            GAP => ServerFrame::Gap {
                id: r.number("id"),
                to: r.number("to"),
                reason: r.name("reason"),
            },
            UNSUBSCRIBED => {
                ServerFrame::Unsubscribed { id: r.subscription_id(), rejection: r.rejection() }
            }
            PRESENT => ServerFrame::Present { id: r.number("id"), count: r.number("count") },
            JOINED => ServerFrame::Joined {
                id: r.number("id"),
                member: r.name("member"),
                info: r.payload("info"),
            },
            LEFT => ServerFrame::Left { id: r.number("id"), member: r.name("member") },
            _ => return None,
        })
    }
}

fn write_rejection<'w, 'a, T: Text>(
    w: &'w mut Writer<'a, T>,
    rejection: &Rejection<T::Payload>,
) -> &'w mut Writer<'a, T> {
    w.string(&rejection.code).string(&rejection.message).optional_payload(rejection.data.as_ref())
}
