/// A message taken apart: its frames, each understood or not; or why it could not be.
pub type Decoded<F> = Result<Vec<Result<F, FrameError>>, MessageError>;

/// A message that could not be taken apart into frames. All its frames are lost,
/// so a receiver closes the connection with [`MessageError::close_code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The message is longer than [`MessageLimits::message_bytes`](crate::MessageLimits::message_bytes).
    #[error("message of {bytes} bytes, at most {limit} are allowed")]
    TooLarge {
        /// The message's length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The message holds more frames than [`MessageLimits::frames`](crate::MessageLimits::frames).
    #[error("message of {frames} frames, at most {limit} are allowed")]
    TooManyFrames {
        /// How many it holds.
        frames: usize,
        /// The limit.
        limit: usize,
    },
    /// The message is not a JSON array.
    #[error("message is not a JSON array of frames: {0}")]
    Malformed(String),
}

impl MessageError {
    /// The close code that tells the sender.
    #[must_use]
    pub fn close_code(&self) -> u16 {
        match self {
            MessageError::TooLarge { .. } => crate::close::MESSAGE_TOO_BIG,
            _ => crate::close::BAD_MESSAGE,
        }
    }
}

/// A frame that could not be understood, in a message whose other frames could.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FrameError {
    /// [`code::BAD_FRAME`](crate::code::BAD_FRAME) or [`code::UNKNOWN_FRAME`](crate::code::UNKNOWN_FRAME).
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
    /// The request it was about, where that could still be read.
    pub request: Option<u64>,
    /// The subscription that it begins or ends, where that could still be read.
    pub subscription: Option<u64>,
    /// Whether the [link](crate::link) counts it.
    pub sequenced: bool,
}
