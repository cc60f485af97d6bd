use std::time::Duration;

use fader_protocol::{Delivery, SubscribeOptions};

use super::Client;
use crate::requests::{Call, CallKind};
use crate::{
    Dialect, Event, Instant, NotSent, Operation, Output, RequestId, SubscribeError, SubscriptionId,
    TopicNews,
};

/// Topics: what is published is passed on to all who subscribed.
impl<D: Dialect> Client<D> {
    /// Subscribes to a topic. What becomes of it comes by [`Event::Topic`]. On each
    /// new connection the client subscribes anew, from where it was.
    ///
    /// # Errors
    /// When the client is closed or has too many subscriptions, or the topic or
    /// the position to continue from cannot be.
    pub fn subscribe(
        &mut self,
        now: Instant,
        topic: &str,
        options: SubscribeOptions,
    ) -> Result<SubscriptionId, SubscribeError> {
        if self.connection.is_closed() {
            return Err(SubscribeError::Closed);
        }
        let subscription = self.topics.subscribe(topic, options)?;
        self.advance(now);
        Ok(subscription)
    }

    /// The app is done with a subscription; nothing more is reported of it.
    pub fn unsubscribe(&mut self, now: Instant, subscription: SubscriptionId) {
        if self.topics.unsubscribe(subscription) {
            self.dialect.operate(Operation::Unsubscribe { id: subscription.0 });
        }
        self.advance(now);
    }

    /// Publishes an event. It is a request in every respect: `delivery` says what is
    /// promised of it, and it is settled by [`Event::Settled`], with its
    /// [`Position`](crate::Position) as the reply, at the latest after `timeout`
    /// ([`Config::request_timeout`](crate::Config::request_timeout) where there is none).
    ///
    /// `key` names it, so that it is published once however often it is sent.
    pub fn publish(
        &mut self,
        now: Instant,
        topic: impl Into<String>,
        event: D::Payload,
        key: Option<String>,
        timeout: Option<Duration>,
    ) -> RequestId {
        let delivery = key.map_or(Delivery::Once, Delivery::Keyed);
        let call = Call { kind: CallKind::Publish, name: topic.into(), delivery, params: event };
        self.call(now, call, Some(timeout.unwrap_or(self.config.request_timeout)))
    }

    /// Publishes an event that is of use only now: it leaves with this turn, or is
    /// lost. Nobody says whether it arrived.
    ///
    /// # Errors
    /// When it could not leave.
    pub fn publish_volatile(
        &mut self,
        now: Instant,
        topic: &str,
        event: D::Payload,
    ) -> Result<(), NotSent> {
        if !self.connection.takes_work() {
            return Err(NotSent::NotConnected);
        }
        let delivery = Delivery::Volatile;
        let call = Call { kind: CallKind::Publish, name: topic.into(), delivery, params: event };
        self.volatile_events.push(call, self.dialect.operation_limit())?;
        self.advance(now);
        Ok(())
    }

    /// Whether the server has accepted the subscription over the present connection.
    pub fn is_subscribed(&self, subscription: SubscriptionId) -> bool {
        self.topics.is_subscribed(subscription)
    }

    /// Who is here, by the public ids of their sessions, and what the server tells
    /// of them: for a subscription with presence, as it was told last. At most
    /// 10,000 members, and 4 MiB.
    pub fn members(
        &self,
        subscription: SubscriptionId,
    ) -> impl Iterator<Item = (&str, &D::Payload)> {
        self.topics.members(subscription)
    }

    pub(super) fn ask_for_topics(&mut self) {
        while let Some(subscribe) = self.topics.next_to_ask() {
            self.dialect.operate(subscribe);
        }
        while let Some(event) = self.volatile_events.pop() {
            self.dialect.operate(event);
        }
    }

    pub(super) fn hear_of_topic(&mut self, id: u64, news: TopicNews<D::Payload>) {
        let subscription = SubscriptionId(id);
        let outputs = &mut self.outputs;
        let tell = &mut |update| {
            outputs.push_back(Output::Event(Event::Topic { subscription, update }));
        };
        if self.topics.hear(subscription, news, tell) {
            self.dialect.operate(Operation::Unsubscribe { id });
        }
    }
}
