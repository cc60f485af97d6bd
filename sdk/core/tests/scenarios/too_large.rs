//! Something between client and server takes smaller messages than the server does, and closes
//! the connection with 1009 when it meets a larger one.

use fader_core::{Delivery, NotSent, RawPayload, RequestError, RequestId};
use fader_protocol::{ClientFrame, ServerFrame, close};

use crate::support::{Rig, ack, json, ms, reply, s};

type Outcome = Result<RawPayload, RequestError<RawPayload>>;

/// A server that answers what it gets, behind a gateway.
struct Gateway {
    rig: Rig,
    limit: usize,
    /// Whether the server continues the session after a cut.
    resumes: bool,
    received: u64,
    answered: Vec<u64>,
    /// Replies that a cut kept from leaving.
    kept: Vec<ServerFrame<RawPayload>>,
    dials: usize,
    refusals: usize,
    settled: Vec<(RequestId, Outcome)>,
    results: Vec<String>,
}

impl Gateway {
    fn new(limit: usize) -> Self {
        let mut rig = Rig::open();
        rig.pongs = false;
        Self {
            rig,
            limit,
            resumes: true,
            received: 0,
            answered: Vec::new(),
            kept: Vec::new(),
            dials: 1,
            refusals: 0,
            settled: Vec::new(),
            results: Vec::new(),
        }
    }

    /// Calls a method with so many bytes.
    fn call(&mut self, method: &str, bytes: usize, delivery: Delivery) -> RequestId {
        self.rig.call_with(method, json("x".repeat(bytes)), delivery, Some(s(3600)))
    }

    /// Lives on for that long.
    fn live(&mut self, seconds: u64) {
        for _ in 0..seconds * 20 {
            self.turn();
            self.rig.advance(ms(50));
        }
        self.turn();
    }

    fn turn(&mut self) {
        if self.rig.is_dialing() {
            self.dials += 1;
            if self.resumes {
                self.rig.continue_session(self.received);
                self.rig.serve(std::mem::take(&mut self.kept));
            } else {
                self.received = 0;
                self.rig.accept();
            }
        }
        // What the client says may lead to an answer, and that to more.
        for _ in 0..1000 {
            let seen = self.rig.take();
            self.settled.extend(seen.settled);
            self.results.extend(seen.results.into_iter().map(|(_, outcome)| match outcome {
                Ok(result) => result.get().to_owned(),
                Err(rejection) => format!("{rejection}"),
            }));
            if seen.messages.is_empty() {
                return;
            }
            let mut answers = Vec::new();
            for message in seen.messages {
                if message.size() > self.limit {
                    self.refusals += 1;
                    answers.retain(ServerFrame::is_sequenced);
                    self.kept = answers;
                    self.rig.transport_closes(close::MESSAGE_TOO_BIG, "");
                    return;
                }
                let limits = fader_protocol::MessageLimits::default();
                let frames: Vec<Result<ClientFrame<RawPayload>, _>> =
                    fader_protocol::json::decode(&message, &limits).expect("a message");
                for frame in frames {
                    let frame = frame.expect("a frame");
                    self.received += u64::from(frame.is_sequenced());
                    match frame {
                        ClientFrame::Request { id, .. } | ClientFrame::Publish { id, .. } => {
                            self.answered.push(id);
                            answers.push(reply(id, "done"));
                        }
                        ClientFrame::Ping(nonce) => answers.push(ServerFrame::Pong(nonce)),
                        ClientFrame::Live(patch) => answers.push(ack(&patch, "computed")),
                        _ => {}
                    }
                }
            }
            if self.rig.is_up() && !answers.is_empty() {
                self.rig.serve(answers);
            }
        }
        unreachable!("the client never stops talking");
    }

    fn outcome(&self, of: RequestId) -> Option<&Outcome> {
        self.settled.iter().find(|(id, _)| *id == of).map(|(_, outcome)| outcome)
    }

    fn is_done(&self, id: RequestId) -> bool {
        matches!(self.outcome(id), Some(Ok(_)))
    }

    /// Whether it failed for its size, which says what happened.
    fn is_too_large(&self, id: RequestId) -> bool {
        let Some(Err(error)) = self.outcome(id) else { return false };
        let text = error.to_string();
        matches!(error, RequestError::NotSent(NotSent::Undeliverable { size }) if *size > self.limit)
            && text.contains("1009")
            && text.contains("bytes")
    }
}

#[test]
fn a_request_too_large_for_a_gateway_fails_as_such_and_the_rest_goes_on() {
    let mut gateway = Gateway::new(20_000);
    let before = gateway.call("before", 10, Delivery::Once);
    let large = gateway.call("large", 30_000, Delivery::Once);
    let after = gateway.call("after", 10, Delivery::Once);
    gateway.live(10);
    assert!(gateway.is_too_large(large), "{:?}", gateway.outcome(large));
    assert!(gateway.is_done(before) && gateway.is_done(after), "{:?}", gateway.settled);
    assert!(gateway.refusals <= 2, "{} refusals", gateway.refusals);
    // Nothing ran twice.
    gateway.answered.sort_unstable();
    assert_eq!(gateway.answered, [before.number(), after.number()]);
    // What is as large is refused at once from now on.
    let again = gateway.call("again", 30_000, Delivery::Once);
    gateway.live(1);
    assert!(matches!(gateway.outcome(again), Some(Err(RequestError::NotSent(_)))));
    assert!(gateway.refusals <= 2);
}

#[test]
fn a_keyed_request_too_large_for_a_gateway_that_ends_the_session_fails_as_well() {
    let mut gateway = Gateway::new(20_000);
    gateway.resumes = false;
    let keyed = Delivery::Keyed("a key that is hard to guess".into());
    let large = gateway.call("large", 30_000, keyed);
    gateway.live(1);
    let after = gateway.call("after", 10, Delivery::Once);
    gateway.live(10);
    assert!(gateway.is_too_large(large), "{:?}", gateway.outcome(large));
    assert!(gateway.is_done(after), "{:?}", gateway.settled);
    assert!(gateway.refusals <= 2, "{} refusals", gateway.refusals);
}

#[test]
fn an_event_too_large_for_a_gateway_fails_as_such() {
    let mut gateway = Gateway::new(20_000);
    let large = gateway.rig.publish("x".repeat(30_000));
    let after = gateway.call("after", 10, Delivery::Once);
    gateway.live(10);
    assert!(gateway.is_too_large(large), "{:?}", gateway.outcome(large));
    assert!(gateway.is_done(after));
}

#[test]
fn several_that_are_too_large_are_all_found() {
    let mut gateway = Gateway::new(5000);
    let large: Vec<_> =
        (0..4).map(|i| gateway.call("large", 30_000 - 5000 * i, Delivery::Once)).collect();
    let small = gateway.call("small", 4000, Delivery::Once);
    gateway.live(60);
    assert!(large.iter().all(|id| gateway.is_too_large(*id)), "{:?}", gateway.settled);
    assert!(gateway.is_done(small));
}

#[test]
fn small_requests_that_are_too_large_together_all_arrive() {
    let mut gateway = Gateway::new(5000);
    for round in 0..4 {
        let ids: Vec<_> = (0..20).map(|_| gateway.call("small", 1500, Delivery::Once)).collect();
        gateway.live(10);
        assert!(ids.iter().all(|id| gateway.is_done(*id)), "round {round}");
    }
    assert!(gateway.refusals <= 4, "{} refusals", gateway.refusals);
}

#[test]
fn a_live_model_too_large_for_a_gateway_says_so_and_the_rest_goes_on() {
    let mut gateway = Gateway::new(20_000);
    let model = [("text".to_owned(), json("x".repeat(30_000)))].into_iter().collect();
    let group = gateway.rig.live_open(model);
    let after = gateway.call("after", 10, Delivery::Once);
    gateway.live(10);
    let error = gateway.rig.status(group).error.expect("why there is no result");
    assert_eq!(error.code, "too-large");
    assert!(error.message.contains("1009"), "{error}");
    assert!(gateway.is_done(after));
    assert!(gateway.refusals <= 2, "{} refusals", gateway.refusals);
    // A model that fits computes again.
    gateway.rig.set(group, [("text".to_owned(), json("short"))].into_iter().collect());
    gateway.live(5);
    assert_eq!(gateway.results.last().map(String::as_str), Some("\"computed\""));
}
