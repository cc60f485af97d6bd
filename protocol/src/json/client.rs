use super::{Fields, JsonFrame, Reader, Text, Writer};
use crate::{ClientFrame, Delivery, LivePatch, Payload, Phase};

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
const STREAM: u64 = 30;
const CREDIT: u64 = 31;
const PUBLISH: u64 = 34;
const SUBSCRIBE: u64 = 40;
const UNSUBSCRIBE: u64 = 41;
const VOLATILE_PUBLISH: u64 = 49;

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
            .payload(params),
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
            ClientFrame::Stream { id, method, credit, params } => {
                w.begin(STREAM).number(*id).string(method).number(*credit).payload(params)
            }
            ClientFrame::Credit { id, items } => w.begin(CREDIT).number(*id).number(*items),
            ClientFrame::Publish { id, topic, key, event } => w
                .begin(PUBLISH)
                .number(*id)
                .string(topic)
                .optional_string(key.as_deref())
                .payload(event),
            ClientFrame::VolatilePublish { topic, event } => {
                w.begin(VOLATILE_PUBLISH).string(topic).payload(event)
            }
            ClientFrame::Subscribe { id, topic, options } => {
                w.begin(SUBSCRIBE).number(*id).string(topic).options(options)
            }
            ClientFrame::Unsubscribe { id } => w.begin(UNSUBSCRIBE).number(*id),
        };
    }

    fn read<F: Fields<Payload = P>>(r: &mut Reader<'_, F>) -> Option<Self> {
        Some(match r.code() {
            HELLO => ClientFrame::Hello(r.options("an object with the version")?),
            PING => ClientFrame::Ping(r.number("nonce")),
            PONG => ClientFrame::Pong(r.number("nonce")),
            ACK => ClientFrame::Ack(r.number("count")),
            code @ (REQUEST | KEYED_REQUEST | VOLATILE_REQUEST) => ClientFrame::Request {
                id: r.request_id(),
                method: r.name("method"),
                delivery: match code {
                    REQUEST => Delivery::Once,
                    KEYED_REQUEST => Delivery::Keyed(r.name("key")),
                    _ => Delivery::Volatile,
                },
                params: r.payload("params"),
            },
            CANCEL => ClientFrame::Cancel { id: r.number("id") },
            LIVE => ClientFrame::Live(LivePatch {
                group: r.number("group"),
                name: r.name("name"),
                epoch: r.number("epoch"),
                seq: r.number("seq"),
                phase: match Phase::from_number(r.number("phase")) {
                    Some(phase) => phase,
                    None => r.fault("phase", "0, 1 or 2")?,
                },
                commit: r.optional_number("commit"),
                patch: r.patch(),
            }),
            LIVE_CLOSE => ClientFrame::LiveClose { group: r.number("group") },
            RENEW => ClientFrame::Renew(r.text("credentials")),
            STREAM => ClientFrame::Stream {
                id: r.request_id(),
                method: r.name("method"),
                credit: r.number("credit"),
                params: r.payload("params"),
            },
            CREDIT => ClientFrame::Credit { id: r.number("id"), items: r.number("items") },
            PUBLISH => ClientFrame::Publish {
                id: r.request_id(),
                topic: r.name("topic"),
                key: r.optional_name("key"),
                event: r.payload("event"),
            },
            VOLATILE_PUBLISH => {
                ClientFrame::VolatilePublish { topic: r.name("topic"), event: r.payload("event") }
            }
            SUBSCRIBE => ClientFrame::Subscribe {
                id: r.number("id"),
                topic: r.name("topic"),
                options: r.options("an object")?,
            },
            UNSUBSCRIBE => ClientFrame::Unsubscribe { id: r.number("id") },
            _ => return None,
        })
    }
}
