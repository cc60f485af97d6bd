mod codec;
mod heartbeat;
mod passage;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use fader_protocol::link::{Link, LinkConfig};
use fader_protocol::{
    ClientFrame, FrameError, Goodbye, Hello, MessageLimits, Rejection, Resume, ServerFrame,
    VERSION, Welcome, Window, close, code,
};

pub use codec::{Codec, Heard, JsonCodec};
use heartbeat::{Beat, Heartbeat};
use passage::{LEAST_MESSAGE_BYTES, Passage};

use crate::{
    CauseKind, Dialect, DialectEvent, HeartbeatConfig, Instant, Operation, TopicNews, Verdict,
};

/// Along with what is sent anyway, so many frames are acknowledged or more.
const WORTH_AN_ACK: u64 = 8;

/// What the server calls the session, and what proves that it is ours.
#[derive(Debug)]
struct Session {
    id: String,
    secret: String,
}

/// Stays out of logs.
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The dialect of Fader's own servers. `PROTOCOL.md` is its specification.
#[derive(Debug)]
pub struct Fader<C: Codec> {
    /// Nothing while there is no transport.
    heartbeat: Option<Heartbeat>,
    ready: bool,
    /// What is needed to continue; nothing before the first welcome.
    session: Option<Session>,
    /// How the last server that was met remembers idempotency keys.
    window: Option<Window>,
    /// For the next hello.
    credentials: Option<Secret>,
    /// What it keeps is what was sent, and not a copy.
    link: Link<Arc<ClientFrame<C::Payload>>>,
    /// What the links of earlier sessions could not keep.
    overflowed: u64,
    /// What the server takes.
    message_bytes: usize,
    passage: Passage<C::Payload>,
    /// The time of the last call.
    now: Instant,
    /// Leaves next.
    ping_after_trial: Option<Arc<ClientFrame<C::Payload>>>,
    outbox: VecDeque<Arc<ClientFrame<C::Payload>>>,
    events: VecDeque<DialectEvent<C::Payload>>,
}

impl<C: Codec> Default for Fader<C> {
    fn default() -> Self {
        Self {
            heartbeat: None,
            ready: false,
            session: None,
            credentials: None,
            window: None,
            link: Link::new(LinkConfig::default()),
            overflowed: 0,
            message_bytes: MessageLimits::default().message_bytes,
            passage: Passage::new(),
            now: Instant::ZERO,
            ping_after_trial: None,
            outbox: VecDeque::new(),
            events: VecDeque::new(),
        }
    }
}

impl<C: Codec> Fader<C> {
    fn receive_frame(&mut self, now: Instant, frame: Heard<C>) {
        match frame {
            Ok(frame @ (ServerFrame::Welcome(_) | ServerFrame::Goodbye(_))) => {
                self.act_on(now, frame);
            }
            // Before the welcome nobody knows whose anything else would be.
            _ if !self.ready => {}
            Ok(frame) => {
                if frame.is_sequenced() {
                    self.link.received(frame.size());
                }
                self.act_on(now, frame);
            }
            Err(error) => {
                if error.sequenced {
                    self.link.received(0);
                }
                self.misunderstood(error);
            }
        }
    }

    fn act_on(&mut self, now: Instant, frame: ServerFrame<C::Payload>) {
        match frame {
            ServerFrame::Welcome(welcome) => self.welcome(now, welcome),
            ServerFrame::Ack(count) => {
                if let Err(error) = self.link.acknowledged(count) {
                    self.session = None;
                    self.broken(close::BAD_MESSAGE, &error.to_string());
                }
            }
            ServerFrame::Ping(nonce) => self.outbox.push_back(ClientFrame::Pong(nonce).into()),
            ServerFrame::Pong(nonce) => {
                self.passage.pong(nonce);
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
            ServerFrame::Item { id, payload } => {
                self.events.push_back(DialectEvent::Item { id, payload });
            }
            ServerFrame::End { id } => self.events.push_back(DialectEvent::End { id }),
            ServerFrame::Subscribed { id, start } => self.topic(id, TopicNews::Subscribed(start)),
            ServerFrame::Event { id, offset, payload } => {
                self.topic(id, TopicNews::Event { offset, payload });
            }
            ServerFrame::Gap { id, to, reason } => self.topic(id, TopicNews::Gap { to, reason }),
            ServerFrame::Unsubscribed { id, rejection } => {
                self.topic(id, TopicNews::Unsubscribed(rejection));
            }
            ServerFrame::Present { id, count } => self.topic(id, TopicNews::Present { count }),
            ServerFrame::Joined { id, member, info } => {
                self.topic(id, TopicNews::Joined { member, info });
            }
            ServerFrame::Left { id, member } => self.topic(id, TopicNews::Left { member }),
            ServerFrame::LivePartial { group, epoch, seq, result } => {
                self.events.push_back(DialectEvent::LivePartial { group, epoch, seq, result });
            }
            ServerFrame::Renewed(expires) => {
                let expires = expires.map(Duration::from_millis);
                self.events.push_back(DialectEvent::Renewed { expires });
            }
            ServerFrame::LivePush(push) => self.events.push_back(DialectEvent::LivePush(push)),
            ServerFrame::LiveAck(ack) => self.events.push_back(DialectEvent::LiveAck(ack)),
        }
    }

    fn topic(&mut self, id: u64, news: TopicNews<C::Payload>) {
        self.events.push_back(DialectEvent::Topic { id, news });
    }

    fn welcome(&mut self, now: Instant, welcome: Welcome) {
        if self.ready {
            return;
        }
        let resumed = self.session.take().is_some() && welcome.resumed;
        if resumed {
            let missing =
                self.link.resume(welcome.received).map(|missing| missing.cloned().collect());
            match missing {
                Ok(missing) => self.outbox = missing,
                Err(error) => return self.broken(close::BAD_MESSAGE, &error.to_string()),
            }
        } else {
            let last = std::mem::replace(&mut self.link, Link::new(LinkConfig::default()));
            self.overflowed += last.dropped();
        }
        let last = std::mem::replace(&mut self.window, welcome.window);
        let window = self.window.as_ref().filter(|window| last.is_some_and(|l| l.id == window.id));
        let remembers = window.map(|window| Duration::from_millis(window.ms));
        self.session = Some(Session { id: welcome.session, secret: welcome.secret });
        self.ready = true;
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.begin(now);
        }
        self.message_bytes = welcome.message_bytes.max(LEAST_MESSAGE_BYTES);
        let expires = welcome.expires_ms.map(Duration::from_millis);
        self.events.push_back(DialectEvent::Ready { resumed, remembers, expires });
    }

    /// Sends a frame, or keeps it for the next connection if that can be.
    fn send(&mut self, frame: ClientFrame<C::Payload>) {
        let frame = Arc::new(frame);
        if frame.is_sequenced() {
            let size = frame.size();
            self.link.send(frame.clone(), size);
        }
        if self.ready {
            self.outbox.push_back(frame);
        }
    }

    /// A frame that this client does not know is one that it can do without; but
    /// nobody must wait for an answer that came and was garbled.
    fn misunderstood(&mut self, error: FrameError) {
        let FrameError { request, subscription, message, .. } = error;
        let rejection = Rejection::new(code::BAD_REPLY, message);
        if let Some(id) = request {
            self.events.push_back(DialectEvent::Settled { id, outcome: Err(rejection) });
        } else if let Some(id) = subscription {
            self.topic(id, TopicNews::Unsubscribed(rejection));
        }
    }

    /// How many frames must be unacknowledged for an acknowledgement to travel along.
    /// With pings and pongs it is any, for then the server may be waiting for it.
    fn least_to_acknowledge(&self) -> u64 {
        let is_beat =
            |frame: &Arc<_>| matches!(**frame, ClientFrame::Ping(_) | ClientFrame::Pong(_));
        match &self.outbox {
            outbox if outbox.is_empty() => u64::MAX,
            outbox if outbox.iter().any(is_beat) => 1,
            _ => WORTH_AN_ACK,
        }
    }

    /// What is large leaves alone, and then a ping that asks whether it has passed.
    fn flush_carefully(&mut self) -> Option<C::Message> {
        if let Some(ping) = self.ping_after_trial.take() {
            return C::encode(&mut VecDeque::from([ping]), LEAST_MESSAGE_BYTES);
        }
        if self.passage.is_on_trial() {
            return None;
        }
        let Some(first) = self.outbox.front().cloned() else {
            self.passage.is_through();
            return None;
        };
        let message = C::encode(&mut self.outbox, self.passage.batch())?;
        let size = C::size(&message);
        self.passage.sent(size);
        // A message that has more has one frame.
        if size > LEAST_MESSAGE_BYTES
            && let Some(heartbeat) = &mut self.heartbeat
        {
            let nonce = heartbeat.ask_for_proof(self.now);
            self.ping_after_trial = Some(ClientFrame::Ping(nonce).into());
            self.passage.tries(first, size, nonce);
        }
        Some(message)
    }

    /// A frame never arrived, and never will: something else takes its place in the sequence.
    fn undeliverable(&mut self, frame: &Arc<ClientFrame<C::Payload>>, size: usize) {
        let (ClientFrame::Request { id, .. }
        | ClientFrame::Stream { id, .. }
        | ClientFrame::Publish { id, .. }) = **frame
        else {
            return;
        };
        // To cancel what the server does not know means nothing.
        let instead = ClientFrame::Cancel { id };
        let bytes = instead.size();
        self.link.replace(|kept| Arc::ptr_eq(kept, frame), instead.into(), bytes);
        self.events.push_back(DialectEvent::Undeliverable { id, size });
    }

    fn heard(&mut self) {
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.heard();
        }
    }

    fn beat(&mut self, beat: Option<Beat>) {
        match beat {
            Some(Beat::Ping(nonce)) => self.outbox.push_back(ClientFrame::Ping(nonce).into()),
            Some(Beat::Dead) => self.broken(close::TIMED_OUT, "no answer to a ping"),
            None => {}
        }
    }

    fn broken(&mut self, code: u16, reason: &str) {
        self.closed(None);
        self.events
            .push_back(DialectEvent::Broken { code, reason: close::fit_reason(reason).into() });
    }
}

/// What a close code means.
fn kind(code: u16) -> CauseKind {
    match code {
        close::GOING_AWAY | close::SERVICE_RESTART => CauseKind::ServerGoing,
        close::ABNORMAL => CauseKind::Lost,
        close::MESSAGE_TOO_BIG => CauseKind::TooLarge,
        close::TRY_AGAIN_LATER => CauseKind::ServerBusy,
        close::UNAUTHENTICATED => CauseKind::RefusedCredentials,
        close::FORBIDDEN => CauseKind::Origin,
        close::UNSUPPORTED_VERSION => CauseKind::Version,
        close::TIMED_OUT => CauseKind::Timeout,
        close::TAKEN_OVER => CauseKind::Replaced,
        close::TOO_SLOW => CauseKind::TooSlow,
        code if close::reaction(code) == close::Reaction::Fatal => CauseKind::Protocol,
        _ => CauseKind::Closed,
    }
}

impl<C: Codec> Dialect for Fader<C> {
    type Payload = C::Payload;
    type Message = C::Message;

    fn subprotocols(&self) -> &'static [&'static str] {
        C::subprotocols()
    }

    fn authorize(&mut self, credentials: Option<String>) {
        self.credentials = credentials.map(Secret);
    }

    fn renew(&mut self, credentials: String) {
        self.send(ClientFrame::Renew(credentials));
    }

    fn opened(&mut self, now: Instant, heartbeat: &HeartbeatConfig) {
        self.heartbeat = Some(Heartbeat::new(now, heartbeat.clone()));
        self.passage.opened();
        let hello = ClientFrame::Hello(Hello {
            version: VERSION,
            agent: Some(concat!("fader/", env!("CARGO_PKG_VERSION")).into()),
            resume: self.session.as_ref().map(|session| Resume {
                session: session.id.clone(),
                secret: session.secret.clone(),
                received: self.link.count(),
            }),
            credentials: self.credentials.take().map(|Secret(credentials)| credentials),
        });
        self.outbox.push_back(hello.into());
    }

    fn closed(&mut self, code: Option<u16>) {
        // It belongs to someone else now, and taking it back would go on for ever.
        if code == Some(close::TAKEN_OVER) {
            self.session = None;
        }
        if code == Some(close::MESSAGE_TOO_BIG)
            && let Some((frame, size)) = self.passage.too_large()
        {
            self.undeliverable(&frame, size);
        }
        self.heartbeat = None;
        self.ready = false;
        self.ping_after_trial = None;
        self.outbox.clear();
    }

    fn receive(&mut self, now: Instant, message: C::Message) {
        match C::decode(message) {
            Ok(frames) => {
                let mut is_empty = true;
                for frame in frames {
                    is_empty = false;
                    // A server pings because it hears nothing: that is no answer.
                    if !matches!(frame, Ok(ServerFrame::Ping(_))) {
                        self.heard();
                    }
                    // What follows a fault of the server's is of no use.
                    if self.heartbeat.is_none() {
                        break;
                    }
                    self.receive_frame(now, frame);
                }
                if is_empty {
                    self.heard();
                }
            }
            Err(error) => self.broken(close::BAD_MESSAGE, &error.to_string()),
        }
    }

    fn has_room(&self, size: usize) -> bool {
        // What is larger than the whole buffer goes alone.
        self.link.unacknowledged() == 0 || self.link.has_room(size)
    }

    fn operate(&mut self, operation: Operation<C::Payload>) {
        self.send(match operation {
            Operation::Request { id, method, delivery, params } => {
                ClientFrame::Request { id, method, delivery, params }
            }
            Operation::Stream { id, method, credit, params } => {
                ClientFrame::Stream { id, method, credit, params }
            }
            Operation::Credit { id, items } => ClientFrame::Credit { id, items },
            Operation::Publish { id, topic, key, event } => {
                ClientFrame::Publish { id, topic, key, event }
            }
            Operation::VolatilePublish { topic, event } => {
                ClientFrame::VolatilePublish { topic, event }
            }
            Operation::Subscribe { id, topic, options } => {
                ClientFrame::Subscribe { id, topic, options }
            }
            Operation::Unsubscribe { id } => ClientFrame::Unsubscribe { id },
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
        self.now = now;
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
        if self.ready
            && let Some(count) = self.link.take_ack(self.least_to_acknowledge())
        {
            self.outbox.push_back(ClientFrame::Ack(count).into());
        }
        if self.passage.is_careful() && self.ready {
            return self.flush_carefully();
        }
        let message = C::encode(&mut self.outbox, self.message_bytes.min(self.passage.batch()))?;
        self.passage.sent(C::size(&message));
        Some(message)
    }

    fn operation_limit(&self) -> usize {
        // Two for the brackets of the message.
        self.message_bytes.min(self.passage.limit()) - 2
    }

    fn is_limited_on_the_way(&self) -> bool {
        self.passage.limit() < self.message_bytes
    }

    fn verdict(&self, code: u16) -> Verdict {
        Verdict { kind: kind(code), reaction: close::reaction(code) }
    }

    fn rtt(&self) -> Option<Duration> {
        self.heartbeat.as_ref().and_then(Heartbeat::rtt)
    }

    fn unacknowledged(&self) -> usize {
        self.link.unacknowledged()
    }

    fn overflowed(&self) -> u64 {
        self.overflowed + self.link.dropped()
    }
}
