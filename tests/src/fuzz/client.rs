use std::collections::BTreeSet;
use std::time::Duration;

use fader_core::{
    Client, Config, Delivery, Event, Fader, Generation, GroupId, Holder, Input, Instant, JsonCodec,
    Lifecycle, Output, Policy, RawPayload, RequestId, State, SubscribeOptions, SubscriptionId,
};
use fader_protocol::{Bytes, ClientFrame, Message, MessageLimits, Patch, json};

use super::{binary, number, steps};

/// A client with a hostile server, and an app and a browser that do whatever they can.
///
/// | step | means |
/// |---|---|
/// | `opened`, `closed code` | the transport that was dialed opens, or closes |
/// | `hear text` | a message arrives |
/// | `get bytes text` | a binary message arrives |
/// | `request params`, `keyed params`, `volatile params` | the app calls a method |
/// | `file bytes` | it calls one with bytes |
/// | `stream`, `take number` | it calls a method with many items, and takes some of all |
/// | `publish`, `mention` | it publishes an event; one that is volatile |
/// | `subscribe`, `unsubscribe` | it subscribes to a topic; it is done with the last |
/// | `cancel N` | it gives the Nth request, stream or event up |
/// | `live policy`, `begin`, `set number`, `commit`, `revert`, `leave` | it shows a live group, ... |
/// | `online`, `offline`, `visible`, `hide`, `show`, `freeze`, `resume` | the browser says so |
/// | `connect`, `close` | the app says so |
/// | `wait ms` | time passes |
///
/// # Panics
/// If the client panics, sends what no server can read, settles a request twice,
/// or says anything after the end.
pub fn client(input: &[u8]) {
    let mut world = World::new();
    for (word, rest) in steps(input) {
        world.step(&word, &rest);
        world.drain();
    }
    world.handle(Input::Close);
    world.drain();
    assert!(world.unsettled.is_empty(), "never settled: {:?}", world.unsettled);
    assert_eq!(world.client.deadline(), None, "a timer after the end");
}

struct World {
    client: Client<Fader<JsonCodec>>,
    now: Instant,
    dialed: Option<Generation>,
    requests: Vec<RequestId>,
    subscriptions: Vec<SubscriptionId>,
    unsettled: BTreeSet<RequestId>,
    group: Option<GroupId>,
    is_closed: bool,
}

impl World {
    fn new() -> Self {
        let dialect = Fader::<JsonCodec>::default();
        Self {
            client: Client::new(Config::default(), dialect, 1).expect("the default options"),
            now: Instant::from_millis(1_000_000),
            dialed: None,
            requests: Vec::new(),
            subscriptions: Vec::new(),
            unsettled: BTreeSet::new(),
            group: None,
            is_closed: false,
        }
    }

    fn step(&mut self, word: &str, rest: &str) {
        match word {
            "connect" => self.handle(Input::Connect),
            "close" => self.handle(Input::Close),
            "opened" => {
                if let Some(generation) = self.dialed {
                    self.handle(Input::Opened { generation });
                }
            }
            "hear" => {
                if let Some(generation) = self.dialed {
                    self.handle(Input::Message { generation, message: rest.into() });
                }
            }
            "get" => {
                if let Some(generation) = self.dialed {
                    self.handle(Input::Message { generation, message: binary(rest) });
                }
            }
            "closed" => {
                if let Some(generation) = self.dialed.take() {
                    let code = u16::try_from(number(rest)).unwrap_or(1006);
                    self.handle(Input::Closed { generation, code, reason: String::new() });
                }
            }
            "file" => self.call(Bytes(rest.into()).into(), Delivery::Once),
            "request" => self.request(rest, Delivery::Once),
            "keyed" => self.request(rest, Delivery::Keyed("key".into())),
            "volatile" => self.request(rest, Delivery::Volatile),
            "cancel" => {
                let nth = usize::try_from(number(rest)).unwrap_or(0);
                if let Some(id) = self.requests.get(nth) {
                    self.client.cancel(self.now, *id);
                }
            }
            "stream" => {
                let id = self.client.stream(self.now, "count", raw(1));
                self.requests.push(id);
                self.unsettled.insert(id);
            }
            "take" => {
                for id in &self.requests {
                    self.client.stream_consumed(self.now, *id, number(rest));
                }
            }
            "subscribe" => {
                let options = SubscribeOptions { presence: true, ..SubscribeOptions::default() };
                if let Ok(id) = self.client.subscribe(self.now, "chat", options) {
                    self.subscriptions.push(id);
                }
            }
            "unsubscribe" => {
                if let Some(id) = self.subscriptions.pop() {
                    self.client.unsubscribe(self.now, id);
                }
            }
            "publish" => {
                let id = self.client.publish(self.now, "chat", raw(1), None, None);
                self.requests.push(id);
                self.unsettled.insert(id);
            }
            "mention" => drop(self.client.publish_volatile(self.now, "chat", raw(1))),
            "wait" => self.pass(Duration::from_millis(number(rest).min(1_000_000))),
            _ => match lifecycle(word) {
                Some(lifecycle) => self.handle(Input::Lifecycle(lifecycle)),
                None => self.live(word, rest),
            },
        }
    }

    fn live(&mut self, word: &str, rest: &str) {
        let now = self.now;
        if word == "live" && self.group.is_none() {
            let policy = match rest {
                "every-frame" => Policy::EveryFrame,
                "throttle" => Policy::Throttle(Duration::from_millis(50)),
                "debounce" => Policy::Debounce(Duration::from_millis(100)),
                "on-commit" => Policy::OnCommit,
                _ => Policy::Adaptive,
            };
            self.group = self.client.live_open(now, "area", patch(0), policy).ok();
        }
        let Some(group) = self.group else { return };
        match word {
            "begin" => {
                let _ = self.client.live_begin(now, group, Holder::APP, &[], None);
            }
            "set" => {
                let _ = self.client.live_set(now, group, patch(number(rest)));
            }
            "commit" => self.client.live_commit(now, group, Holder::APP),
            "revert" => {
                self.client.live_cancel(now, group, Holder::APP);
            }
            "leave" => {
                self.client.live_close(now, group);
                self.group = None;
            }
            _ => {}
        }
    }

    fn request(&mut self, params: &str, delivery: Delivery) {
        let Ok(params) = serde_json::from_str::<&serde_json::value::RawValue>(params) else {
            return;
        };
        self.call(json::to_raw(params).expect("what was read can be written"), delivery);
    }

    fn call(&mut self, params: RawPayload, delivery: Delivery) {
        let id = self.client.request(self.now, "sum", params, delivery, None);
        self.requests.push(id);
        self.unsettled.insert(id);
    }

    fn handle(&mut self, input: Input<Message>) {
        self.client.handle(self.now, input);
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        let mut at_once = 0;
        while let Some(due) = self.client.deadline().filter(|due| *due <= until) {
            at_once = if due <= self.now { at_once + 1 } else { 0 };
            assert!(at_once < 100, "a timer that spins");
            self.now = self.now.max(due);
            self.handle(Input::Tick);
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some(output) = self.client.poll() {
            let is_answer =
                matches!(output, Output::Event(Event::Settled { .. } | Event::StreamEnded { .. }));
            assert!(!self.is_closed || is_answer, "after the end: {output:?}");
            match output {
                Output::Authorize { .. } => unreachable!("no credentials are configured"),
                Output::Dial { generation } => self.dialed = Some(generation),
                Output::HangUp { code, reason, .. } => {
                    assert!(code == 1000 || (3000..5000).contains(&code));
                    assert!(reason.len() <= 123);
                    self.dialed = None;
                }
                Output::Send { message, .. } => read_by_server(&message),
                Output::Event(
                    Event::Settled { id, .. } | Event::StreamEnded { stream: id, .. },
                ) => {
                    assert!(self.unsettled.remove(&id), "{id:?} settled twice");
                }
                Output::Event(_) => {}
            }
        }
        self.is_closed = matches!(self.client.state(), State::Closed(_));
    }
}

fn patch(x: u64) -> Patch<RawPayload> {
    Patch::from([("x".into(), raw(x)), ("y".into(), raw(0))])
}

fn raw(number: u64) -> RawPayload {
    json::to_raw(&number).expect("a number has a JSON form")
}

fn lifecycle(word: &str) -> Option<Lifecycle> {
    Some(match word {
        "online" => Lifecycle::Online,
        "offline" => Lifecycle::Offline,
        "visible" => Lifecycle::Visible,
        "show" => Lifecycle::PageShow,
        "hide" => Lifecycle::PageHide,
        "freeze" => Lifecycle::Freeze,
        "resume" => Lifecycle::Resume,
        _ => return None,
    })
}

fn read_by_server(message: &Message) {
    // Whatever the server said it accepts, one frame may be as large as that.
    let limits = MessageLimits { message_bytes: usize::MAX, ..MessageLimits::default() };
    let frames = json::decode::<ClientFrame<RawPayload>>(message, &limits);
    for frame in frames.expect("a message that servers take") {
        frame.expect("a frame that servers know");
    }
}
