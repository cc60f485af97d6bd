use crate::RequestId;
use fader_protocol::{SortedMap, SortedSet};

/// How many items of each stream the server may send before the app takes them.
///
/// For each stream, what the server may still send, what waits for the app, and
/// what the app took and the server does not know of are the window together.
#[derive(Debug)]
pub(crate) struct Streams {
    window: u64,
    open: SortedMap<RequestId, Flow>,
    /// Those of which the app took enough to say so.
    due: SortedSet<RequestId>,
}

#[derive(Debug, Default)]
struct Flow {
    /// What the server may send.
    credit: u64,
    /// What the app has not taken yet.
    waiting: u64,
    /// What the app took and the server was not given credit for.
    taken: u64,
}

impl Streams {
    pub(crate) fn new(window: usize) -> Self {
        Self { window: window as u64, open: SortedMap::new(), due: SortedSet::new() }
    }

    /// What the server may send at first.
    pub(crate) fn window(&self) -> u64 {
        self.window
    }

    pub(crate) fn begin(&mut self, id: RequestId) {
        self.open.insert(id, Flow { credit: self.window, ..Flow::default() });
    }

    pub(crate) fn contains(&self, id: RequestId) -> bool {
        self.open.contains_key(&id)
    }

    /// An item came. Says whether the server was allowed to send it.
    pub(crate) fn received(&mut self, id: RequestId) -> bool {
        let Some(flow) = self.open.get_mut(&id).filter(|flow| flow.credit > 0) else {
            return false;
        };
        flow.credit -= 1;
        flow.waiting += 1;
        true
    }

    /// The app took so many items.
    pub(crate) fn consumed(&mut self, id: RequestId, items: u64) {
        let Some(flow) = self.open.get_mut(&id) else { return };
        let items = items.min(flow.waiting);
        flow.waiting -= items;
        flow.taken += items;
        if flow.taken >= self.window.div_ceil(2) {
            self.due.insert(id);
        }
    }

    pub(crate) fn is_credit_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// The next credit to give, and to which stream.
    pub(crate) fn next_credit(&mut self) -> Option<(RequestId, u64)> {
        let id = self.due.pop_first()?;
        let flow = self.open.get_mut(&id)?;
        let items = std::mem::take(&mut flow.taken);
        flow.credit += items;
        Some((id, items))
    }

    /// Says whether there was such a stream.
    pub(crate) fn end(&mut self, id: RequestId) -> bool {
        self.due.remove(&id);
        self.open.remove(&id).is_some()
    }
}
