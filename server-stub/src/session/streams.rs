use std::collections::{BTreeMap, BTreeSet};

use fader_protocol::{RawPayload, ServerFrame};

use super::budget::Budget;
use super::cost::outcome;
use super::feed::Feed;
use super::job::Outcome;
use super::outgoing::Outgoing;
use crate::wake::{Source, Wake};

/// What a stream takes in memory beside its items and its outcome, in bytes.
pub(super) const STREAM: usize = 512;

/// The streams at work, by the numbers of their jobs.
#[derive(Debug)]
pub(super) struct Streams {
    wake: Wake,
    streams: BTreeMap<u64, Stream>,
    /// Those that have items for which the link has no room.
    held: BTreeSet<u64>,
}

/// Nobody listens to it once this is dropped.
#[derive(Debug)]
struct Stream {
    id: u64,
    feed: Feed,
    /// How it ends once all items are taken, if the handler has ended.
    outcome: Option<Outcome>,
}

impl Streams {
    pub(super) fn new(wake: Wake) -> Self {
        Self { wake, streams: BTreeMap::new(), held: BTreeSet::new() }
    }

    /// A stream begins: where its handler is to put the items.
    pub(super) fn begin(&mut self, job: u64, id: u64, credit: u64) -> Feed {
        let feed = Feed::new(Source::Stream(job), self.wake.clone(), credit);
        self.streams.insert(job, Stream { id, feed: feed.clone(), outcome: None });
        feed
    }

    /// The caller takes so many items more.
    pub(super) fn give(&self, job: u64, items: u64) {
        if let Some(stream) = self.streams.get(&job) {
            stream.feed.give(items);
        }
    }

    /// The handler has ended. Gives the outcome back if the job is no stream, or
    /// one of which nobody wants anything.
    pub(super) fn finish(&mut self, job: u64, outcome: Outcome) -> Option<Outcome> {
        let Some(stream) = self.streams.get_mut(&job) else { return Some(outcome) };
        stream.outcome = Some(outcome);
        self.wake.mark(Source::Stream(job));
        None
    }

    /// Whether it is a stream whose handler has ended.
    pub(super) fn has_ended(&self, job: u64) -> bool {
        self.streams.get(&job).is_some_and(|stream| stream.outcome.is_some())
    }

    /// Nobody wants anything of it any more.
    pub(super) fn remove(&mut self, job: u64) {
        self.streams.remove(&job);
        self.held.remove(&job);
    }

    pub(super) fn clear(&mut self) {
        self.streams.clear();
        self.held.clear();
    }

    /// How much memory they take beside their requests, in bytes.
    pub(super) fn cost(&self) -> usize {
        let streams = self.streams.values();
        streams
            .map(|stream| STREAM + stream.feed.cost() + stream.outcome.as_ref().map_or(0, outcome))
            .sum()
    }

    /// The link may have room again.
    pub(super) fn release(&mut self) {
        for job in std::mem::take(&mut self.held) {
            self.wake.mark(Source::Stream(job));
        }
    }

    /// Sends items, as many as the budget and the link allow. Says how the stream
    /// ends, if it does.
    pub(super) fn read(
        &mut self,
        job: u64,
        budget: &mut Budget,
        outgoing: &mut Outgoing,
    ) -> Option<Outcome> {
        let stream = self.streams.get_mut(&job)?;
        while let Some(size) = stream.feed.next_size() {
            if !budget.has_left() {
                self.wake.mark(Source::Stream(job));
                return None;
            }
            if !outgoing.has_room_for_item(size) {
                // Whatever the client answers acknowledges what it has.
                if self.held.is_empty() {
                    outgoing.send(ServerFrame::Ping(0));
                }
                self.held.insert(job);
                return None;
            }
            let payload: RawPayload = stream.feed.take()?;
            budget.spend(1, size);
            outgoing.send(ServerFrame::Item { id: stream.id, payload });
        }
        let outcome = stream.outcome.take()?;
        self.remove(job);
        Some(outcome)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.feed.close();
    }
}
