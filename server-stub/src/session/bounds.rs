use super::Config;
use super::model::Model;

/// How large what is kept for a live group may be.
#[derive(Debug)]
pub(super) struct Bounds {
    /// The model's keys and values, in bytes.
    bytes: usize,
    keys: usize,
    /// All of it, in bytes of memory. It depends on what other groups take.
    room: usize,
    /// How much the groups of a session may take together, for people.
    live_bytes: usize,
}

impl Bounds {
    /// There is no room yet.
    pub(super) fn new(config: &Config) -> Self {
        Self {
            bytes: config.accepts.message_bytes,
            keys: config.model_keys,
            room: 0,
            live_bytes: config.live_bytes,
        }
    }

    pub(super) fn set_room(&mut self, room: usize) {
        self.room = room;
    }

    /// Whether there is room for what takes so much memory.
    pub(super) fn have_room(&self, cost: usize) -> bool {
        cost <= self.room
    }

    /// Why the model is too large by itself, if it is.
    pub(super) fn excess(&self, model: &Model) -> Option<String> {
        let Self { bytes, keys, .. } = self;
        if model.bytes() > *bytes {
            Some(format!("a model may take at most {bytes} bytes"))
        } else if model.keys() > *keys {
            Some(format!("a model may have at most {keys} keys"))
        } else {
            None
        }
    }

    /// Why there is no room for what takes so much memory.
    pub(super) fn no_room(&self, cost: usize) -> String {
        let Self { room, live_bytes, .. } = self;
        format!(
            "the live groups of a session may take at most {live_bytes} bytes of memory \
             together: this one needs {cost}, and there is room for {room}"
        )
    }
}
