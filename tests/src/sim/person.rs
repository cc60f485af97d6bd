use std::time::Duration;

use fader_core::{Delivery, GroupId, Instant, Lifecycle, Patch, RawJson, RequestId};
use fader_protocol::json;
use fastrand::Rng;

use super::check::Check;
use super::page::Page;
use super::weather::{Weather, pick};

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

impl Person {
    /// Does one thing, and says when the next is due.
    pub(super) fn act(
        &mut self,
        now: Instant,
        page: &mut Page,
        check: &mut Check,
        weather: &Weather,
        rng: &mut Rng,
    ) -> Instant {
        if self.is_away {
            self.come_back(now, page);
        } else if self.gesture.is_some() {
            self.drag(now, page, check);
            return now + weather.between_inputs;
        } else {
            self.choose(now, page, check, rng);
        }
        now + Duration::from_millis(rng.u64(1..150))
    }

    /// Lets go of everything and comes back to the page.
    pub(super) fn calm_down(&mut self, now: Instant, page: &mut Page) {
        if let Some(gesture) = self.gesture.take() {
            page.live_commit(now, gesture.group);
        }
        self.come_back(now, page);
        page.lifecycle(now, Lifecycle::Online);
    }

    fn come_back(&mut self, now: Instant, page: &mut Page) {
        self.is_away = false;
        page.lifecycle(now, Lifecycle::PageShow);
    }

    fn choose(&mut self, now: Instant, page: &mut Page, check: &mut Check, rng: &mut Rng) {
        match rng.u8(..100) {
            _ if self.groups.is_empty() => self.open(now, page, check),
            0..40 => self.begin(now, page, check, rng),
            40..47 => {
                let group = pick(rng, &self.groups);
                self.set(now, page, check, group);
            }
            47..75 => self.call(now, page, check, rng),
            75..80 => {
                if let Some(id) = self.requests.pop() {
                    page.cancel_request(now, id);
                }
            }
            80..83 if self.groups.len() < 3 => self.open(now, page, check),
            83..85 => self.close(now, page, check, rng),
            85..95 => {
                let evidence = [Lifecycle::Visible, Lifecycle::Online, Lifecycle::Offline];
                page.lifecycle(now, pick(rng, &evidence));
            }
            95..97 => {
                self.is_away = true;
                page.lifecycle(now, pick(rng, &[Lifecycle::PageHide, Lifecycle::Freeze]));
            }
            _ => page.connect(now),
        }
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
        check.group_opened(group, model);
        self.groups.push(group);
    }

    fn close(&mut self, now: Instant, page: &mut Page, check: &mut Check, rng: &mut Rng) {
        let group = self.groups.swap_remove(rng.usize(..self.groups.len()));
        check.group_closed(group);
        page.live_close(now, group);
    }

    fn begin(&mut self, now: Instant, page: &mut Page, check: &mut Check, rng: &mut Rng) {
        let group = pick(rng, &self.groups);
        check.gesture_began(group);
        page.live_begin(now, group);
        self.gesture =
            Some(Gesture { group, inputs_left: rng.u32(1..40), regrets: rng.u8(..5) == 0 });
    }

    /// The next input of a gesture, or its end.
    fn drag(&mut self, now: Instant, page: &mut Page, check: &mut Check) {
        let Some(gesture) = &mut self.gesture else { return };
        let group = gesture.group;
        if let Some(left) = gesture.inputs_left.checked_sub(1) {
            gesture.inputs_left = left;
            return self.set(now, page, check, group);
        }
        if gesture.regrets {
            assert!(page.live_cancel(now, group), "there was a gesture");
            check.gesture_cancelled(group);
        } else {
            page.live_commit(now, group);
        }
        self.gesture = None;
    }

    fn set(&mut self, now: Instant, page: &mut Page, check: &mut Check, group: GroupId) {
        self.values += 1;
        // Two keys of one turn, which travel together.
        let patches = [("x", self.values), ("y", -self.values)];
        for (key, value) in patches {
            let patch = Patch::from([(key.to_owned(), number(value))]);
            check.value_set(group, &patch);
            page.live_set(now, group, patch);
        }
    }

    fn call(&mut self, now: Instant, page: &mut Page, check: &mut Check, rng: &mut Rng) {
        self.values += 1;
        let (value, delivery) = match (rng.u8(..10), self.last_keyed.take()) {
            (0..2, _) => (self.values, Delivery::Volatile),
            // The same once more, as by a double click.
            (2, Some(last)) => last,
            (2..5, _) => (self.values, Delivery::Keyed(format!("key {}", self.values))),
            _ => (self.values, Delivery::Once),
        };
        if let Delivery::Keyed(_) = delivery {
            self.last_keyed = Some((value, delivery.clone()));
        }
        let params = number(value);
        // Short, or so long that a request which was lost never settles.
        let timeout = Duration::from_millis(if rng.bool() { rng.u64(1..3000) } else { 1_000_000 });
        let id = page.request(now, params.clone(), delivery.clone(), Some(timeout));
        check.called(id, params, delivery, page.sessions());
        self.requests.push(id);
    }
}

fn number(value: i64) -> RawJson {
    json::to_raw(&value).expect("a number has a JSON form")
}
