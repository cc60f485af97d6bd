use std::time::Duration;

use fader_core::{Delivery, Instant, Position, RequestId, SubscribeOptions, SubscriptionId};
use fader_protocol::json;
use fastrand::Rng;

use super::check::Check;
use super::page::Page;
use super::weather::{Weather, pick};

/// The part of the app that listens to topics, speaks there, and reads streams.
#[derive(Debug, Default)]
pub(super) struct Audience {
    subscriptions: Vec<SubscriptionId>,
    streams: Vec<RequestId>,
    publishings: Vec<RequestId>,
    /// Where it stopped to listen.
    stopped: Option<Position>,
    /// Every event is another one.
    values: u64,
}

impl Audience {
    /// Does one thing, and says when the next is due.
    pub(super) fn act(
        &mut self,
        now: Instant,
        page: &mut Page,
        check: &mut Check,
        weather: &Weather,
        rng: &mut Rng,
    ) -> Instant {
        match rng.u8(..100) {
            0..15 if self.subscriptions.len() < 3 => self.subscribe(now, page, check, rng),
            15..20 => {
                if let Some(id) = self.subscriptions.pop() {
                    page.unsubscribe(now, id);
                    self.stopped = check.topics.unsubscribed(id);
                }
            }
            20..50 => self.publish(now, page, check, rng),
            50..60 => {
                let event = self.next_event();
                page.publish_volatile(now, &event);
            }
            60..70 if self.streams.len() < 4 => {
                let to = rng.u64(..weather.items);
                let id = page.stream(now, to);
                check.streams.began(id, to, page.sessions());
                self.streams.push(id);
            }
            70..75 => {
                let given_up = if rng.bool() { self.streams.pop() } else { self.publishings.pop() };
                if let Some(id) = given_up {
                    page.cancel_request(now, id);
                }
            }
            _ => {
                if !self.streams.is_empty() {
                    let id = pick(rng, &self.streams);
                    take(now, id, rng.u64(1..100), page, check);
                }
            }
        }
        now + Duration::from_millis(rng.u64(1..60))
    }

    /// Reads all that waits, and says when to do so again.
    pub(super) fn read(&self, now: Instant, page: &mut Page, check: &mut Check) -> Instant {
        for id in &self.streams {
            take(now, *id, u64::MAX, page, check);
        }
        now + Duration::from_millis(20)
    }

    /// The server has ended a subscription.
    pub(super) fn dismissed(&mut self, id: SubscriptionId, check: &mut Check) {
        self.subscriptions.retain(|of| *of != id);
        self.stopped = check.topics.unsubscribed(id);
    }

    fn subscribe(&mut self, now: Instant, page: &mut Page, check: &mut Check, rng: &mut Rng) {
        let since = self.stopped.clone().filter(|_| rng.bool());
        let options = SubscribeOptions { since, last: rng.bool(), presence: rng.bool() };
        let (since, presence) = (options.since.clone(), options.presence);
        let id = page.subscribe(now, options);
        check.topics.subscribed(id, since, presence);
        self.subscriptions.push(id);
    }

    fn publish(&mut self, now: Instant, page: &mut Page, check: &mut Check, rng: &mut Rng) {
        let event = self.next_event();
        let key = (rng.u8(..3) == 0).then(|| format!("event {}", self.values));
        let delivery = key.clone().map_or(Delivery::Once, Delivery::Keyed);
        let timeout = Duration::from_millis(if rng.bool() { rng.u64(1..3000) } else { 1_000_000 });
        let id = page.publish(now, &event, key, timeout);
        check.topics.publishes(id, &event, delivery, page.sessions());
        self.publishings.push(id);
    }

    fn next_event(&mut self) -> fader_core::RawJson {
        self.values += 1;
        json::to_raw(&format!("said in the page: {}", self.values)).expect("a text")
    }
}

fn take(now: Instant, id: RequestId, most: u64, page: &mut Page, check: &mut Check) {
    let items = check.streams.take(id, most);
    if items > 0 {
        page.stream_consumed(now, id, items);
    }
}
