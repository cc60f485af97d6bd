//! Whatever the server says of topics and streams, the promises to the app hold.
//! The rig checks them all the while.

use fader_core::{Input, Position, RawPayload, RequestId, SubscribeOptions, SubscriptionId};
use fader_protocol::{MAX_INTEGER, Rejection, ServerFrame, Subscribed};
use proptest::prelude::*;

use crate::support::{Rig, json, ms};

#[derive(Debug, Clone)]
enum Step {
    Subscribe(SubscribeOptions),
    Unsubscribe { which: usize },
    Stream,
    Consume { which: usize, items: u64 },
    CancelStream { which: usize },
    Publish,
    Serve(Vec<ServerFrame<RawPayload>>),
    Cut { resumed: bool },
    Advance { millis: u64 },
}

fn epoch() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_owned)
}

fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0..12_u64, 1 => prop::sample::select(vec![MAX_INTEGER - 1, MAX_INTEGER])]
}

fn member() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["1", "2", "3", "4"]).prop_map(str::to_owned)
}

fn frame() -> impl Strategy<Value = ServerFrame<RawPayload>> {
    let id = 1..4_u64;
    let rejection = || Rejection::new("forbidden", "no");
    prop_oneof![
        6 => (id.clone(), epoch(), offset(), any::<bool>()).prop_map(
            |(id, epoch, offset, recovered)| {
                ServerFrame::Subscribed { id, start: Subscribed { epoch, offset, recovered } }
            }
        ),
        12 => (id.clone(), offset())
            .prop_map(|(id, offset)| ServerFrame::Event { id, offset, payload: json(offset) }),
        3 => (id.clone(), offset())
            .prop_map(|(id, to)| ServerFrame::Gap { id, to, reason: "too-slow".into() }),
        1 => id.clone().prop_map(move |id| ServerFrame::Unsubscribed { id, rejection: rejection() }),
        2 => (id.clone(), 0..4_u64).prop_map(|(id, count)| ServerFrame::Present { id, count }),
        5 => (id.clone(), member())
            .prop_map(|(id, member)| ServerFrame::Joined { id, member, info: json("x") }),
        3 => (id.clone(), member()).prop_map(|(id, member)| ServerFrame::Left { id, member }),
        8 => (id.clone(), 0..9_u64)
            .prop_map(|(id, n)| ServerFrame::Item { id, payload: json(n) }),
        1 => id.clone().prop_map(|id| ServerFrame::End { id }),
        1 => id.clone().prop_map(|id| ServerFrame::Reply { id, payload: json("reply") }),
        1 => id.prop_map(move |id| ServerFrame::Error { id, rejection: rejection() }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..3_usize;
    let since = prop::option::of((epoch(), offset()));
    prop_oneof![
        2 => (since, any::<bool>(), any::<bool>()).prop_map(|(since, last, presence)| {
            let since = since.map(|(epoch, offset)| Position { epoch, offset });
            Step::Subscribe(SubscribeOptions { since, last, presence })
        }),
        1 => which.clone().prop_map(|which| Step::Unsubscribe { which }),
        2 => Just(Step::Stream),
        2 => (which.clone(), 0..5_u64).prop_map(|(which, items)| Step::Consume { which, items }),
        1 => which.prop_map(|which| Step::CancelStream { which }),
        1 => Just(Step::Publish),
        12 => prop::collection::vec(frame(), 1..8).prop_map(Step::Serve),
        2 => any::<bool>().prop_map(|resumed| Step::Cut { resumed }),
        1 => (1..40_000_u64).prop_map(|millis| Step::Advance { millis }),
    ]
}

struct World {
    rig: Rig,
    subscriptions: Vec<SubscriptionId>,
    streams: Vec<RequestId>,
    ended: usize,
    /// The requests that are no streams.
    settled: usize,
    published: usize,
}

impl World {
    fn step(&mut self, step: Step) {
        match step {
            Step::Subscribe(options) => self.subscriptions.push(self.rig.subscribe(options)),
            Step::Unsubscribe { which } => {
                if which < self.subscriptions.len() {
                    let subscription = self.subscriptions.remove(which);
                    self.rig.unsubscribe(subscription);
                }
            }
            Step::Stream => self.streams.push(self.rig.stream()),
            Step::Consume { which, items } => {
                if let Some(stream) = self.streams.get(which) {
                    self.rig.consumed(*stream, items);
                }
            }
            Step::CancelStream { which } => {
                if let Some(stream) = self.streams.get(which) {
                    self.rig.cancel(*stream);
                }
            }
            Step::Publish => {
                self.rig.publish("hello");
                self.published += 1;
            }
            Step::Serve(frames) => {
                // The client may be on its way back.
                if self.rig.is_up() {
                    self.rig.drain();
                    self.rig.serve(frames);
                }
            }
            Step::Cut { resumed } => {
                self.rig.cut();
                self.rig.redial();
                if resumed {
                    self.rig.continue_session(0);
                } else {
                    self.rig.accept();
                }
            }
            Step::Advance { millis } => self.rig.advance(ms(millis)),
        }
        let seen = self.rig.take();
        self.ended += seen.ended.len();
        self.settled += seen.settled.len();
    }
}

proptest! {
    #[test]
    fn no_server_breaks_what_was_promised(steps in prop::collection::vec(step(), 1..80)) {
        let mut config = fader_core::Config::default();
        config.queue.stream_items = 4;
        let mut world = World {
            rig: Rig::open_with(config),
            subscriptions: Vec::new(),
            streams: Vec::new(),
            ended: 0,
            settled: 0,
            published: 0,
        };
        for step in steps {
            world.step(step);
        }
        world.rig.input(Input::Close);
        let seen = world.rig.take();
        prop_assert_eq!(world.ended + seen.ended.len(), world.streams.len());
        prop_assert_eq!(world.settled + seen.settled.len(), world.published);
    }
}
