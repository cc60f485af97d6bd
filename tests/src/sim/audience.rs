use std::time::Duration;

use fader_core::{
    Delivery, Instant, Position, RawPayload, RequestId, SubscribeOptions, SubscriptionId,
};
use fastrand::Rng;

use super::check::Check;
use super::page::Page;
use super::person::FOR_EVER;
use super::server::payload;
use super::weather::{Weather, chance};

/// What is said in the page are numbers from here on; below are those said elsewhere.
const PAGE: u64 = 1_000_000;

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

/// What the audience does. A `which` picks one of those that there are at the time.
#[derive(Debug, Clone, Copy)]
pub(super) enum AudienceDeed {
    /// Subscribes, where it stopped or anew.
    Subscribe { goes_on: bool, last: bool, presence: bool },
    /// Is done with the newest subscription.
    Unsubscribe,
    /// Publishes an event.
    Publish { is_keyed: bool, timeout: Option<Duration> },
    /// Publishes an event that is of use only now.
    Mention,
    /// Calls a method that counts up to a number.
    Stream { to: u64 },
    /// Takes some of what waits of a stream.
    Take { which: usize, items: u64 },
    /// Gives the newest stream, or the newest event that it publishes, up.
    GiveUp { stream: bool },
}

impl AudienceDeed {
    pub(super) fn drawn(rng: &mut Rng, weather: &Weather) -> Self {
        match rng.u8(..100) {
            0..20 => {
                Self::Subscribe { goes_on: rng.bool(), last: rng.bool(), presence: rng.bool() }
            }
            20..25 => Self::Unsubscribe,
            25..50 => {
                let timeout = rng.bool().then(|| Duration::from_millis(rng.u64(1..3000)));
                Self::Publish { is_keyed: chance(rng, 30), timeout }
            }
            50..60 => Self::Mention,
            60..70 => Self::Stream { to: rng.u64(..weather.items) },
            70..75 => Self::GiveUp { stream: rng.bool() },
            _ => Self::Take { which: rng.usize(..4), items: rng.u64(1..100) },
        }
    }
}

impl Audience {
    pub(super) fn act(
        &mut self,
        now: Instant,
        deed: AudienceDeed,
        page: &mut Page,
        check: &mut Check,
    ) {
        match deed {
            AudienceDeed::Subscribe { goes_on, last, presence } if self.subscriptions.len() < 3 => {
                let since = self.stopped.clone().filter(|_| goes_on);
                let id =
                    page.subscribe(now, SubscribeOptions { since: since.clone(), last, presence });
                check.topics.subscribed(id, since, presence);
                self.subscriptions.push(id);
            }
            AudienceDeed::Unsubscribe => {
                if let Some(id) = self.subscriptions.pop() {
                    page.unsubscribe(now, id);
                    self.stopped = check.topics.unsubscribed(id);
                }
            }
            AudienceDeed::Publish { is_keyed, timeout } => {
                let event = self.next_event();
                let key = is_keyed.then(|| format!("event {}", self.values));
                let delivery = key.clone().map_or(Delivery::Once, Delivery::Keyed);
                let id = page.publish(now, &event, key, timeout.unwrap_or(FOR_EVER));
                check.topics.publishes(now, id, &event, delivery, page.sessions());
                self.publishings.push(id);
            }
            AudienceDeed::Mention => page.publish_volatile(now, &self.next_event()),
            AudienceDeed::Stream { to } if self.streams.len() < 4 => {
                let id = page.stream(now, to);
                check.streams.began(id, to, page.sessions());
                self.streams.push(id);
            }
            AudienceDeed::Take { which, items } => {
                if let Some(id) = self.streams.get(which) {
                    take(now, *id, items, page, check);
                }
            }
            AudienceDeed::GiveUp { stream } => {
                let given_up = if stream { self.streams.pop() } else { self.publishings.pop() };
                if let Some(id) = given_up {
                    page.cancel_request(now, id);
                }
            }
            AudienceDeed::Subscribe { .. } | AudienceDeed::Stream { .. } => {}
        }
    }

    /// Takes all that waits.
    pub(super) fn read(&self, now: Instant, page: &mut Page, check: &mut Check) {
        for id in &self.streams {
            take(now, *id, u64::MAX, page, check);
        }
    }

    /// The server has ended a subscription.
    pub(super) fn dismissed(&mut self, id: SubscriptionId, check: &mut Check) {
        self.subscriptions.retain(|of| *of != id);
        self.stopped = check.topics.unsubscribed(id);
    }

    fn next_event(&mut self) -> RawPayload {
        self.values += 1;
        payload(PAGE + self.values)
    }
}

fn take(now: Instant, id: RequestId, most: u64, page: &mut Page, check: &mut Check) {
    let items = check.streams.take(id, most);
    if items > 0 {
        page.stream_consumed(now, id, items);
    }
}
