use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use fader_core::{
    Gap, GapReason, Inbox, Position, RawPayload, SubscribeError, SubscribeOptions, SubscriptionId,
    TopicUpdate,
};
use fader_protocol::{Topic, json};
use futures_core::Stream;

use crate::driver::{Driver, TopicEvents};
use crate::watch::Watch;
use crate::{Latest, TopicItem};

/// What is wanted of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicOptions {
    /// Everything after this position, as far as the server keeps it, such as that
    /// of the last event of another page. Default: what is published from now on.
    pub since: Option<Position>,
    /// Without `since`: the last event as well, if there is one. Default: no.
    pub last: bool,
    /// To be told who is here. Default: no.
    pub presence: bool,
    /// The most items that wait for the app; they take at most 4 MiB as well. Where
    /// there is no room the oldest makes way, and a gap with [`GapReason::Overflow`]
    /// says so. Default 256, at least 1.
    pub buffer: usize,
}

impl Default for TopicOptions {
    fn default() -> Self {
        Self { since: None, last: false, presence: false, buffer: 256 }
    }
}

/// A subscription to a topic; made by [`Client::subscribe`](crate::Client::subscribe).
///
/// A stream of what is published. It survives cuts and restarts of the server: on each
/// new connection it goes on where it was. Whatever the server does, offsets increase
/// within an epoch, nothing comes twice, and whatever is missing is announced by a
/// [`TopicItem::Gap`] ahead of what follows it.
///
/// It ends after [`TopicItem::Ended`], and when the client is closed. Dropping it
/// unsubscribes.
pub struct Subscription<T: Topic> {
    driver: Rc<Driver>,
    id: SubscriptionId,
    feed: Rc<Feed>,
    topic: PhantomData<fn() -> T>,
}

/// What comes in.
struct Feed {
    inbox: RefCell<Inbox<RawPayload>>,
    /// Nothing more comes.
    ended: Cell<bool>,
    reader: Cell<Option<Waker>>,
    members: Watch<()>,
}

impl<T: Topic> Subscription<T> {
    pub(crate) fn begin(driver: Rc<Driver>, options: TopicOptions) -> Result<Self, SubscribeError> {
        let TopicOptions { since, last, presence, buffer } = options;
        let feed = Rc::new(Feed {
            inbox: RefCell::new(Inbox::new(buffer, since.clone())),
            ended: Cell::new(false),
            reader: Cell::new(None),
            members: Watch::new(()),
        });
        let options = SubscribeOptions { since, last, presence };
        let id = driver.command(|core, now| core.subscribe(now, T::NAME, options))?;
        driver.watch_topic(id, feed.clone());
        Ok(Self { driver, id, feed, topic: PhantomData })
    }

    /// Up to here everything was taken, or announced as missing: the
    /// [`since`](TopicOptions::since) of a subscription that is to go on from here.
    /// Nothing before the first item.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.feed.inbox.borrow().position().cloned()
    }

    /// Whether the server has accepted it over the present connection.
    #[must_use]
    pub fn is_subscribed(&self) -> bool {
        self.driver.ask(|core, _| core.is_subscribed(self.id))
    }

    /// Who is here, this client included, by the public ids of their sessions: as the
    /// server told last, if that was asked for. At most 10,000. Members of whom
    /// something else is told than the contract says are left out.
    #[must_use]
    pub fn members(&self) -> BTreeMap<String, T::Member> {
        let raw = self.driver.ask(|core, _| {
            let members = core.members(self.id);
            members.map(|(member, info)| (member.to_owned(), info.clone())).collect::<Vec<_>>()
        });
        let read = |(member, info)| Some((member, json::from_payload(info).ok()?));
        raw.into_iter().filter_map(read).collect()
    }

    /// A stream with an item whenever [`members`](Subscription::members) has changed
    /// since its last item. Ends when this handle is dropped.
    #[must_use]
    pub fn member_changes(&self) -> Latest<()> {
        self.feed.members.changes()
    }
}

impl<T: Topic> Stream for Subscription<T> {
    type Item = TopicItem<T::Event>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = self.feed.inbox.borrow_mut().pop();
        if let Some(item) = item {
            return Poll::Ready(Some(typed::<T>(item)));
        }
        if self.feed.ended.get() {
            return Poll::Ready(None);
        }
        self.feed.reader.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

/// The item with its event as the contract has it. One of any other form is missing.
fn typed<T: Topic>(item: TopicItem<RawPayload>) -> TopicItem<T::Event> {
    match item {
        TopicItem::Subscribed { position, recovered } => {
            TopicItem::Subscribed { position, recovered }
        }
        TopicItem::Event { position, event } => match json::from_payload(event) {
            Ok(event) => TopicItem::Event { position, event },
            Err(_) => {
                let Position { offset, .. } = position;
                TopicItem::Gap(Gap { from: offset, to: offset, reason: GapReason::Unreadable })
            }
        },
        TopicItem::Gap(gap) => TopicItem::Gap(gap),
        TopicItem::Ended(rejection) => TopicItem::Ended(rejection),
    }
}

impl<T: Topic> Drop for Subscription<T> {
    fn drop(&mut self) {
        self.driver.unwatch_topic(self.id);
        self.driver.command(|core, now| core.unsubscribe(now, self.id));
    }
}

impl<T: Topic> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("topic", &T::NAME).finish_non_exhaustive()
    }
}

impl Feed {
    fn wake(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl TopicEvents for Feed {
    fn updated(&self, update: TopicUpdate<RawPayload>) {
        match update {
            TopicUpdate::Joined { .. } | TopicUpdate::Changed { .. } | TopicUpdate::Left { .. } => {
                self.members.set(());
            }
            update => {
                if matches!(update, TopicUpdate::Ended { .. }) {
                    self.ended.set(true);
                }
                self.inbox.borrow_mut().push(update);
                self.wake();
            }
        }
    }

    fn closed(&self) {
        self.ended.set(true);
        self.members.set(());
        self.wake();
    }
}
