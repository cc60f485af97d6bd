use std::collections::BTreeMap;

use fader_core::{RawJson, RequestError, RequestId};
use fader_protocol::json;

/// What must hold of streams, which count from one up to a number.
#[derive(Debug, Default)]
pub(super) struct StreamCheck {
    streams: BTreeMap<RequestId, Stream>,
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

impl StreamCheck {
    pub(super) fn began(&mut self, id: RequestId, to: u64, sessions: u64) {
        let stream = Stream { to, sessions, last: 0, taken: 0, is_ended: false };
        self.streams.insert(id, stream);
    }

    pub(super) fn item(&mut self, id: RequestId, item: &RawJson, window: u64) {
        let stream = self.streams.get_mut(&id).expect("a stream that was made");
        assert!(!stream.is_ended, "an item after the end");
        stream.last += 1;
        assert_eq!(json::from_raw::<u64>(item).ok(), Some(stream.last), "lost or doubled");
        assert!(stream.last - stream.taken <= window, "{stream:?} has too much waiting");
    }

    pub(super) fn ended(
        &mut self,
        id: RequestId,
        outcome: &Result<(), RequestError<RawJson>>,
        sessions: u64,
    ) {
        let stream = self.streams.get_mut(&id).expect("a stream that was made");
        assert!(!stream.is_ended, "{id:?} ends twice");
        stream.is_ended = true;
        match outcome {
            Ok(()) => assert_eq!(stream.last, stream.to, "it ended early"),
            Err(RequestError::Rejected(rejection)) => assert_eq!(rejection.code, "failed"),
            Err(RequestError::Unknown) => {
                assert!(sessions > stream.sessions.max(1), "the session goes on");
            }
            Err(RequestError::NotSent(_)) => assert_eq!(stream.last, 0),
            Err(RequestError::Cancelled) => {}
            Err(error @ (RequestError::TimedOut | RequestError::Closed)) => {
                unreachable!("{error:?}")
            }
        }
    }

    /// The app takes at most so many of the items that wait. Says how many.
    pub(super) fn take(&mut self, id: RequestId, most: u64) -> u64 {
        let Some(stream) = self.streams.get_mut(&id) else { return 0 };
        let items = most.min(stream.last - stream.taken);
        stream.taken += items;
        items
    }

    pub(super) fn unended(&self) -> Option<RequestId> {
        self.streams.iter().find(|(_, stream)| !stream.is_ended).map(|(id, _)| *id)
    }
}
