/// What a person does to one control, made one gesture: the first event that
/// reports a hold begins it, the first that reports a release ends it, and all
/// others change nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Grip {
    #[default]
    Free,
    Held(With),
    /// The key is up, but another step may follow: they are one gesture.
    Settling,
    /// The gesture was cancelled, but the pointer or key is still down: what is
    /// done with it no longer counts.
    Cancelled(With),
}

/// What a person holds a control with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    Pointer,
    /// A key and its repeats are one gesture.
    Key,
    /// Typing into a field, which ends with a `change` or with the focus, however long
    /// it takes.
    Typing,
    /// The buttons of a number field, the parts of a date: each step has a `change`, but
    /// others may follow.
    Step,
    /// A picker, a wheel, assistive technology, a script: changes that end with a
    /// `change`, if anybody says so.
    Edit,
}

/// What becomes of the gesture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Begin,
    /// It ends when no other step has followed for a while.
    Settle,
    Commit,
    Cancel,
}

impl Grip {
    pub(super) fn is_held(self) -> bool {
        matches!(self, Grip::Held(_) | Grip::Settling)
    }

    /// Whether it ends by itself when nothing follows for a while.
    pub(super) fn is_quiet(self) -> bool {
        matches!(self, Grip::Settling | Grip::Held(With::Step | With::Edit))
    }

    pub(super) fn is_cancelled(self) -> bool {
        matches!(self, Grip::Cancelled(_))
    }

    /// Ends what was done before, where it is of another gesture.
    pub(super) fn finish_before(&mut self, with: With) -> Option<Act> {
        let same = match *self {
            Grip::Settling => with == With::Key,
            Grip::Held(With::Step | With::Edit) => matches!(with, With::Step | With::Edit),
            _ => true,
        };
        if same { None } else { self.lose(Act::Commit) }
    }

    /// `pointerdown`, `keydown`, or an `input` while nothing is held.
    pub(super) fn hold(&mut self, with: With) -> Option<Act> {
        let (Grip::Free | Grip::Settling) = *self else { return None };
        *self = Grip::Held(with);
        Some(Act::Begin)
    }

    /// `pointerup` and `lostpointercapture`; `keyup`.
    pub(super) fn release(&mut self, with: With) -> Option<Act> {
        let held = *self == Grip::Held(with);
        if !held && *self != Grip::Cancelled(with) {
            return None;
        }
        if held && with == With::Key {
            *self = Grip::Settling;
            return Some(Act::Settle);
        }
        *self = Grip::Free;
        held.then_some(Act::Commit)
    }

    /// `blur`: no key that is down will be seen to go up. A pointer may hold on.
    pub(super) fn blur(&mut self) -> Option<Act> {
        match *self {
            Grip::Held(With::Pointer) | Grip::Cancelled(With::Pointer) => None,
            _ => self.lose(Act::Commit),
        }
    }

    /// `change`: the value is final, unless it is a step by key, which others may follow.
    pub(super) fn settle(&mut self) -> Option<Act> {
        match *self {
            Grip::Held(With::Key | With::Step) | Grip::Settling => None,
            Grip::Held(with) | Grip::Cancelled(with) => self.release(with),
            Grip::Free => None,
        }
    }

    /// Escape.
    pub(super) fn cancel(&mut self) -> Option<Act> {
        *self = match *self {
            Grip::Held(with @ (With::Pointer | With::Key)) => Grip::Cancelled(with),
            Grip::Held(_) | Grip::Settling => Grip::Free,
            Grip::Free | Grip::Cancelled(_) => return None,
        };
        Some(Act::Cancel)
    }

    /// The control is taken away: disabled, or the page's or the browser's.
    pub(super) fn lose(&mut self, act: Act) -> Option<Act> {
        std::mem::take(self).is_held().then_some(act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_events_of_one_release_end_it_once() {
        let mut grip = Grip::default();
        assert_eq!(grip.hold(With::Pointer), Some(Act::Begin));
        assert_eq!(grip.hold(With::Pointer), None);
        assert_eq!(grip.settle(), Some(Act::Commit));
        assert_eq!(grip.release(With::Pointer), None);
        assert_eq!(grip.release(With::Pointer), None);
    }

    #[test]
    fn a_key_and_its_repeats_are_one_gesture() {
        let mut grip = Grip::default();
        assert_eq!(grip.hold(With::Key), Some(Act::Begin));
        for _ in 0..5 {
            assert_eq!((grip.hold(With::Key), grip.settle()), (None, None));
        }
        assert_eq!(grip.release(With::Pointer), None);
        assert_eq!(grip.release(With::Key), Some(Act::Settle));
        assert!(grip.is_held() && grip.is_quiet());
        // Another step: it does not end by itself while the key is down.
        assert_eq!((grip.finish_before(With::Key), grip.hold(With::Key)), (None, Some(Act::Begin)));
        assert!(!grip.is_quiet());
        assert_eq!(grip.release(With::Key), Some(Act::Settle));
        assert_eq!(grip.settle(), None);
        assert_eq!(grip.finish_before(With::Pointer), Some(Act::Commit));
        assert_eq!(grip, Grip::Free);
    }

    #[test]
    fn steps_whose_changes_others_may_follow_end_by_themselves() {
        let mut grip = Grip::default();
        assert_eq!(grip.hold(With::Step), Some(Act::Begin));
        for _ in 0..10 {
            assert_eq!((grip.finish_before(With::Step), grip.hold(With::Step)), (None, None));
            assert_eq!(grip.settle(), None);
        }
        assert!(grip.is_quiet());
        assert_eq!(grip.finish_before(With::Typing), Some(Act::Commit));
    }

    #[test]
    fn typing_lasts_until_it_is_said_to_be_final() {
        let mut grip = Grip::default();
        grip.hold(With::Typing);
        assert!(!grip.is_quiet());
        assert_eq!((grip.finish_before(With::Step), grip.hold(With::Step)), (None, None));
        assert_eq!(grip.settle(), Some(Act::Commit));
        // Escape gives it up, and what is typed then is another gesture.
        grip.hold(With::Typing);
        assert_eq!((grip.cancel(), grip), (Some(Act::Cancel), Grip::Free));
    }

    #[test]
    fn steps_by_key_end_when_the_focus_goes_and_can_be_cancelled_until_then() {
        let stepped = || {
            let mut grip = Grip::default();
            grip.hold(With::Key);
            grip.release(With::Key);
            grip
        };
        assert_eq!(stepped().blur(), Some(Act::Commit));
        assert_eq!(stepped().lose(Act::Commit), Some(Act::Commit));
        let mut grip = stepped();
        assert_eq!((grip.cancel(), grip), (Some(Act::Cancel), Grip::Free));
        let mut dragged = Grip::Held(With::Pointer);
        assert_eq!(dragged.blur(), None);
    }

    #[test]
    fn what_follows_a_cancel_does_not_count_until_the_release() {
        let mut grip = Grip::default();
        grip.hold(With::Pointer);
        assert_eq!(grip.cancel(), Some(Act::Cancel));
        assert!(grip.is_cancelled());
        assert_eq!((grip.cancel(), grip.hold(With::Key)), (None, None));
        assert_eq!(grip.release(With::Pointer), None);
        assert_eq!(grip, Grip::Free);
    }

    #[test]
    fn what_is_taken_away_ends_a_hold_as_told() {
        let mut grip = Grip::Held(With::Pointer);
        assert_eq!(grip.lose(Act::Cancel), Some(Act::Cancel));
        assert_eq!(grip.lose(Act::Commit), None);
        assert_eq!(Grip::Cancelled(With::Key).lose(Act::Commit), None);
    }
}
