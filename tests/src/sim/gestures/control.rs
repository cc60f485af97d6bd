use std::collections::{BTreeMap, BTreeSet};

use fader_core::{GroupId, Instant, Patch, RawPayload};
use fader_protocol::{LiveAck, LivePatch, Phase, json};

use super::tally::Rule;

/// The values of a live group.
pub(super) type Values = BTreeMap<String, i64>;

/// The answer of every handler: which job it was, and what it computed from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Answer {
    pub(super) job: u64,
    pub(super) values: Values,
}

/// A live group as the page shows it, and what can be told from the wire of what
/// the client knows. It decides nothing: it only watches.
#[derive(Debug)]
pub(super) struct Control {
    pub(super) id: GroupId,
    pub(super) name: &'static str,
    /// Where the page's controls stand.
    pub(super) thumbs: Values,
    gesture: Option<Gesture>,
    /// The keys whose own change is not answered.
    own: BTreeMap<String, Own>,
    shown: Option<Answer>,
    pub(super) shown_at: Instant,
    /// All positions that a thumb ever had, in order, and the one that is shown.
    positions: BTreeMap<String, (Vec<i64>, usize)>,
    /// The group's id on the wire, and the newest epoch that was sent.
    wire: (u64, u64),
    /// The commits and cancels that were sent.
    commits: BTreeMap<u64, Phase>,
    /// The gestures that ended and changed something.
    ended: u64,
}

#[derive(Debug)]
struct Gesture {
    before: Values,
    keys: BTreeSet<String>,
    set: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    Unsent,
    Sent { seq: u64 },
}

/// What should not have happened.
pub(super) type Broken = Result<(), (Rule, String)>;

impl Control {
    pub(super) fn new(now: Instant, id: GroupId, name: &'static str, thumbs: Values) -> Self {
        let positions = thumbs.iter().map(|(key, value)| (key.clone(), (vec![*value], 0)));
        Self {
            id,
            name,
            positions: positions.collect(),
            own: thumbs.keys().map(|key| (key.clone(), Own::Unsent)).collect(),
            thumbs,
            gesture: None,
            shown: None,
            shown_at: now,
            wire: (0, 0),
            commits: BTreeMap::new(),
            ended: 0,
        }
    }

    // The person.

    pub(super) fn begin(&mut self, now: Instant, keys: &[&str]) {
        let held = if keys.is_empty() {
            self.thumbs.keys().cloned().collect()
        } else {
            keys.iter().map(|key| (*key).to_owned()).collect()
        };
        self.gesture =
            Some(Gesture { before: self.thumbs.clone(), keys: held, set: BTreeSet::new() });
        self.shown_at = now;
    }

    pub(super) fn set(&mut self, key: &str, value: i64) {
        if let Some(gesture) = &mut self.gesture {
            gesture.set.insert(key.into());
        }
        self.own.insert(key.into(), Own::Unsent);
        self.move_thumb(key, value);
    }

    pub(super) fn release(&mut self) {
        self.ended += u64::from(self.gesture.take().is_some_and(|gesture| !gesture.set.is_empty()));
    }

    pub(super) fn cancel(&mut self) {
        let Some(gesture) = self.gesture.take() else { return };
        self.ended += u64::from(!gesture.set.is_empty());
        for key in gesture.set {
            let value = gesture.before[&key];
            self.own.insert(key.clone(), Own::Unsent);
            self.move_thumb(&key, value);
        }
    }

    fn move_thumb(&mut self, key: &str, value: i64) {
        self.thumbs.insert(key.into(), value);
        self.positions.entry(key.into()).or_default().0.push(value);
    }

    // The client.

    /// A patch leaves.
    pub(super) fn sent(&mut self, live: &LivePatch<RawPayload>) -> Broken {
        let values = values(&live.patch);
        let begins_epoch = self.wire != (live.group, live.epoch);
        self.wire = (live.group, live.epoch);
        if !begins_epoch
            && let Some(key) = values.keys().find(|key| !self.own.contains_key(key.as_str()))
        {
            return Err((Rule::OthersStay, format!("{key} was not changed here: {live:?}")));
        }
        if let Some(id) = live.commit {
            self.commits.insert(id, live.phase);
        }
        let torn = self
            .own
            .iter()
            .find(|(key, own)| **own == Own::Unsent && !values.contains_key(key.as_str()));
        if let Some((key, _)) = torn {
            return Err((Rule::TurnsAreWhole, format!("{key} is missing in {live:?}")));
        }
        for (key, value) in &values {
            if self.thumbs.get(key) == Some(value) {
                self.own.insert(key.clone(), Own::Sent { seq: live.seq });
            } else if live.phase == Phase::Preview {
                let what = format!("{key} is {value}, not {:?}", self.thumbs.get(key));
                return Err((Rule::TurnsAreWhole, what));
            }
        }
        Ok(())
    }

    /// An answer reaches the client.
    pub(super) fn answered(&mut self, ack: &LiveAck<RawPayload>) {
        if (ack.group, ack.epoch) == self.wire {
            self.own.retain(|_, own| !matches!(own, Own::Sent { seq } if *seq <= ack.seq));
        }
    }

    /// The client gives the connection up: what is not answered may be lost.
    pub(super) fn disconnected(&mut self) {
        for own in self.own.values_mut() {
            *own = Own::Unsent;
        }
    }

    /// Values from elsewhere move the thumbs.
    pub(super) fn pushed(&mut self, patch: &Patch<RawPayload>) -> Broken {
        for (key, value) in values(patch) {
            let gesture = self.gesture.as_mut();
            if gesture.as_ref().is_some_and(|gesture| gesture.keys.contains(&key)) {
                return Err((Rule::ThumbsStay, format!("{key} is held and moves to {value}")));
            }
            if let Some(own) = self.own.get(&key) {
                return Err((Rule::ThumbsStay, format!("{key} is {own:?} and moves to {value}")));
            }
            if let Some(gesture) = gesture {
                gesture.before.insert(key.clone(), value);
            }
            self.move_thumb(&key, value);
        }
        Ok(())
    }

    /// A result is shown.
    pub(super) fn show(&mut self, now: Instant, answer: &Answer) -> Broken {
        let last = self.shown.replace(answer.clone());
        self.shown_at = now;
        if let Some(last) = last
            && answer.job <= last.job
        {
            let what = format!("job {} after {}", answer.job, last.job);
            return Err((Rule::PaintsForward, what));
        }
        for (key, value) in &answer.values {
            let Some((positions, shown)) = self.positions.get_mut(key) else { continue };
            // A value from elsewhere may be computed with before it moves the thumb.
            if !positions.contains(value) {
                continue;
            }
            let Some(ahead) = positions[*shown..].iter().position(|position| position == value)
            else {
                let what = format!("{key} is {value} after {}", positions[*shown]);
                return Err((Rule::PaintsForward, what));
            };
            *shown += ahead;
        }
        Ok(())
    }

    // In the end.

    /// Whether what is shown was computed from where the thumbs are.
    pub(super) fn check_shown(&self) -> Broken {
        match &self.shown {
            Some(answer) if answer.values == self.thumbs => Ok(()),
            shown => {
                let what = format!("{}: {:?}, shown {shown:?}", self.name, self.thumbs);
                Err((Rule::FinalValueIsShown, what))
            }
        }
    }

    /// Whether each gesture was one commit. Only where all inputs are gestures'.
    pub(super) fn check_commits(&self) -> Broken {
        if self.commits.len() as u64 == self.ended {
            return Ok(());
        }
        let what = format!("{} gestures, {} commits", self.ended, self.commits.len());
        Err((Rule::GesturesAreOneCommit, what))
    }
}

pub(super) fn values(patch: &Patch<RawPayload>) -> Values {
    let number = |value| json::from_raw(value).expect("a number");
    patch.iter().map(|(key, value)| (key.clone(), number(value))).collect()
}

pub(super) fn patch(values: &Values) -> Patch<RawPayload> {
    let payload = |value| json::to_raw(value).expect("a number has a JSON form");
    values.iter().map(|(key, value)| (key.clone(), payload(value))).collect()
}
