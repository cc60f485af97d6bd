use std::time::Duration;

use fader_core::{Delivery, GroupId, Instant, Lifecycle, Patch, RawPayload, RequestId};
use fader_protocol::json;

use super::check::Check;
use super::page::Page;
use super::script::{How, PersonDeed};
use super::server::payload;

/// So long that a request which was lost never settles.
pub(super) const FOR_EVER: Duration = Duration::from_secs(1_000_000);

/// Who uses the page: drags, lets go, calls methods, gives up, looks away.
#[derive(Debug, Default)]
pub(super) struct Person {
    groups: Vec<GroupId>,
    requests: Vec<RequestId>,
    gesture: Option<Gesture>,
    is_away: bool,
    /// Every value that is set is another one.
    values: i64,
    /// What was last called with an idempotency key.
    last_keyed: Option<(i64, Delivery)>,
}

#[derive(Debug)]
struct Gesture {
    group: GroupId,
    inputs_left: u32,
    /// Whether it ends in a cancel.
    regrets: bool,
}

/// What follows from something that the person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Nothing,
    /// The next input of the gesture.
    Input,
    /// The person comes back to the page after so long.
    ComesBack(Duration),
}

impl Person {
    /// Does one thing; nothing while away.
    pub(super) fn act(
        &mut self,
        now: Instant,
        deed: PersonDeed,
        page: &mut Page,
        check: &mut Check,
    ) -> Next {
        if self.is_away {
            return Next::Nothing;
        }
        match deed {
            PersonDeed::Open if self.groups.len() < 3 => self.open(now, page, check),
            PersonDeed::Close { which } => {
                if let Some(group) = self.group(which) {
                    self.close(now, page, check, group);
                }
            }
            PersonDeed::Drag { which, inputs, regrets } if self.gesture.is_none() => {
                if self.groups.is_empty() {
                    self.open(now, page, check);
                }
                if let Some(group) = self.group(which) {
                    check.live.gesture_began(group);
                    page.live_begin(now, group);
                    self.gesture = Some(Gesture { group, inputs_left: inputs, regrets });
                    return Next::Input;
                }
            }
            PersonDeed::Set { which } => {
                if let Some(group) = self.group(which) {
                    self.set(now, page, check, group);
                }
            }
            PersonDeed::Call { how, timeout } => self.call(now, page, check, how, timeout),
            PersonDeed::GiveUp => {
                if let Some(id) = self.requests.pop() {
                    page.cancel_request(now, id);
                }
            }
            PersonDeed::Evidence(evidence) => page.lifecycle(now, evidence),
            PersonDeed::Leave { how, away } => {
                self.is_away = true;
                // What was held is committed as the page goes away.
                self.gesture = None;
                page.lifecycle(now, how);
                return Next::ComesBack(away);
            }
            PersonDeed::Connect => page.connect(now),
            PersonDeed::Open | PersonDeed::Drag { .. } => {}
        }
        Next::Nothing
    }

    /// The next input of a gesture, or its end. Says whether another follows.
    pub(super) fn drag(&mut self, now: Instant, page: &mut Page, check: &mut Check) -> bool {
        let Some(gesture) = &mut self.gesture else { return false };
        let group = gesture.group;
        if let Some(left) = gesture.inputs_left.checked_sub(1) {
            gesture.inputs_left = left;
            self.set(now, page, check, group);
            return true;
        }
        if gesture.regrets {
            assert!(page.live_cancel(now, group), "there was a gesture");
            check.live.gesture_cancelled(group);
        } else {
            page.live_commit(now, group);
        }
        self.gesture = None;
        false
    }

    /// Lets go of everything and comes back to the page.
    pub(super) fn calm_down(&mut self, now: Instant, page: &mut Page) {
        if let Some(gesture) = self.gesture.take() {
            page.live_commit(now, gesture.group);
        }
        self.come_back(now, page);
        page.lifecycle(now, Lifecycle::Online);
    }

    pub(super) fn come_back(&mut self, now: Instant, page: &mut Page) {
        self.is_away = false;
        page.lifecycle(now, Lifecycle::PageShow);
    }

    fn group(&self, which: usize) -> Option<GroupId> {
        let which = which.checked_rem(self.groups.len())?;
        Some(self.groups[which])
    }

    fn open(&mut self, now: Instant, page: &mut Page, check: &mut Check) {
        self.values += 1;
        // The constant key tells the server's groups apart.
        let model = Patch::from([
            ("id".to_owned(), number(self.values)),
            ("x".to_owned(), number(0)),
            ("y".to_owned(), number(0)),
        ]);
        let group = page.live_open(now, model.clone());
        check.live.group_opened(group, model);
        self.groups.push(group);
    }

    fn close(&mut self, now: Instant, page: &mut Page, check: &mut Check, group: GroupId) {
        self.groups.retain(|other| *other != group);
        self.gesture.take_if(|gesture| gesture.group == group);
        check.live.group_closed(group);
        page.live_close(now, group);
    }

    fn set(&mut self, now: Instant, page: &mut Page, check: &mut Check, group: GroupId) {
        self.values += 1;
        // Two keys of one turn, which travel together.
        let patches = [("x", self.values), ("y", -self.values)];
        for (key, value) in patches {
            let patch = Patch::from([(key.to_owned(), number(value))]);
            check.live.value_set(group, &patch);
            page.live_set(now, group, patch);
        }
    }

    fn call(
        &mut self,
        now: Instant,
        page: &mut Page,
        check: &mut Check,
        how: How,
        timeout: Option<Duration>,
    ) {
        self.values += 1;
        let (value, delivery) = match (how, self.last_keyed.clone()) {
            (How::Again, Some(last)) => last,
            (How::Volatile, _) => (self.values, Delivery::Volatile),
            (How::Keyed | How::Again, _) => {
                (self.values, Delivery::Keyed(format!("key {}", self.values)))
            }
            (How::Once, _) => (self.values, Delivery::Once),
        };
        if let Delivery::Keyed(_) = delivery {
            self.last_keyed = Some((value, delivery.clone()));
        }
        let params = payload(value.unsigned_abs());
        let timeout = timeout.unwrap_or(FOR_EVER);
        let id = page.request(now, params.clone(), delivery.clone(), Some(timeout));
        check.requests.called(now, id, params, delivery, page.sessions());
        self.requests.push(id);
    }
}

fn number(value: i64) -> RawPayload {
    json::to_raw(&value).expect("a number has a JSON form")
}
