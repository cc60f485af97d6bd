use std::collections::BTreeMap;
use std::time::Duration;

use fader_core::{GroupId, Patch, RawPayload};
use fader_protocol::{LiveAck, LivePatch, Phase, ServerFrame};
use serde_json::Value;

use super::{Rig, Seen, json, ms};

/// The server's side of one live group. Its result is its model, so a test sees
/// which values a result was computed from. Checks that the client's patches
/// follow one another as the protocol says.
#[derive(Debug, Default)]
pub(crate) struct LivePeer {
    pub(crate) model: Patch<RawPayload>,
    /// All that arrived.
    pub(crate) patches: Vec<LivePatch<RawPayload>>,
    /// The values of each commit and cancel, by its id.
    pub(crate) commits: BTreeMap<u64, (Phase, Patch<RawPayload>)>,
    /// The model after each patch.
    models: Vec<Patch<RawPayload>>,
    keys: usize,
}

impl LivePeer {
    /// Takes in the patches among what the client did.
    pub(crate) fn receive(&mut self, seen: &Seen) {
        for patch in seen.patches() {
            self.receive_patch(patch);
        }
    }

    pub(crate) fn receive_patch(&mut self, patch: LivePatch<RawPayload>) {
        let fresh = match self.patches.last() {
            Some(last) if patch.epoch == last.epoch => {
                assert_eq!(patch.seq, last.seq + 1, "{patch:?}");
                false
            }
            Some(last) => {
                assert!(patch.epoch > last.epoch, "{patch:?}");
                true
            }
            None => true,
        };
        if fresh {
            assert_eq!(patch.seq, 1, "{patch:?}");
            self.keys = self.keys.max(patch.patch.len());
            assert_eq!(patch.patch.len(), self.keys, "an epoch begins with every key: {patch:?}");
        }
        assert_eq!(patch.phase == Phase::Preview, patch.commit.is_none(), "{patch:?}");
        self.model.extend(patch.patch.clone());
        if let Some(id) = patch.commit {
            let commit = (patch.phase, self.model.clone());
            let before = self.commits.insert(id, commit.clone());
            assert!(before.is_none_or(|before| before == commit), "commit {id} changed: {patch:?}");
        }
        self.patches.push(patch);
        self.models.push(self.model.clone());
    }

    /// Answers all that arrived.
    pub(crate) fn answer(&self) -> ServerFrame<RawPayload> {
        self.answer_but(0)
    }

    /// Answers all that arrived but the newest `n`, or as few as it can.
    pub(crate) fn answer_but(&self, n: usize) -> ServerFrame<RawPayload> {
        let index = self.patches.len().saturating_sub(n + 1);
        let (patch, model) = (&self.patches[index], &self.models[index]);
        ServerFrame::LiveAck(LiveAck {
            group: patch.group,
            epoch: patch.epoch,
            seq: patch.seq,
            wait_us: 0,
            service_us: 0,
            outcome: Ok(as_result(model)),
        })
    }

    /// Works for `service` on each result, and on one at a time, while `input`
    /// is called every millisecond for as long as `time` says. Gives back what
    /// the client did meanwhile.
    pub(crate) fn work(
        &mut self,
        rig: &mut Rig,
        time: Duration,
        service: Duration,
        mut input: impl FnMut(&mut Rig, u64),
    ) -> Vec<Seen> {
        let mut all = Vec::new();
        let mut answered = self.patches.len();
        let mut job: Option<(fader_core::Instant, ServerFrame<RawPayload>)> = None;
        for millisecond in 0..u64::try_from(time.as_millis()).expect("a short time") {
            input(rig, millisecond);
            let seen = rig.take();
            self.receive(&seen);
            all.push(seen);
            if let Some((_, answer)) = job.take_if(|(ready, _)| *ready <= rig.now) {
                rig.serve([answer]);
            }
            if job.is_none() && self.patches.len() > answered {
                answered = self.patches.len();
                let mut answer = self.answer();
                if let ServerFrame::LiveAck(ack) = &mut answer {
                    ack.service_us = u64::try_from(service.as_micros()).expect("a short time");
                }
                job = Some((rig.now + service, answer));
            }
            rig.advance(ms(1));
        }
        all
    }

    /// Answers everything at once until a second passes without a patch.
    pub(crate) fn settle(&mut self, rig: &mut Rig) -> Vec<Seen> {
        let mut all = Vec::new();
        for _ in 0..100 {
            let seen = rig.take();
            let before = self.patches.len();
            self.receive(&seen);
            all.push(seen);
            if self.patches.len() > before {
                rig.serve([self.answer()]);
            } else {
                rig.advance(ms(10));
            }
        }
        all
    }
}

/// The result that the peer computes from a model.
pub(crate) fn as_result(model: &Patch<RawPayload>) -> RawPayload {
    let object = model.iter().map(|(key, value)| {
        let value: Value = serde_json::from_str(value.get()).expect("a payload is JSON");
        (key.clone(), value)
    });
    json(Value::Object(object.collect()))
}

/// The last result shown for a group.
pub(crate) fn last_result(seen: &[Seen], group: GroupId) -> Option<RawPayload> {
    seen.iter()
        .flat_map(|seen| &seen.results)
        .filter(|(of, _)| *of == group)
        .filter_map(|(_, outcome)| outcome.clone().ok())
        .next_back()
}
