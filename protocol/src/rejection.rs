/// Why a server refused something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection<P> {
    /// A stable identifier for programs: one of [`code`], or one of the application's own.
    pub code: String,
    /// An explanation for people.
    pub message: String,
    /// The application's error value, if it gave one.
    pub data: Option<P>,
}

impl<P> Rejection<P> {
    /// A rejection without data.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), data: None }
    }
}

impl<P> std::fmt::Display for Rejection<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl<P: std::fmt::Debug> std::error::Error for Rejection<P> {}

/// The rejection codes that the protocol itself uses.
pub mod code {
    /// The method's handler returned the error that stands in `data`.
    pub const FAILED: &str = "failed";
    /// No handler is registered under that name.
    pub const UNKNOWN_METHOD: &str = "unknown-method";
    /// No live group is registered under that name.
    pub const UNKNOWN_GROUP: &str = "unknown-group";
    /// No topic is registered under that name.
    pub const UNKNOWN_TOPIC: &str = "unknown-topic";
    /// The client may not do that.
    pub const FORBIDDEN: &str = "forbidden";
    /// The parameters or the model are not of the type that the contract names.
    pub const BAD_PARAMS: &str = "bad-params";
    /// The reply is not of the type that the contract names.
    pub const BAD_REPLY: &str = "bad-reply";
    /// A frame is not of the form that its code asks for.
    pub const BAD_FRAME: &str = "bad-frame";
    /// A frame has a code that the receiver does not know.
    pub const UNKNOWN_FRAME: &str = "unknown-frame";
    /// A request uses an id that is still in use.
    pub const DUPLICATE_ID: &str = "duplicate-id";
    /// The idempotency key was used before, for something else.
    pub const KEY_REUSED: &str = "key-reused";
    /// All who waited for a request with an idempotency key gave up, so its
    /// handler was stopped.
    pub const CANCELLED: &str = "cancelled";
    /// The session has as many requests or live groups as the server allows.
    pub const TOO_MANY: &str = "too-many";
    /// The answer is larger than a message may be.
    pub const TOO_LARGE: &str = "too-large";
    /// The handler took too long, and was given up.
    pub const TIMED_OUT: &str = "timed-out";
    /// The handler broke down.
    pub const INTERNAL: &str = "internal";
}
