//! What waits for an app that reads slowly: bounded, and nothing is lost without a word.

use fader_core::{Gap, GapReason, Inbox, Position, RawPayload, Rejection, TopicItem, TopicUpdate};
use proptest::prelude::*;

use crate::support::json;

type Update = TopicUpdate<RawPayload>;

fn at(epoch: &str, offset: u64) -> Position {
    Position { epoch: epoch.into(), offset }
}

fn begins(epoch: &str, offset: u64, recovered: bool) -> Update {
    TopicUpdate::Subscribed { position: at(epoch, offset), recovered }
}

fn event(offset: u64) -> Update {
    TopicUpdate::Event { offset, payload: json(offset) }
}

fn gap(from: u64, to: u64, reason: GapReason) -> Update {
    TopicUpdate::Gap(Gap { from, to, reason })
}

/// An item as the update that it stands for.
fn update(item: TopicItem<RawPayload, RawPayload>) -> Update {
    match item {
        TopicItem::Subscribed { position, recovered } => {
            TopicUpdate::Subscribed { position, recovered }
        }
        TopicItem::Event { position, event } => {
            TopicUpdate::Event { offset: position.offset, payload: event }
        }
        TopicItem::Gap(gap) => TopicUpdate::Gap(gap),
        TopicItem::Ended(rejection) => TopicUpdate::Ended { rejection },
    }
}

fn push<const N: usize>(inbox: &mut Inbox<RawPayload>, updates: [Update; N]) {
    updates.into_iter().for_each(|update| inbox.push(update));
}

fn all(inbox: &mut Inbox<RawPayload>) -> Vec<Update> {
    std::iter::from_fn(|| inbox.pop()).map(update).collect()
}

#[test]
fn what_is_taken_in_time_comes_as_it_is() {
    let mut inbox = Inbox::new(2, None);
    let ended = TopicUpdate::Ended { rejection: Rejection::new("forbidden", "no") };
    for update in [begins("a", 4, false), event(5), gap(6, 8, GapReason::TooSlow), ended] {
        inbox.push(update.clone());
        assert_eq!(all(&mut inbox), [update]);
    }
    assert_eq!(inbox.position(), Some(&at("a", 8)));
}

#[test]
fn there_is_room_for_as_many_as_it_is_for() {
    let mut inbox = Inbox::new(3, Some(at("a", 4)));
    let updates = [event(5), event(6), event(7)];
    push(&mut inbox, updates.clone());
    assert_eq!(all(&mut inbox), updates);
}

#[test]
fn there_is_room_for_4_mib() {
    let event = |offset, bytes: usize| {
        let payload = json("x".repeat(bytes - 2));
        TopicUpdate::Event { offset, payload }
    };
    let mut inbox = Inbox::new(10, Some(at("a", 0)));
    let updates = [event(1, 4 * 1024 * 1024 - 100), event(2, 100)];
    push(&mut inbox, updates.clone());
    assert_eq!(all(&mut inbox), updates);
    push(&mut inbox, [event(3, 4 * 1024 * 1024 - 100), event(4, 101)]);
    assert_eq!(all(&mut inbox), [gap(3, 3, GapReason::Overflow), event(4, 101)]);
}

#[test]
fn what_made_way_leaves_all_its_room() {
    let large = |offset| TopicUpdate::Event { offset, payload: json("x".repeat(1_500_000)) };
    let mut inbox = Inbox::new(2, Some(at("a", 0)));
    (1..=6).for_each(|offset| inbox.push(large(offset)));
    assert_eq!(all(&mut inbox), [gap(1, 4, GapReason::Overflow), large(5), large(6)]);
    push(&mut inbox, [large(7), large(8)]);
    assert_eq!(all(&mut inbox), [large(7), large(8)]);
}

#[test]
fn the_oldest_makes_way_and_a_gap_says_so() {
    let mut inbox = Inbox::new(2, None);
    push(&mut inbox, [begins("a", 4, false), event(5), event(6), event(7)]);
    let overflow = gap(5, 5, GapReason::Overflow);
    assert_eq!(all(&mut inbox), [begins("a", 4, false), overflow, event(6), event(7)]);
}

#[test]
fn the_position_is_what_was_taken() {
    let mut inbox = Inbox::new(10, Some(at("a", 4)));
    let reason = GapReason::NotKept;
    push(&mut inbox, [begins("a", 6, false), gap(5, 6, reason), event(7)]);
    for offset in [4, 4, 6, 7] {
        assert_eq!(inbox.position(), Some(&at("a", offset)));
        inbox.pop();
    }
}

#[test]
fn what_overflowed_is_no_recovery() {
    let mut inbox = Inbox::new(1, Some(at("a", 4)));
    push(&mut inbox, [event(5), begins("a", 5, true), event(6)]);
    let overflow = gap(5, 5, GapReason::Overflow);
    assert_eq!(all(&mut inbox), [begins("a", 5, false), overflow, event(6)]);
}

#[test]
fn another_epoch_is_not_forgotten() {
    let mut inbox = Inbox::new(1, Some(at("a", 4)));
    let epoch = gap(1, 3, GapReason::NewEpoch);
    push(&mut inbox, [event(5), begins("b", 3, false), epoch, event(4), event(5)]);
    let lost = gap(1, 4, GapReason::NewEpoch);
    assert_eq!(all(&mut inbox), [begins("b", 3, false), lost, event(5)]);
}

#[test]
fn bytes_are_bounded_too_but_one_always_fits() {
    let mut inbox = Inbox::new(10, Some(at("a", 0)));
    let large = |offset| TopicUpdate::Event { offset, payload: json("x".repeat(3 << 20)) };
    push(&mut inbox, [large(1), large(2)]);
    assert_eq!(all(&mut inbox), [gap(1, 1, GapReason::Overflow), large(2)]);
    inbox.push(TopicUpdate::Event { offset: 3, payload: json("x".repeat(5 << 20)) });
    assert_eq!(all(&mut inbox).len(), 1);
}

/// Checks that everything up to the last position was delivered or announced as missing.
#[derive(Default)]
struct App(Option<Position>);

impl App {
    fn hear(&mut self, update: &Update) {
        match update {
            TopicUpdate::Subscribed { position, recovered } => {
                let before = self.0.take().filter(|before| before.epoch == position.epoch);
                assert!(!recovered || before.as_ref() == Some(position), "{before:?}: {update:?}");
                self.0 = Some(before.unwrap_or(at(&position.epoch, 0)));
            }
            TopicUpdate::Event { offset, .. } => self.advance(*offset, *offset),
            TopicUpdate::Gap(gap) => self.advance(gap.from, gap.to),
            other => unreachable!("{other:?}"),
        }
    }

    fn advance(&mut self, from: u64, to: u64) {
        let had = self.0.as_mut().expect("subscribed before");
        assert!(from == had.offset + 1 && to >= from, "{from} to {to} after {had:?}");
        had.offset = to;
    }
}

#[derive(Debug, Clone)]
enum Step {
    Publish,
    Skip,
    Reconnect { recovered: bool },
    NewEpoch,
    Take,
}

proptest! {
    #[test]
    fn however_slowly_it_is_read_nothing_is_lost_without_a_word(
        limit in 1..5_usize,
        steps in prop::collection::vec(
            prop_oneof![
                6 => Just(Step::Publish),
                1 => Just(Step::Skip),
                2 => any::<bool>().prop_map(|recovered| Step::Reconnect { recovered }),
                1 => Just(Step::NewEpoch),
                4 => Just(Step::Take),
            ],
            1..100,
        ),
    ) {
        let mut inbox = Inbox::new(limit, None);
        let mut app = App::default();
        let (mut epoch, mut offset) = (0, 0);
        inbox.push(begins("0", 0, false));
        for step in steps {
            match step {
                Step::Publish => {
                    offset += 1;
                    inbox.push(event(offset));
                }
                Step::Skip => {
                    offset += 2;
                    inbox.push(gap(offset - 1, offset, GapReason::TooSlow));
                }
                Step::Reconnect { recovered: true } => {
                    inbox.push(begins(&epoch.to_string(), offset, true));
                }
                Step::Reconnect { recovered: false } => {
                    offset += 3;
                    inbox.push(begins(&epoch.to_string(), offset, false));
                    inbox.push(gap(offset - 2, offset, GapReason::NotKept));
                }
                Step::NewEpoch => {
                    (epoch, offset) = (epoch + 1, 2);
                    inbox.push(begins(&epoch.to_string(), 2, false));
                    inbox.push(gap(1, 2, GapReason::NewEpoch));
                }
                Step::Take => {
                    if let Some(item) = inbox.pop() {
                        app.hear(&update(item));
                    }
                }
            }
        }
        let rest = all(&mut inbox);
        prop_assert!(rest.len() <= limit + 2, "{} wait", rest.len());
        rest.iter().for_each(|update| app.hear(update));
        prop_assert_eq!(inbox.position(), Some(&at(&epoch.to_string(), offset)));
        prop_assert_eq!(app.0, Some(at(&epoch.to_string(), offset)));
    }
}
