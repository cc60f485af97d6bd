use std::collections::VecDeque;

use crate::{Event, RequestError, RequestId};
use fader_protocol::{SortedMap, SortedSet};

/// The most bytes of a stream that wait for the app, but always one item.
const BYTES: usize = 4 * 1024 * 1024;

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
    /// The sizes of what the app has not taken yet.
    waiting: VecDeque<usize>,
    bytes: usize,
    /// What the app took and the server was not given credit for.
    taken: u64,
}

/// Why an item cannot wait for the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// The server was not allowed to send it.
    NoCredit,
    /// What waits already is too much.
    TooLarge,
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

    /// An item came.
    ///
    /// # Errors
    /// When there is no room for it.
    pub(crate) fn received(&mut self, id: RequestId, size: usize) -> Result<(), NoRoom> {
        let flow = self.open.get_mut(&id).filter(|flow| flow.credit > 0);
        let flow = flow.ok_or(NoRoom::NoCredit)?;
        let bytes = flow.bytes.saturating_add(size);
        if bytes > BYTES && !flow.waiting.is_empty() {
            return Err(NoRoom::TooLarge);
        }
        flow.credit -= 1;
        flow.waiting.push_back(size);
        flow.bytes = bytes;
        Ok(())
    }

    /// The app took so many items.
    pub(crate) fn consumed(&mut self, id: RequestId, items: u64) {
        let Some(flow) = self.open.get_mut(&id) else { return };
        let items = items.min(flow.waiting.len() as u64);
        for _ in 0..items {
            flow.bytes -= flow.waiting.pop_front().unwrap_or(0);
        }
        flow.taken += items;
        if flow.taken >= self.window.div_ceil(2) {
            self.due.insert(id);
        }
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

    /// How the app is told that a request is settled, or that a stream has ended.
    pub(crate) fn settled<P>(
        &mut self,
        id: RequestId,
        outcome: Result<P, RequestError<P>>,
    ) -> Event<P> {
        if !self.end(id) {
            return Event::Settled { id, outcome };
        }
        let outcome = match outcome {
            Ok(_) => Err(RequestError::bad_reply("a stream has items, and no reply")),
            Err(error) => Err(error),
        };
        Event::StreamEnded { stream: id, outcome }
    }
}
