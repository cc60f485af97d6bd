use fader_core::{
    Cause, Generation, GroupId, Instant, Patch, RawPayload, Rejection, RequestError, RequestId,
    State, SubscriptionId, TopicUpdate,
};
use fader_protocol::{ClientFrame, Hello, LivePatch, Message};

/// What a client did, sorted by kind, in the order in which it did it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) dials: Vec<Generation>,
    /// The attempts that the app was asked to give credentials for.
    pub(crate) asked: Vec<Generation>,
    /// Close code and reason of each transport that the client closed.
    pub(crate) hang_ups: Vec<(u16, String)>,
    pub(crate) messages: Vec<Message>,
    pub(crate) hellos: Vec<Hello>,
    pub(crate) pings: Vec<u64>,
    pub(crate) pongs: Vec<u64>,
    /// The counts that the client acknowledged.
    pub(crate) acks: Vec<u64>,
    /// The frames sent, but for those above.
    pub(crate) frames: Vec<ClientFrame<RawPayload>>,
    pub(crate) states: Vec<State>,
    /// Why there is no connection, and whether that is new.
    pub(crate) causes: Vec<(Cause, bool)>,
    pub(crate) settled: Vec<(RequestId, Result<RawPayload, RequestError<RawPayload>>)>,
    pub(crate) items: Vec<(RequestId, RawPayload)>,
    pub(crate) ended: Vec<(RequestId, Result<(), RequestError<RawPayload>>)>,
    pub(crate) topics: Vec<(SubscriptionId, TopicUpdate<RawPayload>)>,
    pub(crate) results: Vec<(GroupId, Result<RawPayload, Rejection<RawPayload>>)>,
    /// Coarse results.
    pub(crate) partials: Vec<(GroupId, Result<RawPayload, Rejection<RawPayload>>)>,
    /// Values from elsewhere.
    pub(crate) pushed: Vec<(GroupId, Patch<RawPayload>)>,
    pub(crate) changed: Vec<GroupId>,
    pub(crate) notices: Vec<Rejection<RawPayload>>,
}

impl Seen {
    /// The live patches among the frames.
    pub(crate) fn patches(&self) -> Vec<LivePatch<RawPayload>> {
        self.frames
            .iter()
            .filter_map(|frame| match frame {
                ClientFrame::Live(patch) => Some(patch.clone()),
                _ => None,
            })
            .collect()
    }

    /// The ids of the requests among the frames.
    pub(crate) fn requests(&self) -> Vec<u64> {
        self.frames
            .iter()
            .filter_map(|frame| match frame {
                ClientFrame::Request { id, .. } => Some(*id),
                _ => None,
            })
            .collect()
    }

    /// When the client said that it would try again, as last told.
    pub(crate) fn waits_until(&self) -> Option<Instant> {
        match self.states.last() {
            Some(State::Waiting { until, .. } | State::Refused { until, .. }) => Some(*until),
            _ => None,
        }
    }

    /// Whether nothing happened at all.
    pub(crate) fn is_nothing(&self) -> bool {
        format!("{self:?}") == format!("{:?}", Seen::default())
    }
}
