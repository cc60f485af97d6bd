/// How much is read from topics and streams in one go, until the session looks at
/// its connection again, and of that from one source, until it is the turn of
/// another.
#[derive(Debug)]
pub(crate) struct Budget {
    turn: Left,
    slice: Left,
}

#[derive(Debug, Clone, Copy)]
struct Left {
    frames: usize,
    bytes: usize,
}

const TURN: Left = Left { frames: 256, bytes: 64 * 1024 };
const SLICE: Left = Left { frames: 64, bytes: 16 * 1024 };

impl Budget {
    pub(crate) fn new() -> Self {
        Self { turn: TURN, slice: SLICE }
    }

    /// It is the turn of another source. Says whether anything is left for it.
    pub(crate) fn next(&mut self) -> bool {
        self.slice = SLICE;
        self.turn.is_some()
    }

    /// Whether one more frame may be read, whatever its size.
    pub(crate) fn has_left(&self) -> bool {
        self.turn.is_some() && self.slice.is_some()
    }

    /// Frames of about so many bytes in all were read.
    pub(crate) fn spend(&mut self, frames: usize, bytes: usize) {
        for left in [&mut self.turn, &mut self.slice] {
            left.frames = left.frames.saturating_sub(frames);
            left.bytes = left.bytes.saturating_sub(bytes);
        }
    }
}

impl Left {
    fn is_some(self) -> bool {
        self.frames > 0 && self.bytes > 0
    }
}
