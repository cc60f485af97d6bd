use crate::Cause;

/// The most that are remembered.
const MOST: usize = 16;

/// What happened since a connection was last stable.
#[derive(Debug, Default)]
pub(super) struct Causes {
    last: Option<Cause>,
    /// One of each sort.
    known: Vec<Cause>,
}

impl Causes {
    pub(super) fn last(&self) -> Option<&Cause> {
        self.last.as_ref()
    }

    /// Says whether nothing like it is known.
    pub(super) fn push(&mut self, cause: Cause) -> bool {
        let is_known = self.known.iter().any(|known| {
            (known.kind, known.code, &known.reason) == (cause.kind, cause.code, &cause.reason)
        });
        if !is_known {
            self.known.truncate(MOST - 1);
            self.known.push(cause.clone());
        }
        self.last = Some(cause);
        !is_known
    }

    /// A connection was stable: what happens from now on is new.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}
