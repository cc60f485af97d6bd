use std::collections::BTreeMap;

use fader_core::{Patch, RawPayload};
use fader_protocol::{ClientFrame, Message, MessageLimits, Phase, json};

use super::check::Check;
use super::network::LinkId;

/// What a server should know of the live groups, from what arrives there.
#[derive(Debug, Default)]
pub(super) struct Mirror {
    models: BTreeMap<(LinkId, u64), Patch<RawPayload>>,
}

impl Mirror {
    /// A message of the client arrived over a session's newest link.
    pub(super) fn arrived(
        &mut self,
        session: &str,
        link: LinkId,
        message: &Message,
        check: &mut Check,
    ) {
        let frames = json::decode::<ClientFrame<RawPayload>>(message, &MessageLimits::default());
        for frame in frames.expect("a message of the client").into_iter().flatten() {
            if let ClientFrame::Live(live) = frame {
                let model = self.models.entry((link, live.group)).or_default();
                model.extend(live.patch);
                check.live.patch_arrived(session, model, live.phase != Phase::Preview);
            }
        }
    }
}
