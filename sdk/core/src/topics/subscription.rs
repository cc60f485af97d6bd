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

    /// The server says something. The app is told what of it is for it.
    pub(super) fn hear(&mut self, news: TopicNews<P>, tell: &mut dyn FnMut(TopicUpdate<P>)) {
        match news {
            TopicNews::Unsubscribed(rejection) => tell(TopicUpdate::Ended { rejection }),
            TopicNews::Subscribed(start) if self.stage == Stage::Asked => self.begin(start, tell),
            // Nothing comes before that, and that only once.
            _ if self.stage != Stage::Subscribed => {}
            TopicNews::Subscribed(_) => {}
            TopicNews::Event { offset, payload } => {
                let (is_new, gap) = self.sequence.event(offset);
                if let Some(gap) = gap {
                    tell(TopicUpdate::Gap(gap));
                }
                if is_new {
                    tell(TopicUpdate::Event { offset, payload });
                }
            }
            TopicNews::Gap { to, reason } => {
                if let Some(gap) = self.sequence.skip(to, GapReason::from_wire(reason)) {
                    tell(TopicUpdate::Gap(gap));
                }
            }
            _ if !self.presence => {}
            TopicNews::Present { count } => self.roster.present(count, tell),
            TopicNews::Joined { member, info } => self.roster.joined(member, info, tell),
            TopicNews::Left { member } => self.roster.left(member, tell),
        }
    }

    fn begin(&mut self, start: Subscribed, tell: &mut dyn FnMut(TopicUpdate<P>)) {
        self.stage = Stage::Subscribed;
        let present = Position { epoch: start.epoch.clone(), offset: start.offset };
        let (recovered, gap) = self.sequence.begin(start);
        let position = self.sequence.position().cloned().unwrap_or(present);
        tell(TopicUpdate::Subscribed { position, recovered });
        if let Some(gap) = gap {
            tell(TopicUpdate::Gap(gap));
        }
    }
}
