use std::collections::VecDeque;

use fader_protocol::{Payload, Position, Rejection};

use super::{Gap, GapReason, TopicUpdate};

/// The most bytes that wait in an inbox.
const BYTES: usize = 4 * 1024 * 1024;

/// What an app takes from a subscription, in order. `E` is an event, `P` a payload.
#[derive(Debug, Clone, PartialEq)]
pub enum TopicItem<E, P> {
    /// The server has accepted the subscription, also anew after a reconnect.
    Subscribed {
        /// What follows comes after this position.
        position: Position,
        /// Nothing is missing after the position before.
        recovered: bool,
    },
    /// Something was published.
    Event {
        /// Its position: to continue after it, also in another page.
        position: Position,
        /// The event.
        event: E,
    },
    /// Something that was published will not come.
    Gap(Gap),
    /// The server refused the subscription, or has ended it: the last item.
    Ended(Rejection<P>),
}

/// What waits for an app that reads one subscription, bounded in number and bytes.
///
/// Where there is no room the oldest makes way, and a gap with
/// [`GapReason::Overflow`] says so. Who is here does not wait in it.
#[derive(Debug)]
pub struct Inbox<P> {
    limit: usize,
    /// What made way for what is in the queue.
    lost: Lost,
    queue: VecDeque<TopicUpdate<P>>,
    bytes: usize,
    /// What was taken last.
    taken: Option<Position>,
}

/// Comes ahead of the queue: a new beginning, and then a gap.
#[derive(Debug, Default)]
struct Lost {
    subscribed: Option<(Position, bool)>,
    gap: Option<Gap>,
}

impl<P: Payload> Inbox<P> {
    /// An inbox with room for `limit` items, and 4 MiB, but always for one.
    /// `since` is the position from which the subscription continues.
    #[must_use]
    pub fn new(limit: usize, since: Option<Position>) -> Self {
        let lost = Lost::default();
        Self { limit: limit.max(1), lost, queue: VecDeque::new(), bytes: 0, taken: since }
    }

    /// Takes in what became of the subscription.
    pub fn push(&mut self, update: TopicUpdate<P>) {
        if matches!(
            update,
            TopicUpdate::Joined { .. } | TopicUpdate::Changed { .. } | TopicUpdate::Left { .. }
        ) {
            return;
        }
        self.bytes = self.bytes.saturating_add(size(&update));
        self.queue.push_back(update);
        while self.queue.len() > 1 && (self.queue.len() > self.limit || self.bytes > BYTES) {
            let Some(oldest) = self.queue.pop_front() else { break };
            self.bytes -= size(&oldest);
            self.lost.take_in(oldest, self.taken.as_ref());
        }
    }

    /// The next item for the app.
    pub fn pop(&mut self) -> Option<TopicItem<P, P>> {
        if let Some((position, recovered)) = self.lost.subscribed.take() {
            return Some(self.begin(position, recovered));
        }
        if let Some(gap) = self.lost.gap.take() {
            return Some(self.skip(gap));
        }
        let update = self.queue.pop_front()?;
        self.bytes -= size(&update);
        match update {
            TopicUpdate::Subscribed { position, recovered } => {
                Some(self.begin(position, recovered))
            }
            TopicUpdate::Event { offset, payload } => {
                let taken = self.taken.as_mut()?;
                taken.offset = offset;
                Some(TopicItem::Event { position: taken.clone(), event: payload })
            }
            TopicUpdate::Gap(gap) => Some(self.skip(gap)),
            TopicUpdate::Ended { rejection } => Some(TopicItem::Ended(rejection)),
            TopicUpdate::Joined { .. } | TopicUpdate::Changed { .. } | TopicUpdate::Left { .. } => {
                None
            }
        }
    }

    /// Up to here the app took everything, or was told that it is missing: where
    /// another subscription is to continue.
    #[must_use]
    pub fn position(&self) -> Option<&Position> {
        self.taken.as_ref()
    }

    fn begin(&mut self, position: Position, recovered: bool) -> TopicItem<P, P> {
        // What is missing is told next, and was not taken until then.
        let gap = self.lost.gap.as_ref().or(match self.queue.front() {
            Some(TopicUpdate::Gap(gap)) => Some(gap),
            _ => None,
        });
        let offset = gap.map_or(position.offset, |gap| gap.from - 1);
        self.taken = Some(Position { epoch: position.epoch.clone(), offset });
        TopicItem::Subscribed { position, recovered }
    }

    fn skip(&mut self, gap: Gap) -> TopicItem<P, P> {
        if let Some(taken) = &mut self.taken {
            taken.offset = gap.to;
        }
        TopicItem::Gap(gap)
    }
}

impl Lost {
    fn take_in<P>(&mut self, update: TopicUpdate<P>, taken: Option<&Position>) {
        match update {
            TopicUpdate::Subscribed { position, recovered } => {
                let before = self.subscribed.as_ref().map(|(before, _)| before).or(taken);
                if before.is_some_and(|before| before.epoch != position.epoch) {
                    // A gap follows that includes what is missing of the epoch before.
                    self.gap = None;
                }
                let recovered = recovered && self.gap.is_none() && self.subscribed.is_none();
                self.subscribed = Some((position, recovered));
            }
            TopicUpdate::Event { offset, .. } => {
                self.miss(Gap { from: offset, to: offset, reason: GapReason::Overflow });
            }
            TopicUpdate::Gap(gap) => self.miss(gap),
            // Nothing comes after an end, nor waits here for the rest.
            TopicUpdate::Ended { .. }
            | TopicUpdate::Joined { .. }
            | TopicUpdate::Changed { .. }
            | TopicUpdate::Left { .. } => {}
        }
    }

    fn miss(&mut self, gap: Gap) {
        match &mut self.gap {
            Some(before) => before.to = gap.to,
            None => self.gap = Some(gap),
        }
        if let Some((_, recovered)) = &mut self.subscribed {
            *recovered = false;
        }
    }
}

fn size<P: Payload>(update: &TopicUpdate<P>) -> usize {
    match update {
        TopicUpdate::Event { payload, .. } => payload.size(),
        _ => 0,
    }
}
