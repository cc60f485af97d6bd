use std::cell::RefCell;

use fader::shell::{App, warn};
use fader_core::{
    Cause, CloseReason, Event, Instant, NotSent, RequestError, RequestId, State, SubscriptionId,
    TopicUpdate,
};
use fader_protocol::SortedMap;
use wasm_bindgen::prelude::*;

use crate::live::members;
use crate::payload::JsPayload;
use crate::topics::JsInbox;

#[wasm_bindgen]
extern "C" {
    /// The TypeScript half, as the wasm half sees it: `Face` in `ts/engine.ts`.
    /// Nothing of it throws.
    pub type Face;

    #[wasm_bindgen(method)]
    fn state(this: &Face, name: &str, attempt: u32, until: f64);
    /// Comes before the state that follows from it.
    #[wasm_bindgen(method)]
    fn disconnected(this: &Face, kind: &str, code: u16, reason: &str, attempt: u32, at: f64);
    #[wasm_bindgen(method)]
    fn replied(this: &Face, waiting: &JsValue, reply: JsValue);
    #[wasm_bindgen(method)]
    fn failed(
        this: &Face,
        waiting: &JsValue,
        code: &str,
        message: &str,
        sent: bool,
        rejection: Option<String>,
        data: JsValue,
    );
    #[wasm_bindgen(method, js_name = liveResult)]
    fn live_result(this: &Face, group: f64, result: JsValue);
    #[wasm_bindgen(method, js_name = livePushed)]
    fn live_pushed(this: &Face, group: f64, members: Vec<JsValue>);
    #[wasm_bindgen(method, js_name = liveChanged)]
    fn live_changed(this: &Face, group: f64);
    #[wasm_bindgen(method)]
    fn item(this: &Face, waiting: &JsValue, item: JsValue);
    #[wasm_bindgen(method)]
    fn member(this: &Face, subscription: f64, member: &str, info: JsValue);
    #[wasm_bindgen(method, js_name = topicChanged)]
    fn topic_changed(this: &Face, subscription: f64);
}

/// Passes on what the core finds out.
pub(crate) struct JsApp {
    face: Face,
    /// What the face knows requests by.
    waiting: RefCell<SortedMap<RequestId, JsValue>>,
    topics: RefCell<Vec<(SubscriptionId, JsInbox)>>,
}

impl JsApp {
    pub(crate) fn new(face: Face) -> Self {
        Self { face, waiting: RefCell::default(), topics: RefCell::default() }
    }

    /// `waiting` is told what becomes of the request.
    pub(crate) fn wait(&self, id: RequestId, waiting: JsValue) {
        self.waiting.borrow_mut().insert(id, waiting);
    }

    fn tell_settled(&self, id: RequestId, outcome: Result<JsPayload, RequestError<JsPayload>>) {
        let Some(waiting) = self.waiting.borrow_mut().remove(&id) else { return };
        match outcome {
            Ok(reply) => self.face.replied(&waiting, reply.into_value()),
            Err(error) => {
                let code = code(&error);
                let (mut sent, mut rejection, mut data) = (false, None, None);
                let message = match error {
                    RequestError::NotSent(reason) => reason.to_string(),
                    RequestError::Rejected(why) => {
                        (rejection, data) = (Some(why.code), why.data);
                        why.message
                    }
                    RequestError::TimedOut(unanswered) => {
                        sent = unanswered.sent;
                        String::new()
                    }
                    // What else there is to say, the face knows.
                    RequestError::Unknown | RequestError::Cancelled | RequestError::Closed => {
                        String::new()
                    }
                };
                let data = JsPayload::or_undefined(data);
                self.face.failed(&waiting, code, &message, sent, rejection, data);
            }
        }
    }

    pub(crate) fn watch_topic(&self, id: SubscriptionId, inbox: JsInbox) {
        self.topics.borrow_mut().push((id, inbox));
    }

    pub(crate) fn unwatch_topic(&self, id: SubscriptionId) {
        self.topics.borrow_mut().retain(|(of, _)| *of != id);
    }

    fn tell_item(&self, stream: RequestId, item: JsPayload) {
        let waiting = self.waiting.borrow().get(&stream).cloned();
        if let Some(waiting) = waiting {
            self.face.item(&waiting, item.into_value());
        }
    }

    fn tell_topic(&self, id: SubscriptionId, update: TopicUpdate<JsPayload>) {
        let number = id.number() as f64;
        let update = match update {
            TopicUpdate::Joined { member, info } | TopicUpdate::Changed { member, info } => {
                return self.face.member(number, &member, info.into_value());
            }
            TopicUpdate::Left { member } => {
                return self.face.member(number, &member, JsValue::UNDEFINED);
            }
            update => update,
        };
        if let Some((_, inbox)) = self.topics.borrow().iter().find(|(of, _)| *of == id) {
            inbox.borrow_mut().push(update);
        }
        self.face.topic_changed(number);
    }

    fn tell_state(&self, state: State) {
        match state {
            State::Idle => self.face.state("idle", 0, 0.0),
            State::Connecting { attempt } => self.face.state("connecting", attempt, 0.0),
            State::Open => self.face.state("open", 0, 0.0),
            State::Waiting { attempt, until, .. } => {
                self.face.state("waiting", attempt, clock(until));
            }
            State::Refused { attempt, until, .. } => {
                self.face.state("refused", attempt, clock(until));
            }
            State::Offline => self.face.state("offline", 0, 0.0),
            State::Closed(CloseReason::ByApp) => self.face.state("closed", 0, 0.0),
            // The attempt that was refused says that it is not the app who closed it.
            State::Closed(CloseReason::Refused(cause)) => {
                self.face.state("closed", cause.attempt, 0.0);
            }
        }
    }
}

impl App<JsPayload> for JsApp {
    fn tell(&self, event: Event<JsPayload>) {
        match event {
            Event::State(state) => self.tell_state(state),
            Event::Disconnected { cause: Cause { kind, code, reason, attempt, at }, .. } => {
                self.face.disconnected(kind.name(), code, &reason, attempt, clock(at));
            }
            Event::Settled { id, outcome } => self.tell_settled(id, outcome),
            Event::LiveResult { group, outcome: Ok(result), .. } => {
                self.face.live_result(group.number() as f64, result.into_value());
            }
            // It stands in the status, which is reported next.
            Event::LiveResult { outcome: Err(_), .. } => {}
            Event::LivePushed { group, patch } => {
                self.face.live_pushed(group.number() as f64, members(patch));
            }
            Event::LiveStatus { group } => self.face.live_changed(group.number() as f64),
            Event::Topic { subscription, update } => self.tell_topic(subscription, update),
            Event::Item { stream, payload } => self.tell_item(stream, payload),
            Event::StreamEnded { stream, outcome } => {
                self.tell_settled(stream, outcome.map(|()| JsPayload::default()));
            }
            Event::Notice(rejection) => {
                warn("the server dropped what it did not understand:", &rejection.message);
            }
        }
    }
}

/// An instant as `performance.now()` has it.
fn clock(instant: Instant) -> f64 {
    instant.as_micros() as f64 / 1000.0
}

/// The `code` of the `FaderError`.
fn code<D>(error: &RequestError<D>) -> &'static str {
    match error {
        RequestError::NotSent(
            NotSent::BadName | NotSent::TooDeep { .. } | NotSent::Unserializable,
        ) => "bad-argument",
        RequestError::NotSent(_) => "not-sent",
        RequestError::Unknown => "unknown",
        RequestError::TimedOut(_) => "timed-out",
        RequestError::Cancelled => "cancelled",
        RequestError::Rejected(_) => "rejected",
        RequestError::Closed => "closed",
    }
}
