//! The app's subscriptions: what the server was asked for, and what the app is told.

mod gap;
mod inbox;
mod news;
mod roster;
mod sequence;
mod subscription;
mod update;
mod volatile;

use fader_protocol::{MAX_INTEGER, MessageLimits, Payload, SubscribeOptions, code};

pub use gap::{Gap, GapReason};
pub use inbox::{Inbox, TopicItem};
pub use news::TopicNews;
use subscription::{Stage, Subscription};
pub use update::TopicUpdate;
pub(crate) use volatile::VolatileEvents;

use crate::{Operation, SubscribeError, SubscriptionId};
use fader_protocol::{SortedMap, SortedSet};

/// The most subscriptions of a client at the same time: what a server takes by default.
const SUBSCRIPTIONS: usize = 256;

/// The subscriptions that the app has.
#[derive(Debug)]
pub(crate) struct Topics<P> {
    next_id: u64,
    subscriptions: SortedMap<SubscriptionId, Subscription<P>>,
    /// Those that the server was not asked for over this connection.
    waiting: SortedSet<SubscriptionId>,
}

impl<P: Payload> Topics<P> {
    pub(crate) fn new() -> Self {
        Self { next_id: 1, subscriptions: SortedMap::new(), waiting: SortedSet::new() }
    }

    pub(crate) fn subscribe(
        &mut self,
        topic: &str,
        options: SubscribeOptions,
    ) -> Result<SubscriptionId, SubscribeError> {
        let limits = MessageLimits::default();
        if !limits.allow_name(topic) {
            return Err(SubscribeError::BadName(topic.into()));
        }
        if let Some(since) = &options.since
            && !(limits.allow_name(&since.epoch) && since.offset <= MAX_INTEGER)
        {
            return Err(SubscribeError::BadPosition);
        }
        if self.subscriptions.len() >= SUBSCRIPTIONS {
            return Err(SubscribeError::TooMany { limit: SUBSCRIPTIONS });
        }
        let id = SubscriptionId(self.next_id);
        self.next_id += 1;
        self.subscriptions.insert(id, Subscription::new(topic.into(), options));
        self.waiting.insert(id);
        Ok(id)
    }

    /// The app is done with it. Says whether the server must be told.
    pub(crate) fn unsubscribe(&mut self, id: SubscriptionId) -> bool {
        self.waiting.remove(&id);
        let gone = self.subscriptions.remove(&id);
        gone.is_some_and(|subscription| subscription.stage() != Stage::Waiting)
    }

    /// The next subscription to ask the server for.
    pub(crate) fn next_to_ask(&mut self) -> Option<Operation<P>> {
        let id = self.waiting.pop_first()?;
        let (topic, options) = self.subscriptions.get_mut(&id)?.ask();
        Some(Operation::Subscribe { id: id.0, topic, options })
    }

    /// The server knows nothing of them any more.
    pub(crate) fn disconnected(&mut self) {
        self.subscriptions.values_mut().for_each(Subscription::disconnected);
        self.waiting.extend(self.subscriptions.keys().copied());
    }

    /// The server says something. What is about no subscription is ignored: it may
    /// have been on its way when the app was done. Says whether the server must be
    /// told that the app is done.
    pub(crate) fn hear(
        &mut self,
        id: SubscriptionId,
        news: TopicNews<P>,
        tell: &mut dyn FnMut(TopicUpdate<P>),
    ) -> bool {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return false };
        if subscription.stage() == Stage::Waiting {
            return false;
        }
        let (is_last, is_readable) = match &news {
            TopicNews::Unsubscribed(rejection) => (true, rejection.code != code::BAD_REPLY),
            _ => (false, true),
        };
        subscription.hear(news, tell);
        if is_last {
            self.subscriptions.remove(&id);
        }
        // What could not be read may have been an acceptance.
        !is_readable
    }

    pub(crate) fn is_subscribed(&self, id: SubscriptionId) -> bool {
        self.subscriptions.get(&id).is_some_and(|found| found.stage() == Stage::Subscribed)
    }

    pub(crate) fn members(&self, id: SubscriptionId) -> impl Iterator<Item = (&str, &P)> {
        self.subscriptions.get(&id).into_iter().flat_map(Subscription::members)
    }

    pub(crate) fn len(&self) -> usize {
        self.subscriptions.len()
    }

    pub(crate) fn clear(&mut self) {
        self.subscriptions.clear();
        self.waiting.clear();
    }
}
