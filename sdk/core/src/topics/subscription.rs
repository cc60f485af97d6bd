use fader_protocol::{Payload, Position, SubscribeOptions, Subscribed};

use super::roster::Roster;
use super::sequence::Sequence;
use super::{GapReason, TopicNews, TopicUpdate};

/// What the app wants of one topic, and how far it is.
#[derive(Debug)]
pub(super) struct Subscription<P> {
    topic: String,
    last: bool,
    presence: bool,
    sequence: Sequence,
    roster: Roster<P>,
    stage: Stage,
}

/// What the server knows of it over the present connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing.
    Waiting,
    /// It was asked.
    Asked,
    /// It has accepted.
    Subscribed,
}

impl<P: Payload> Subscription<P> {
    pub(super) fn new(topic: String, options: SubscribeOptions) -> Self {
        let SubscribeOptions { since, last, presence } = options;
        Self {
            topic,
            last,
            presence,
            sequence: Sequence::after(since),
            roster: Roster::new(),
            stage: Stage::Waiting,
        }
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &P)> {
        self.roster.members()
    }

    /// What to ask the server for: what follows the last position.
    pub(super) fn ask(&mut self) -> (String, SubscribeOptions) {
        self.stage = Stage::Asked;
        let since = self.sequence.position().cloned();
        let last = self.last && since.is_none();
        (self.topic.clone(), SubscribeOptions { since, last, presence: self.presence })
    }

    pub(super) fn disconnected(&mut self) {
        self.stage = Stage::Waiting;
    }

    /// The server says something; what of it is for the app.
    pub(super) fn hear(&mut self, news: TopicNews<P>) -> Vec<TopicUpdate<P>> {
        match news {
            TopicNews::Unsubscribed(rejection) => vec![TopicUpdate::Ended { rejection }],
            TopicNews::Subscribed(start) if self.stage == Stage::Asked => self.begin(start),
            // Nothing comes before that, and that only once.
            _ if self.stage != Stage::Subscribed => Vec::new(),
            TopicNews::Subscribed(_) => Vec::new(),
            TopicNews::Event { offset, payload } => {
                let (is_new, gap) = self.sequence.event(offset);
                let event = is_new.then_some(TopicUpdate::Event { offset, payload });
                gap.map(TopicUpdate::Gap).into_iter().chain(event).collect()
            }
            TopicNews::Gap { to, reason } => {
                let gap = self.sequence.skip(to, GapReason::from_wire(reason));
                gap.map(TopicUpdate::Gap).into_iter().collect()
            }
            _ if !self.presence => Vec::new(),
            TopicNews::Present { count } => self.roster.present(count),
            TopicNews::Joined { member, info } => self.roster.joined(member, info),
            TopicNews::Left { member } => self.roster.left(member),
        }
    }

    fn begin(&mut self, start: Subscribed) -> Vec<TopicUpdate<P>> {
        self.stage = Stage::Subscribed;
        let present = Position { epoch: start.epoch.clone(), offset: start.offset };
        let (recovered, gap) = self.sequence.begin(start);
        let position = self.sequence.position().cloned().unwrap_or(present);
        let subscribed = TopicUpdate::Subscribed { position, recovered };
        [subscribed].into_iter().chain(gap.map(TopicUpdate::Gap)).collect()
    }
}
