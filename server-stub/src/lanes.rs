use std::collections::HashMap;

use tokio::sync::oneshot;

use crate::registry::Call;

/// What one session publishes, one event of each topic after the other.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    /// Ends with the newest call.
    last: HashMap<String, oneshot::Receiver<()>>,
}

impl Lanes {
    /// The call, which begins when the one before has ended, in whatever way.
    pub(crate) fn queue(&mut self, topic: &str, call: Call) -> Call {
        let (end, ended) = oneshot::channel();
        let before = self.last.insert(topic.into(), ended);
        Box::pin(async move {
            // Nothing is ever sent.
            let _end = end;
            if let Some(before) = before {
                let _ = before.await;
            }
            call.await
        })
    }
}
