use super::{JsonFrame, Reader, Text, Value, Writer};
use crate::{ClientFrame, Delivery, FrameError, LivePatch, Payload, Phase};

const HELLO: u64 = 0;
const PING: u64 = 2;
const PONG: u64 = 3;
const ACK: u64 = 4;
const VOLATILE_REQUEST: u64 = 7;
const REQUEST: u64 = 10;
const CANCEL: u64 = 13;
const KEYED_REQUEST: u64 = 14;
const LIVE_CLOSE: u64 = 15;
const LIVE: u64 = 20;
const RENEW: u64 = 23;

impl<P: Payload> JsonFrame<P> for ClientFrame<P> {
    fn write<T: Text<Payload = P>>(&self, w: &mut Writer<'_, T>) {
        match self {
            ClientFrame::Hello(hello) => w.begin(HELLO).options(hello),
            ClientFrame::Ping(nonce) => w.begin(PING).number(*nonce),
            ClientFrame::Pong(nonce) => w.begin(PONG).number(*nonce),
            ClientFrame::Ack(count) => w.begin(ACK).number(*count),
            ClientFrame::Request { id, method, delivery, params } => match delivery {
                Delivery::Once => w.begin(REQUEST).number(*id).string(method),
                Delivery::Keyed(key) => {
                    w.begin(KEYED_REQUEST).number(*id).string(method).string(key)
                }
                Delivery::Volatile => w.begin(VOLATILE_REQUEST).number(*id).string(method),
            }
            .payload(Some(params)),
            ClientFrame::Cancel { id } => w.begin(CANCEL).number(*id),
            ClientFrame::Live(live) => w
                .begin(LIVE)
                .number(live.group)
                .string(&live.name)
                .number(live.epoch)
                .number(live.seq)
                .number(live.phase.number())
                .optional_number(live.commit)
                .patch(&live.patch),
            ClientFrame::LiveClose { group } => w.begin(LIVE_CLOSE).number(*group),
            ClientFrame::Renew(credentials) => w.begin(RENEW).string(credentials),
        }
        .end();
    }

    fn read<V: Value<Payload = P>>(r: &mut Reader<'_, V>) -> Result<Self, FrameError> {
        Ok(match r.code() {
            HELLO => ClientFrame::Hello(r.options("an object with the version")?),
            PING => ClientFrame::Ping(r.number("nonce")?),
            PONG => ClientFrame::Pong(r.number("nonce")?),
            ACK => ClientFrame::Ack(r.number("count")?),
            code @ (REQUEST | KEYED_REQUEST | VOLATILE_REQUEST) => ClientFrame::Request {
                id: r.request_id()?,
                method: r.name("method")?,
                delivery: match code {
                    REQUEST => Delivery::Once,
                    KEYED_REQUEST => Delivery::Keyed(r.name("key")?),
                    _ => Delivery::Volatile,
                },
                params: r.payload("params")?,
            },
            CANCEL => ClientFrame::Cancel { id: r.number("id")? },
            LIVE => ClientFrame::Live(LivePatch {
                group: r.number("group")?,
                name: r.name("name")?,
                epoch: r.number("epoch")?,
                seq: r.number("seq")?,
                phase: Phase::from_number(r.number("phase")?)
                    .ok_or_else(|| r.bad("phase", "0, 1 or 2"))?,
                commit: r.optional_number("commit")?,
                patch: r.patch()?,
            }),
            LIVE_CLOSE => ClientFrame::LiveClose { group: r.number("group")? },
            RENEW => ClientFrame::Renew(r.text("credentials")?),
            _ => return Err(r.unknown()),
        })
    }
}
