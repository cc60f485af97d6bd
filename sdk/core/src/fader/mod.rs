mod codec;
mod heartbeat;

use std::collections::VecDeque;
use std::time::Duration;

use fader_protocol::{
    ClientFrame, FrameError, Goodbye, Hello, Limits, Rejection, ServerFrame, VERSION, Welcome,
    close, close::Reaction, code,
};

pub use codec::{Codec, JsonCodec};
use heartbeat::{Beat, Heartbeat};

use crate::{Dialect, DialectEvent, HeartbeatConfig, Instant, Operation};

/// A server that says it accepts less than this is taken to mean this.
const LEAST_MESSAGE_BYTES: usize = 1024;

/// The dialect of Fader's own servers. `PROTOCOL.md` is its specification.
#[derive(Debug)]
pub struct Fader<C: Codec> {
    codec: C,
    /// Nothing while there is no transport.
    heartbeat: Option<Heartbeat>,
    ready: bool,
    message_bytes: usize,
    outbox: VecDeque<ClientFrame<C::Payload>>,
    events: VecDeque<DialectEvent<C::Payload>>,
}

impl<C: Codec> Fader<C> {
    /// The dialect in the encoding of `codec`.
    #[must_use]
    pub fn new(codec: C) -> Self {
        Self {
            codec,
            heartbeat: None,
            ready: false,
            message_bytes: Limits::default().message_bytes,
            outbox: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    fn receive_frame(&mut self, now: Instant, frame: ServerFrame<C::Payload>) {
        match frame {
            ServerFrame::Welcome(welcome) => self.welcome(now, &welcome),
            ServerFrame::Ping(nonce) => self.outbox.push_back(ClientFrame::Pong(nonce)),
            ServerFrame::Pong(nonce) => {
                if let Some(heartbeat) = &mut self.heartbeat {
                    heartbeat.pong(now, nonce);
                }
            }
            ServerFrame::Goodbye(Goodbye { after_ms, spread_ms, .. }) => {
                self.events.push_back(DialectEvent::Goodbye {
                    after: Duration::from_millis(after_ms),
                    spread: Duration::from_millis(spread_ms),
                });
            }
            ServerFrame::Notice(rejection) => {
                self.events.push_back(DialectEvent::Notice(rejection));
            }
            ServerFrame::Reply { id, payload } => {
                self.events.push_back(DialectEvent::Settled { id, outcome: Ok(payload) });
            }
            ServerFrame::Error { id, rejection } => {
                self.events.push_back(DialectEvent::Settled { id, outcome: Err(rejection) });
            }
            ServerFrame::LivePartial { group, epoch, seq, result } => {
                self.events.push_back(DialectEvent::LivePartial { group, epoch, seq, result });
            }
            ServerFrame::LivePush(push) => self.events.push_back(DialectEvent::LivePush(push)),
            ServerFrame::LiveAck(ack) => self.events.push_back(DialectEvent::LiveAck(ack)),
        }
    }

    fn welcome(&mut self, now: Instant, welcome: &Welcome) {
        if self.ready {
            return;
        }
        self.ready = true;
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.begin(now);
        }
        self.message_bytes = welcome.message_bytes.max(LEAST_MESSAGE_BYTES);
        self.events.push_back(DialectEvent::Ready);
    }

    /// A frame that this client does not know is one that it can do without; but
    /// a caller must not wait for an answer that came and was garbled.
    fn misunderstood(&mut self, error: FrameError) {
        if let Some(id) = error.request {
            let outcome = Err(Rejection::new(code::BAD_REPLY, error.message));
            self.events.push_back(DialectEvent::Settled { id, outcome });
        }
    }

    fn beat(&mut self, beat: Option<Beat>) {
        match beat {
            Some(Beat::Ping(nonce)) => self.outbox.push_back(ClientFrame::Ping(nonce)),
            Some(Beat::Dead) => self.broken(close::TIMED_OUT, "no answer to a ping"),
            None => {}
        }
    }

    fn broken(&mut self, code: u16, reason: &str) {
        self.closed();
        self.events
            .push_back(DialectEvent::Broken { code, reason: close::fit_reason(reason).into() });
    }
}

impl<C: Codec> Dialect for Fader<C> {
    type Payload = C::Payload;
    type Message = C::Message;

    fn subprotocols(&self) -> &'static [&'static str] {
        self.codec.subprotocols()
    }

    fn opened(&mut self, now: Instant, heartbeat: &HeartbeatConfig) {
        self.heartbeat = Some(Heartbeat::new(now, heartbeat.clone()));
        self.outbox.push_back(ClientFrame::Hello(Hello {
            version: VERSION,
            agent: Some(concat!("fader/", env!("CARGO_PKG_VERSION")).into()),
        }));
    }

    fn closed(&mut self) {
        self.heartbeat = None;
        self.ready = false;
        self.outbox.clear();
    }

    fn receive(&mut self, now: Instant, message: C::Message) {
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.heard();
        }
        match self.codec.decode(message) {
            Ok(frames) => {
                for frame in frames {
                    match frame {
                        Ok(frame) => self.receive_frame(now, frame),
                        Err(error) => self.misunderstood(error),
                    }
                }
            }
            Err(error) => self.broken(close::BAD_MESSAGE, &error.to_string()),
        }
    }

    fn operate(&mut self, operation: Operation<C::Payload>) {
        self.outbox.push_back(match operation {
            Operation::Request { id, method, params } => {
                ClientFrame::Request { id, method, params }
            }
            Operation::Cancel { id } => ClientFrame::Cancel { id },
            Operation::Live(patch) => ClientFrame::Live(patch),
            Operation::LiveClose { group } => ClientFrame::LiveClose { group },
        });
    }

    fn probe(&mut self, now: Instant) {
        if self.ready {
            let beat = self.heartbeat.as_mut().and_then(|heartbeat| heartbeat.probe(now));
            self.beat(beat);
        }
    }

    fn tick(&mut self, now: Instant) {
        if self.ready {
            let beat = self.heartbeat.as_mut().and_then(|heartbeat| heartbeat.tick(now));
            self.beat(beat);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        // Until the welcome, the client's dial timeout watches.
        self.heartbeat.as_ref().filter(|_| self.ready).map(Heartbeat::deadline)
    }

    fn poll(&mut self) -> Option<DialectEvent<C::Payload>> {
        self.events.pop_front()
    }

    fn flush(&mut self) -> Option<C::Message> {
        self.codec.encode(&mut self.outbox, self.message_bytes)
    }

    fn operation_limit(&self) -> usize {
        // Two for the brackets of the message.
        self.message_bytes - 2
    }

    fn reaction(&self, code: u16) -> Reaction {
        close::reaction(code)
    }

    fn rtt(&self) -> Option<Duration> {
        self.heartbeat.as_ref().and_then(Heartbeat::rtt)
    }
}
