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
    /// Typing, a colour picker, assistive technology: changes with neither
    /// pointer nor key, which end with a `change` or with the focus.
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

    pub(super) fn is_cancelled(self) -> bool {
        matches!(self, Grip::Cancelled(_))
    }

    /// `pointerdown`, `keydown`, or an `input` while nothing is held.
    pub(super) fn hold(&mut self, with: With) -> Option<Act> {
        let act = match *self {
            Grip::Free => Some(Act::Begin),
            Grip::Settling if with == With::Key => None,
            _ => return None,
        };
        *self = Grip::Held(with);
        act
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

    /// No other step has followed, or something else is done instead.
    pub(super) fn settled(&mut self) -> Option<Act> {
        if *self != Grip::Settling {
            return None;
        }
        *self = Grip::Free;
        Some(Act::Commit)
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
            Grip::Held(With::Key) | Grip::Settling => None,
            Grip::Held(with) | Grip::Cancelled(with) => self.release(with),
            Grip::Free => Some(Act::Commit),
        }
    }

    /// Escape.
    pub(super) fn cancel(&mut self) -> Option<Act> {
        *self = match *self {
            Grip::Held(with) => Grip::Cancelled(with),
            Grip::Settling => Grip::Free,
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
        assert_eq!((grip.hold(With::Key), grip.settled()), (None, None));
        assert_eq!(grip.release(With::Key), Some(Act::Settle));
        assert!(grip.is_held());
        assert_eq!(grip.settle(), None);
        assert_eq!((grip.settled(), grip.settled()), (Some(Act::Commit), None));
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
    fn a_change_without_a_hold_is_final() {
        assert_eq!(Grip::default().settle(), Some(Act::Commit));
    }

    #[test]
    fn what_is_taken_away_ends_a_hold_as_told() {
        let mut grip = Grip::Held(With::Pointer);
        assert_eq!(grip.lose(Act::Cancel), Some(Act::Cancel));
        assert_eq!(grip.lose(Act::Commit), None);
        assert_eq!(Grip::Cancelled(With::Key).lose(Act::Commit), None);
    }
}
