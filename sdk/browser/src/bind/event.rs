use super::grip::With;

/// What an element tells; `element.js` has the same codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// A person took hold of it, or changed it, in this way.
    Held(With),
    /// A pointer moved in it.
    Moved,
    Released(With),
    /// The browser took the pointer away.
    PointerLost,
    Escape,
    /// It has a new value, which came in this way.
    Input(With),
    /// What it holds is final.
    Final,
    /// The focus left it.
    Left,
    /// It was disabled, made inert or removed.
    Gone,
    /// What it can hold has changed.
    Limited,
}

impl Event {
    pub(super) fn from_code(code: u32) -> Option<Self> {
        const ALL: [Event; 14] = [
            Event::Held(With::Pointer),
            Event::Moved,
            Event::Released(With::Pointer),
            Event::PointerLost,
            Event::Held(With::Key),
            Event::Released(With::Key),
            Event::Escape,
            Event::Input(With::Typing),
            Event::Input(With::Step),
            Event::Input(With::Edit),
            Event::Final,
            Event::Left,
            Event::Gone,
            Event::Limited,
        ];
        ALL.get(code as usize).copied()
    }
}
