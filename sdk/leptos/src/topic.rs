use std::collections::BTreeMap;
use std::rc::Rc;

use fader::{
    Client, Gap, Position, RawPayload, Rejection, SubscribeError, Subscription, Topic, TopicItem,
    TopicOptions,
};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use leptos::prelude::*;

use crate::task::Task;
use crate::use_client;

/// A subscription as signals; made by [`use_topic`].
pub struct TopicSignals<T: Topic> {
    event: RwSignal<Option<Rc<T::Event>>, LocalStorage>,
    position: RwSignal<Option<Position>>,
    gap: RwSignal<Option<Gap>>,
    gaps: RwSignal<u64>,
    members: RwSignal<Rc<BTreeMap<String, T::Member>>, LocalStorage>,
    subscribed: RwSignal<bool>,
    refused: RwSignal<Option<Rc<Rejection<RawPayload>>>, LocalStorage>,
    error: RwSignal<Option<SubscribeError>>,
}

/// Subscribes to the topic `T` with the client in the context, for as long as the
/// present owner lives.
///
/// A subscription that cannot even be asked for says why in [`TopicSignals::error`].
///
/// ```no_run
/// use fader::{Topic, TopicOptions};
/// use fader_leptos::use_topic;
/// use leptos::prelude::*;
///
/// struct Price;
///
/// impl Topic for Price {
///     const NAME: &'static str = "price";
///     type Event = f64;
///     type Member = ();
/// }
///
/// #[component]
/// fn Ticker() -> impl IntoView {
///     let price = use_topic::<Price>(TopicOptions { last: true, ..TopicOptions::default() });
///     view! { <output>{move || price.event().map(|price| price.to_string())}</output> }
/// }
/// ```
///
/// # Panics
/// When no client was [provided](crate::provide_client).
#[must_use]
pub fn use_topic<T: Topic>(options: TopicOptions) -> TopicSignals<T> {
    use_topic_with(options, |_| {})
}

/// As [`use_topic`], and passes every item on: a signal shows the newest event only.
///
/// # Panics
/// As [`use_topic`].
pub fn use_topic_with<T: Topic>(
    options: TopicOptions,
    take: impl FnMut(&TopicItem<Rc<T::Event>>) + 'static,
) -> TopicSignals<T> {
    let client = use_client().client();
    let subscribed = client.subscribe::<T>(options);
    let signals = TopicSignals {
        event: RwSignal::new_local(None),
        position: RwSignal::new(None),
        gap: RwSignal::new(None),
        gaps: RwSignal::new(0),
        members: RwSignal::new_local(Rc::new(BTreeMap::new())),
        subscribed: RwSignal::new(false),
        refused: RwSignal::new_local(None),
        error: RwSignal::new(subscribed.as_ref().err().cloned()),
    };
    if let Ok(subscription) = subscribed {
        Task::spawn(signals.follow(client, subscription, take)).belong_to_owner();
    }
    signals
}

impl<T: Topic> TopicSignals<T> {
    /// The newest event; nothing before the first. Tracked.
    #[must_use]
    pub fn event(self) -> Option<Rc<T::Event>> {
        self.event.get()
    }

    /// Up to here everything was shown, or announced as missing. Tracked.
    #[must_use]
    pub fn position(self) -> Option<Position> {
        self.position.get()
    }

    /// What was missing last; nothing if nothing ever was. Tracked.
    #[must_use]
    pub fn gap(self) -> Option<Gap> {
        self.gap.get()
    }

    /// How often something was missing. Tracked.
    #[must_use]
    pub fn gaps(self) -> u64 {
        self.gaps.get()
    }

    /// Who is here, by the public ids of their sessions, if
    /// [`TopicOptions::presence`] asked for it. Tracked.
    #[must_use]
    pub fn members(self) -> Rc<BTreeMap<String, T::Member>> {
        self.members.get()
    }

    /// Whether the server has accepted the subscription over the present connection. Tracked.
    #[must_use]
    pub fn subscribed(self) -> bool {
        self.subscribed.get()
    }

    /// Why the server refused the subscription or ended it, if it did. Tracked.
    #[must_use]
    pub fn refused(self) -> Option<Rc<Rejection<RawPayload>>> {
        self.refused.get()
    }

    /// Why it could not be asked for, if it could not. Tracked.
    #[must_use]
    pub fn error(self) -> Option<SubscribeError> {
        self.error.get()
    }

    async fn follow(
        self,
        client: Client,
        mut subscription: Subscription<T>,
        mut take: impl FnMut(&TopicItem<Rc<T::Event>>),
    ) {
        let mut members = subscription.member_changes();
        let mut states = client.states();
        // Everybody may be here already.
        self.members.set(Rc::new(subscription.members()));
        loop {
            let happens = select(subscription.next(), select(members.next(), states.next()));
            match happens.await {
                Either::Left((Some(item), _)) => {
                    let item = shared(item);
                    self.show(&item);
                    take(&item);
                    self.position.set(subscription.position());
                }
                Either::Left((None, _)) => break,
                Either::Right((Either::Left(_), _)) => {
                    self.members.set(Rc::new(subscription.members()));
                }
                Either::Right((Either::Right(_), _)) => {}
            }
            self.show_subscribed(&subscription);
        }
        self.show_subscribed(&subscription);
    }

    fn show(self, item: &TopicItem<Rc<T::Event>>) {
        match item {
            TopicItem::Subscribed { .. } => {}
            TopicItem::Event { event, .. } => self.event.set(Some(event.clone())),
            TopicItem::Gap(gap) => {
                self.gap.set(Some(gap.clone()));
                self.gaps.update(|gaps| *gaps += 1);
            }
            TopicItem::Ended(rejection) => self.refused.set(Some(Rc::new(rejection.clone()))),
        }
    }

    fn show_subscribed(self, subscription: &Subscription<T>) {
        let subscribed = subscription.is_subscribed();
        if self.subscribed.get_untracked() != subscribed {
            self.subscribed.set(subscribed);
        }
    }
}

/// The item with an event that signals and the app can share.
fn shared<E>(item: TopicItem<E>) -> TopicItem<Rc<E>> {
    match item {
        TopicItem::Subscribed { position, recovered } => {
            TopicItem::Subscribed { position, recovered }
        }
        TopicItem::Event { position, event } => {
            TopicItem::Event { position, event: Rc::new(event) }
        }
        TopicItem::Gap(gap) => TopicItem::Gap(gap),
        TopicItem::Ended(rejection) => TopicItem::Ended(rejection),
    }
}

impl<T: Topic> Clone for TopicSignals<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Topic> Copy for TopicSignals<T> {}
