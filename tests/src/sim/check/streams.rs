use std::collections::BTreeMap;

use fader_core::{RawPayload, RequestError, RequestId};

use crate::sim::server::payload;

/// What must hold for streams, which count from one up to a number.
#[derive(Debug, Default)]
pub(in crate::sim) struct Streams {
    streams: BTreeMap<RequestId, Stream>,
    /// The app has closed the client.
    pub(super) is_closed: bool,
    /// The server lies, so its items say nothing.
    pub(super) is_lied_to: bool,
}

#[derive(Debug)]
struct Stream {
    to: u64,
    /// How many sessions there had been when it was made.
    sessions: u64,
    /// The last item that came.
    last: u64,
    /// Of those that came, the items that the app has taken.
    taken: u64,
    is_ended: bool,
}

impl Streams {
    pub(in crate::sim) fn began(&mut self, id: RequestId, to: u64, sessions: u64) {
        let stream = Stream { to, sessions, last: 0, taken: 0, is_ended: false };
        self.streams.insert(id, stream);
    }

    pub(in crate::sim) fn item(&mut self, id: RequestId, item: &RawPayload, window: u64) {
        let stream = self.streams.get_mut(&id).expect("a stream that was made");
        assert!(!stream.is_ended, "an item after the end");
        stream.last += 1;
        let is_next = *item == payload(stream.last);
        assert!(self.is_lied_to || is_next, "lost or doubled: {item:?}");
        assert!(stream.last - stream.taken <= window, "{stream:?} has too much waiting");
    }

    pub(in crate::sim) fn ended(
        &mut self,
        id: RequestId,
        outcome: &Result<(), RequestError<RawPayload>>,
        sessions: u64,
    ) {
        let stream = self.streams.get_mut(&id).expect("a stream that was made");
        assert!(!stream.is_ended, "{id:?} ends twice");
        stream.is_ended = true;
        if self.is_lied_to {
            return;
        }
        match outcome {
            Ok(()) => assert_eq!(stream.last, stream.to, "it ended early"),
            Err(RequestError::Rejected(rejection)) => assert_eq!(rejection.code, "failed"),
            Err(RequestError::Unknown) => {
                assert!(sessions > stream.sessions.max(1), "the session goes on");
            }
            Err(RequestError::NotSent(_)) => assert_eq!(stream.last, 0),
            Err(RequestError::Cancelled) => {}
            Err(RequestError::TimedOut(_)) => unreachable!("a stream has no timeout"),
            Err(RequestError::Closed) => assert!(self.is_closed, "nobody closed the client"),
        }
    }

    /// The app takes at most so many of the items that wait. Says how many.
    pub(in crate::sim) fn take(&mut self, id: RequestId, most: u64) -> u64 {
        let Some(stream) = self.streams.get_mut(&id) else { return 0 };
        let items = most.min(stream.last - stream.taken);
        stream.taken += items;
        items
    }

    /// How many have not ended.
    pub(super) fn open(&self) -> usize {
        self.streams.values().filter(|stream| !stream.is_ended).count()
    }

    pub(in crate::sim) fn unended(&self) -> Option<RequestId> {
        self.streams.iter().find(|(_, stream)| !stream.is_ended).map(|(id, _)| *id)
    }
}
